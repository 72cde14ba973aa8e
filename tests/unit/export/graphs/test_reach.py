"""How far the streaming graphs look: what they keep, and how late they answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from huisheng.acoustic.config import AcousticConfig, FsmnConfig
from huisheng.export.graphs.postnet import lag
from huisheng.export.graphs.vocoder import memories
from huisheng.vocoder.config import HIFIGAN_16K, HIFIGAN_16K_NONCAUSAL, HIFIGAN_24K_NSF, VocoderConfig


def test_the_published_postnet_answers_12_frames_later() -> None:
    assert lag(AcousticConfig()) == 12


@pytest.mark.parametrize(("layers", "shift", "frames"), [(1, 17, 3), (4, 20, 0), (2, 0, 40)])
def test_the_postnet_is_late_by_what_all_its_layers_look_ahead(layers: int, shift: int, frames: int) -> None:
    postnet = FsmnConfig(41, layers, 256, 512, 0.1, shift)

    assert lag(replace(AcousticConfig(), postnet=postnet)) == frames


def test_a_vocoder_that_looks_ahead_keeps_nothing() -> None:
    assert memories(HIFIGAN_16K_NONCAUSAL) == {}


def test_a_causal_vocoder_keeps_the_past_of_every_stage_and_of_both_ends() -> None:
    assert list(memories(HIFIGAN_16K)) == ["mel_past", "stage_0", "stage_1", "stage_2", "stage_3", "post"]


def test_what_is_kept_has_the_channels_of_its_place() -> None:
    channels = [memory.channels for memory in memories(HIFIGAN_16K).values()]

    assert channels == [80, 256, 128, 64, 32, 16]


def test_with_a_source_its_past_is_kept_for_every_partial() -> None:
    assert memories(HIFIGAN_24K_NSF)["source_past"].channels == 8


@pytest.mark.parametrize("config", [HIFIGAN_16K, HIFIGAN_24K_NSF])
def test_the_state_of_a_stream_is_small(config: VocoderConfig) -> None:
    numbers = sum(memory.channels * memory.longest for memory in memories(config).values())

    assert numbers < 100_000
