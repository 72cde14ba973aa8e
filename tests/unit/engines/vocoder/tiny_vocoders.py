"""Small vocoders as packages of their own, for the small voices."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import torch
from tests.unit.engines.parallel.tiny_parallel import HOP, MEL, RATE
from tests.unit.engines.sambert.tiny import package, packages_folder, publish_altered

from huisheng.convnext import ConvNextLayer, StackConfig
from huisheng.engines.vocoder_override import VocoderOverride
from huisheng.export.vocoder import AnyGenerator, VocoderCard, export_vocoder
from huisheng.vocoder.config import SpectralConfig, VocoderConfig
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.spectral import SpectralGenerator
from huisheng.voice.digests import package_digest
from huisheng.voice.load import VoicePackage, read_package
from huisheng.voice.manifest import Origin
from huisheng.voice.mel import MelContract

_CAUSAL: Final = VocoderConfig(
    mels=MEL.bands,
    channels=32,
    scales=(5, 5, 2, 2),
    upsample_kernels=(10, 10, 4, 4),
    block_kernels=(3, 5),
    dilations=((1, 3), (1, 3)),
    sample_rate=RATE,
)
_AHEAD: Final = replace(_CAUSAL, causal=False, upsample_kernels=(11, 11, 4, 4))
_SPECTRAL: Final = SpectralConfig(
    mels=MEL.bands,
    sample_rate=RATE,
    hop=HOP,
    fft=400,
    steps=1,
    noise_fft=120,
    noise_steps=2,
    stack=StackConfig(1, 12, 16, 3),
)

KINDS: Final[dict[str, VocoderConfig | SpectralConfig]] = {
    "spectral": _SPECTRAL,
    "causal": _CAUSAL,
    "ahead": _AHEAD,
    "causal-source": replace(_CAUSAL, harmonics=3),
    "ahead-source": replace(_AHEAD, harmonics=3),
}
"""Name of the package → its shape."""

STEPPING: Final = MelContract.model_validate(
    dict(MEL) | {"sample_rate": 16_000, "hop": 200, "offset": 0, "pitched": False}
)
"""What voices that make frame after frame are taken to make here."""

SLOWER: Final[dict[str, VocoderConfig | SpectralConfig]] = {
    "slower-ahead": replace(
        _AHEAD, sample_rate=16_000, scales=(10, 5, 2, 2), upsample_kernels=(20, 11, 4, 4)
    ),
    "slower-spectral": replace(_SPECTRAL, sample_rate=16_000, hop=200, fft=640, noise_fft=240),
}
"""The same for them."""


class PackageOverride(VocoderOverride):
    """The vocoder of a package that is not installed."""

    def __init__(self, package: VoicePackage) -> None:
        self._package = package

    def package(self) -> VoicePackage:
        return self._package

    def digest(self) -> str:
        return package_digest(self._package.manifest)


@cache
def generator(kind: str) -> AnyGenerator:
    """A network of this kind, as trained."""
    torch.manual_seed(17)  # pyright: ignore[reportUnknownMemberType]
    config = (KINDS | SLOWER)[kind]
    if isinstance(config, VocoderConfig):
        return Generator(config).eval()
    made = SpectralGenerator(config).eval()
    with torch.no_grad():
        made.network.head.weight.mul_(4.0)
        for layer in made.modules():
            if isinstance(layer, ConvNextLayer):
                layer.scale.fill_(0.7)
    return made


@cache
def vocoder_package(kind: str) -> VoicePackage:
    """It, installed."""
    mel = MEL if kind in KINDS else STEPPING
    return read_package(export(generator(kind), kind, mel, packages_folder() / "vocoders"))


def export(made: AnyGenerator, name: str, mel: MelContract, folder: Path | None = None) -> Path:
    """A vocoder as a package."""
    origins = (Origin(name="nobody", sha256="0" * 64, licence="MIT"),)
    return export_vocoder(made, VocoderCard(name, mel, "MIT", origins, "drawn at random"), folder)


@cache
def stepping(kind: str) -> VoicePackage:
    """A voice that makes frame after frame, and says what."""
    known = package(kind).manifest.sambert
    assert known is not None
    mel = STEPPING.model_copy(update={"pitched": known.source is not None})
    return publish_altered(package(kind), packages_folder() / "stepping", lambda _: None, mel=mel)
