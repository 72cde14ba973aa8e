"""The base voice that a custom voice is fine-tuned from: its networks and its spectrogram."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huisheng.audio.spectrogram import SpectrogramSettings
from huisheng.errors import ModelError
from huisheng.export.contract import DECIBELS, VALUES
from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.export.recovery import recover_networks
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
        networks: in evaluation mode, float32; they are not changed.
        inventory: of its symbols.
        neutral: id of the neutral emotion.
        energy: mean and deviation that energy was normalised with in training; None where undetails.
        strengths: emotion → how far from neutral it is spoken at intensity 1, 1 as in training.
    """

    package: VoicePackage
    networks: ParallelNetworks
    inventory: Inventory
    neutral: int
    energy: tuple[float, float] | None
    strengths: Mapping[str, float]

    @property
    def speakers(self) -> tuple[str, ...]:
        """Ids in the order of their embedding rows."""
        return self.package.manifest.speakers

    @property
    def spectrogram(self) -> SpectrogramSettings:
        """Settings that the package states, else those of our recipes."""
        mel, config = self.package.manifest.mel, self.networks.vocoder.config
        rate = Hertz(config.sample_rate)
        if mel is not None:
            return SpectrogramSettings(
                rate, mel.hop, mel.window, mel.fft, mel.bands, mel.lowest, mel.highest, mel.offset
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
        ModelError: it cannot be fine-tuned.
    """
    package = load_package(name)
    networks = recover_networks(package)
    _require_our_spectrogram(package.manifest)
    details = _details(package.manifest)
    if category("neutral") not in details.emotions:
        raise ModelError(name, "它没有中性的情感", "it has no neutral emotion")
    return Base(
        package=package,
        networks=networks,
        inventory=_inventory(package.manifest, details),
        neutral=details.emotions.index(category("neutral")),
        energy=details.parallel.energy if details.parallel else None,
        strengths=details.strengths,
    )


def _require_our_spectrogram(manifest: Manifest) -> None:
    """
    Raises:
        ModelError: no corpus of ours has its spectrogram.
    """
    mel = manifest.mel
    if mel and (mel.decibels, mel.values, mel.offset) != (DECIBELS, VALUES, mel.hop // 2):
        raise ModelError(
            manifest.name,
            "它的频谱与绘声的语料不同，不能继续训练",
            "its spectrogram is not that of our corpora, so it cannot learn on",
        )


def _details(manifest: Manifest) -> Sambert:
    if manifest.sambert is None:
        raise ModelError(manifest.name, "它没有声学模型", "it has no acoustic model")
    return manifest.sambert


def _inventory(manifest: Manifest, details: Sambert) -> Inventory:
    return Inventory(
        language=details.language,
        phones=tuple(sorted(manifest.symbols, key=manifest.symbols.__getitem__)),
        tones=details.tones,
        syllable_flags=details.syllable_flags,
        word_segments=details.word_segments,
        emotions=details.emotions,
        has_mask=details.has_mask,
    )
