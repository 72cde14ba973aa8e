"""Parallel voices to be exported, as if they had learned: a small one, and one of the published shape."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import torch
from torch import nn

from huisheng.acoustic.config import AcousticConfig, BlockConfig, FsmnConfig, ParallelConfig
from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.convnext import ConvNextLayer, StackConfig
from huisheng.export.parallel import VoiceCard
from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.export.rounding import round_weights
from huisheng.text.symbols.sambert import Inventory, inventory, with_marked_breaks
from huisheng.training.acoustic import parallel_config, vocabulary_sizes
from huisheng.training.corpus import Corpus
from huisheng.vocoder.config import SpectralConfig
from huisheng.vocoder.spectral import SpectralGenerator
from huisheng.voice.manifest import Origin

EMOTIONS = ("emotion_neutral", "emotion_happy", "emotion_sad")
SPEAKERS = ("lan", "song")
SYMBOLS: Inventory = replace(with_marked_breaks(inventory("PinYin")), emotions=EMOTIONS, has_mask=False)

CARD = VoiceCard(
    name="xiaolan",
    inventory=SYMBOLS,
    speakers=SPEAKERS,
    licence="Apache-2.0",
    origins=(Origin(name="corpus.json", sha256="0" * 64, licence="Apache-2.0"),),
    remarks="drawn at random",
    energy=(0.5, 0.25),
)

SPECTRAL = SpectralConfig(
    mels=5,
    sample_rate=8_000,
    hop=8,
    fft=32,
    steps=2,
    noise_fft=12,
    noise_steps=2,
    stack=StackConfig(2, 16, 32),
)


def small() -> AcousticConfig:
    """Wide enough for every kind of layer to be there twice, and for some of its matrices to be halved."""
    return AcousticConfig(
        vocabulary=vocabulary_sizes(SYMBOLS, len(SPEAKERS)),
        longest=60,
        embedding=32,
        encoder=BlockConfig(2, 4, 64, 48, 0.1, 0.1, 0.1),
        text_units=16,
        speaker_units=4,
        emotion_units=4,
        predictor=FsmnConfig(5, 2, 16, 24, 0.1, 0),
        predictor_lstm=8,
        mels=SPECTRAL.mels,
        parallel=ParallelConfig(StackConfig(2, 16, 32, dropout=0.1), StackConfig(4, 16, 32, 5), 12, 4),
    )


def published_config() -> AcousticConfig:
    """The shape that trainers make."""
    return parallel_config(
        Corpus(
            sample_rate=24_000,
            hop=300,
            window=1_200,
            fft=2_048,
            mels=SpectralConfig().mels,
            lowest=0.0,
            highest=12_000.0,
            language=SYMBOLS.language,
            phones=SYMBOLS.phones,
            tones=SYMBOLS.tones,
            syllable_flags=SYMBOLS.syllable_flags,
            word_segments=SYMBOLS.word_segments,
            emotions=EMOTIONS,
            speakers=SPEAKERS,
            energy=(0.0, 1.0),
        )
    )


@cache
def random_networks(config: AcousticConfig, spectral: SpectralConfig) -> ParallelNetworks:
    """Networks of these shapes as a trainer leaves them; no test may change them."""
    torch.manual_seed(11)  # pyright: ignore[reportUnknownMemberType]
    networks = ParallelNetworks(ParallelSamBert(config).train(), SpectralGenerator(spectral).train())
    for network in networks:
        _settle(network)
    return networks


def tiny() -> ParallelNetworks:
    """A small voice."""
    return random_networks(small(), SPECTRAL)


@cache
def speaking(config: AcousticConfig, spectral: SpectralConfig) -> ParallelNetworks:
    """Networks of these shapes as a package keeps them."""
    networks = random_networks(config, spectral)
    return ParallelNetworks(round_weights(networks.acoustic), round_weights(networks.vocoder))


@torch.no_grad()
def _settle(network: nn.Module) -> None:
    """What begins as ones and zeros, or all alike, is drawn as well."""
    for module in network.modules():
        if isinstance(module, nn.LayerNorm):
            module.weight.uniform_(0.5, 1.5)
            module.bias.uniform_(-0.5, 0.5)
        if isinstance(module, ConvNextLayer):
            module.scale.uniform_(0.1, 0.9)
