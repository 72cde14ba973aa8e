"""The voice that a custom voice begins with: its networks, and how its trainers cut speech into frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huisheng.audio.spectrogram import SpectrogramSettings
from huisheng.errors import ModelError
from huisheng.export.contract import DECIBELS, VALUES
from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.export.recovery import recovered
from huisheng.text.symbols.sambert import Inventory, category
from huisheng.units import Hertz
from huisheng.voice.load import VoicePackage, load_package
from huisheng.voice.manifest import Manifest, Sambert

_WINDOW: Final = 4
"""Hops in the window of a frame, as `recipes.builtin` has it."""


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """
    Attributes:
        package: that it was read from.
        networks: for speaking, float32; nobody changes them.
        inventory: of its symbols.
        neutral: id of the emotion that is none.
        energy: mean and deviation of effort that its networks learned with; None where unknown.
        strengths: emotion → how far from neutral it is spoken at intensity 1, 1 as learned.
    """

    package: VoicePackage
    networks: ParallelNetworks
    inventory: Inventory
    neutral: int
    energy: tuple[float, float] | None
    strengths: Mapping[str, float]

    @property
    def speakers(self) -> tuple[str, ...]:
        """In the order of their rows."""
        return self.package.manifest.speakers

    @property
    def spectrogram(self) -> SpectrogramSettings:
        """How samples become frames: as the package says, else as trainers do it."""
        said, config = self.package.manifest.mel, self.networks.vocoder.config
        rate = Hertz(config.sample_rate)
        if said is not None:
            return SpectrogramSettings(
                rate, said.hop, said.window, said.fft, said.bands, said.lowest, said.highest, said.offset
            )
        window = _WINDOW * config.hop
        fft = 1 << (window - 1).bit_length()
        return SpectrogramSettings(
            rate, config.hop, window, fft, config.mels, 0.0, rate / 2.0, offset=config.hop // 2
        )


def open_base(name: str) -> Base:
    """
    Args:
        name: of an installed package, or of the one that comes with the program.

    Raises:
        VoiceMissing: there is none.
        VoicePackageError: it is damaged.
        ModelError: it cannot learn on.
    """
    package = load_package(name)
    networks = recovered(package)
    _require_usual(package.manifest)
    known = _details(package.manifest)
    if category("neutral") not in known.emotions:
        raise ModelError(name, "它没有中性的情感", "it has no neutral emotion")
    return Base(
        package=package,
        networks=networks,
        inventory=_inventory(package.manifest, known),
        neutral=known.emotions.index(category("neutral")),
        energy=known.parallel.energy if known.parallel else None,
        strengths=known.strengths,
    )


def _require_usual(manifest: Manifest) -> None:
    """
    Raises:
        ModelError: its spectrogram is one that no corpus of ours has.
    """
    said = manifest.mel
    if said and (said.decibels, said.values, said.offset) != (DECIBELS, VALUES, said.hop // 2):
        raise ModelError(
            manifest.name,
            "它的频谱与绘声的语料不同，不能继续训练",
            "its spectrogram is not that of our corpora, so it cannot learn on",
        )


def _details(manifest: Manifest) -> Sambert:
    if manifest.sambert is None:
        raise ModelError(manifest.name, "它没有声学模型", "it has no acoustic model")
    return manifest.sambert


def _inventory(manifest: Manifest, known: Sambert) -> Inventory:
    return Inventory(
        language=known.language,
        phones=tuple(sorted(manifest.symbols, key=manifest.symbols.__getitem__)),
        tones=known.tones,
        syllable_flags=known.syllable_flags,
        word_segments=known.word_segments,
        emotions=known.emotions,
        has_mask=known.has_mask,
    )
