"""A base is an installed package that can learn on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.unit.cli.tiny_packages import publish_tiny
from tests.unit.export.parallel_networks import CARD, SYMBOLS
from tests.unit.tuning import tiny_base

from huisheng.audio.spectrogram import SpectrogramSettings
from huisheng.errors import ModelError, VoiceMissing
from huisheng.export.parallel import export_voice
from huisheng.tuning.base import open_base
from huisheng.units import Hertz
from huisheng.voice.mel import MelContract
from huisheng.voice.store import HOME_VARIABLE


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))


def test_a_base_says_how_its_trainers_made_frames() -> None:
    tiny_base.publish()

    base = open_base(tiny_base.NAME)

    assert base.spectrogram == SpectrogramSettings(
        Hertz(24_000), 300, 1_200, 2_048, tiny_base.MELS, 0.0, 12_000.0, offset=150
    )
    assert (base.speakers, base.energy, base.inventory) == (("lan", "song"), (-1.0, 0.5), SYMBOLS)


def contract(window: int, values: tuple[float, float]) -> MelContract:
    return MelContract(
        sample_rate=24_000,
        hop=300,
        window=window,
        fft=2_048,
        offset=150,
        bands=tiny_base.MELS,
        lowest=50.0,
        highest=11_000.0,
        decibels=(-80.0, 20.0),
        values=values,
        pitched=True,
    )


def test_frames_are_those_that_the_package_states() -> None:
    export_voice(*tiny_base.networks(), replace(CARD, mel=contract(900, (-4.0, 4.0))))

    found = open_base(CARD.name).spectrogram

    assert (found.window, found.lowest, found.highest) == (900, 50.0, 11_000.0)


def test_a_base_whose_spectrogram_is_written_in_another_way_is_refused() -> None:
    export_voice(*tiny_base.networks(), replace(CARD, mel=contract(1_200, (0.0, 1.0))))

    with pytest.raises(ModelError, match="频谱"):
        open_base(CARD.name)


def test_the_emotion_that_is_none_is_found_wherever_it_stands() -> None:
    turned = replace(SYMBOLS, emotions=("emotion_happy", "emotion_neutral", "emotion_sad"))
    export_voice(*tiny_base.networks(), replace(CARD, inventory=turned))

    assert open_base(CARD.name).neutral == 1


def test_a_base_without_a_neutral_emotion_is_refused() -> None:
    moody = replace(SYMBOLS, emotions=("emotion_happy", "emotion_angry", "emotion_sad"))
    export_voice(*tiny_base.networks(), replace(CARD, inventory=moody))

    with pytest.raises(ModelError, match="中性"):
        open_base(CARD.name)


def test_a_package_that_is_not_there_is_told() -> None:
    with pytest.raises(VoiceMissing):
        open_base("nobody")


def test_a_voice_of_another_engine_is_refused() -> None:
    publish_tiny("silent")

    with pytest.raises(ModelError, match="不能继续训练"):
        open_base("silent")
