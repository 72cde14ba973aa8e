"""Packages of a few bytes, and an engine that speaks for one: a steady level in place of a voice."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from tests.unit.engines.toy_kokoro import say

from huisheng.engines.families import EngineFamily
from huisheng.engines.packages import Packages
from huisheng.engines.protocol import Capabilities, EngineOptions
from huisheng.errors import VoicePackageError
from huisheng.testing import SILENT_VOICE
from huisheng.types import AudioChunk, ResolvedOptions, Utterance
from huisheng.units import Hertz
from huisheng.voice.load import load_package
from huisheng.voice.manifest import Description, Manifest, Proof
from huisheng.voice.publish import publish, staging

PIECES: Final = 3
"""Chunks of an utterance."""
UNUSABLE: Final = "unusable"
"""Version of a package that its engine refuses."""


class ToyEngine:
    """Speaks for a package: a voice for each of its speakers, at its rate.

    Args:
        manifest: of the package; its version is the level of the sound in percent.
        folder: that holds the package.
    """

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        if manifest.version == UNUSABLE:
            raise VoicePackageError("不能使用。", "It cannot be used.")
        self._manifest = manifest
        self._folder = folder
        self._loaded = threading.Event()
        self.heard: list[str] = []

    @property
    def capabilities(self) -> Capabilities:
        """From the manifest alone."""
        manifest = self._manifest
        rate = Hertz(manifest.sample_rate)
        voice = replace(
            SILENT_VOICE,
            languages=manifest.languages,
            engine=manifest.engine,
            sample_rate=rate,
            gender="male",
        )
        speakers = manifest.speakers
        voices = (replace(voice, id=name, name=name.upper(), name_en=name.title()) for name in speakers)
        return Capabilities(manifest.engine, tuple(voices))

    @property
    def loaded(self) -> bool:
        """Whether `load` was called."""
        return self._loaded.is_set()

    @property
    def forkable(self) -> bool:
        """It has no threads."""
        return True

    def load(self) -> None:
        """Nothing but to verify the package."""
        if not self.loaded:
            load_package(self._manifest.name, self._folder)
            self._loaded.set()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """A tenth of a second, three times."""
        self.load()
        self.heard.append(utterance.options.voice)
        length = self._manifest.sample_rate // 10
        level = np.float32(int(self._manifest.version) / 100)
        for _ in range(PIECES):
            samples = np.full(length, level, dtype=np.float32)
            yield AudioChunk(samples, Hertz(self._manifest.sample_rate), (), utterance.sentence.span)


class Workshop:
    """Makes toy engines and remembers them, the oldest first."""

    def __init__(self) -> None:
        self.made: list[ToyEngine] = []

    def make(self, manifest: Manifest, folder: Path, options: EngineOptions) -> ToyEngine:
        """An engine for a package, however it is made."""
        assert options
        self.made.append(ToyEngine(manifest, folder))
        return self.made[-1]


def families(workshop: Workshop | None = None) -> dict[str, EngineFamily]:
    """Two engines, so that an order shows."""
    family = EngineFamily((workshop or Workshop()).make)
    return {"first": family, "second": family}


def packages_in(folder: Path, workshop: Workshop | None = None, only: str = "") -> Packages:
    """The packages of a folder, with toy engines."""
    return Packages(families(workshop), only, folder)


def publish_toy(
    folder: Path,
    name: str,
    speakers: tuple[str, ...] = ("f7",),
    *,
    engine: str = "second",
    version: str = "10",
    sample_rate: int = 16_000,
) -> Path:
    """A package of one byte."""
    description = Description(
        name=name,
        version=version,
        engine=engine,
        sample_rate=sample_rate,
        frame_samples=200,
        symbols={},
        speakers=speakers,
        languages=("zh-CN",),
        licence="MIT",
        origins=(),
        remarks="",
        proof=Proof(symbols=1, samples=1, max_abs_difference=0.0),
    )
    with staging(folder) as staged:
        (staged / "graph.onnx").write_bytes(b"0")
        return publish(staged, description).directory


def damage(directory: Path) -> None:
    """Change the one byte of a package."""
    (directory / "graph.onnx").write_bytes(b"1")


def spoken_by(voice: str) -> Utterance:
    """An utterance of one voice."""
    return Utterance(say("ni3 hao3"), ResolvedOptions(voice))
