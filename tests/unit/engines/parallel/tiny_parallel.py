"""A small voice that makes all frames at once, exported as a trained one would be."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

import torch
from tests.unit.engines.sambert.tiny import packages_folder

from huisheng.acoustic.config import AcousticConfig, BlockConfig, FsmnConfig, ParallelConfig
from huisheng.acoustic.contours import pitch_of
from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.convnext import ConvNextLayer, StackConfig
from huisheng.emotion.names import NAMES
from huisheng.engines.parallel import assemble
from huisheng.engines.parallel.network import ParallelNetwork
from huisheng.engines.two_stage.engine import VoiceModel
from huisheng.engines.two_stage.voices import details
from huisheng.engines.vocoder.spectral import SpectralVocoder
from huisheng.export.parallel import VoiceCard, export_voice
from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.export.rounding import round_weights
from huisheng.text.symbols.sambert import category, inventory, with_marked_breaks
from huisheng.training.acoustic import vocabulary_sizes
from huisheng.vocoder.config import SpectralConfig
from huisheng.vocoder.spectral import SpectralGenerator
from huisheng.voice.load import VoicePackage, read_package
from huisheng.voice.manifest import Origin, Parallel, Person
from huisheng.voice.mel import MelContract

HOP: Final = 100
RATE: Final = 8_000
ENERGY: Final = (3.0, 1.5)
"""Mean and deviation."""

MEL: Final = MelContract(
    sample_rate=RATE,
    hop=HOP,
    window=300,
    fft=512,
    offset=50,
    bands=8,
    lowest=0.0,
    highest=4_000.0,
    decibels=(-80.0, 20.0),
    values=(-4.0, 4.0),
    pitched=True,
)
"""What the voice makes."""

_SYMBOLS: Final = replace(
    with_marked_breaks(inventory("PinYin")), emotions=tuple(category(name) for name in NAMES), has_mask=False
)
_SPECTRAL: Final = SpectralConfig(
    mels=8,
    sample_rate=RATE,
    hop=HOP,
    fft=320,
    steps=2,
    noise_fft=120,
    noise_steps=2,
    stack=StackConfig(2, 16, 24, 5),
)
_FRAMES: Final = 6.0
"""That a symbol lasts, more or less."""


PEOPLE: Final = (
    Person(
        id="lan",
        name="岚",
        name_en="Lan",
        description="清亮的女声",
        description_en="Clear woman",
        gender="female",
    ),
    Person(
        id="song",
        name="松",
        name_en="Song",
        description="沉稳的男声",
        description_en="Composed man",
        gender="male",
    ),
    Person(id="he", name="荷", name_en="He", description="", description_en=""),
)


@cache
def networks() -> ParallelNetworks:
    """What the package is made of, in torch."""
    torch.manual_seed(5)  # pyright: ignore[reportUnknownMemberType]
    made = ParallelNetworks(ParallelSamBert(_config()).eval(), SpectralGenerator(_SPECTRAL).eval())
    _settle(made)
    return ParallelNetworks(round_weights(made.acoustic), round_weights(made.vocoder))


@cache
def package() -> VoicePackage:
    """The voice, installed."""
    card = VoiceCard(
        name="tiny",
        inventory=_SYMBOLS,
        speakers=tuple(person.id for person in PEOPLE),
        licence="MIT",
        origins=(Origin(name="nobody", sha256="0" * 64, licence="MIT"),),
        remarks="drawn at random",
        people=PEOPLE,
        energy=ENERGY,
        mel=MEL,
    )
    return read_package(export_voice(*networks(), card, packages_folder()))


@cache
def model() -> VoiceModel:
    """The graphs of the voice."""
    return VoiceModel(package(), assemble)


@cache
def network() -> ParallelNetwork:
    """Its acoustic part."""
    return ParallelNetwork(package(), parallel(), vocoder().ahead)


@cache
def vocoder() -> SpectralVocoder:
    """The rest."""
    return SpectralVocoder(package(), parallel())


def parallel() -> Parallel:
    """What the manifest says of it."""
    known = details(package().manifest).parallel
    assert known is not None
    return known


def _config() -> AcousticConfig:
    return AcousticConfig(
        vocabulary=vocabulary_sizes(_SYMBOLS, len(PEOPLE)),
        longest=320,
        embedding=24,
        encoder=BlockConfig(2, 2, 24, 32, 0.1, 0.1, 0.1),
        text_units=12,
        speaker_units=6,
        emotion_units=5,
        predictor=FsmnConfig(5, 2, 16, 24, 0.1, 0),
        predictor_lstm=8,
        mels=_SPECTRAL.mels,
        parallel=ParallelConfig(StackConfig(2, 16, 24, 5), StackConfig(3, 16, 24, 5), 12, 4),
    )


@torch.no_grad()
def _settle(made: ParallelNetworks) -> None:
    """Give it the length and pitch of speech, partly voiced, and a sound that follows what is asked."""
    for module in (*made.acoustic.modules(), *made.vocoder.modules()):
        if isinstance(module, ConvNextLayer):
            module.scale.fill_(0.7)
    lasting = made.acoustic.duration_predictor.fc
    lasting.weight.mul_(4.0)
    lasting.bias.fill_(torch.tensor(_FRAMES + 1.0).log())
    tracks = made.acoustic.contour_predictor.tracks
    tracks.weight.mul_(3.0)
    tracks.bias.copy_(torch.stack([pitch_of(torch.tensor(180.0)), torch.tensor(0.3), torch.tensor(0.0)]))
    made.vocoder.network.head.weight.mul_(2.0)
