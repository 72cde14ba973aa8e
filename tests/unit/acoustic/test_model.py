"""Speaking: neighbours do not matter, controls do what they say, what is wrong is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from functools import cache

import pytest
import torch
from tests.unit.acoustic.tiny import TINY, network, row, training_batch, utterances
from torch import Tensor

from huisheng.acoustic.inputs import Controls, Inputs
from huisheng.acoustic.model import SamBert
from huisheng.acoustic.outputs import Inference
from huisheng.errors import EngineError

OURS = network()
LENGTHS = (9, 4, 6)
TOGETHER = utterances(OURS, *LENGTHS, seed=2)
STAGES = tuple(field.name for field in fields(Inference) if field.name != "pauses")


@cache
def infer_batch() -> Inference:
    return OURS.infer(TOGETHER)


def same(size: float, symbols: int = 9) -> Tensor:
    return torch.full((len(LENGTHS), symbols), size)


@pytest.mark.parametrize("index", range(len(LENGTHS)))
@pytest.mark.parametrize("stage", STAGES)
def test_a_padded_utterance_is_spoken_as_if_it_were_alone(stage: str, index: int) -> None:
    alone: Tensor = getattr(OURS.infer(row(TOGETHER, index)), stage)[0]

    together: Tensor = getattr(infer_batch(), stage)[index]
    if alone.dim():
        together = together[: len(alone)]
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)


def test_the_utterances_of_these_tests_differ_in_length_and_in_band() -> None:
    assert len({int(frames) for frames in infer_batch().frames}) == 3
    assert len({int(band) for band in infer_batch().bands}) == 3


@pytest.mark.parametrize("stage", ["coarse", "mel", "durations", "pitch", "energy", "regulated_speakers"])
def test_nothing_is_said_behind_the_end_of_an_utterance(stage: str) -> None:
    padded: Tensor = getattr(infer_batch(), stage)[1]
    end = int(infer_batch().frames[1]) if stage in {"coarse", "mel", "regulated_speakers"} else LENGTHS[1]

    assert not bool(padded[end:].any())


def test_other_neighbours_change_nothing() -> None:
    other = utterances(OURS, *LENGTHS, seed=1)
    swapped = Inputs(
        torch.cat([TOGETHER.symbols[:1], other.symbols[1:]]),
        torch.cat([TOGETHER.emotions[:1], other.emotions[1:]]),
        torch.cat([TOGETHER.speakers[:1], other.speakers[1:]]),
        TOGETHER.lengths,
    )

    mel = OURS.infer(swapped).mel[0]

    frames = int(infer_batch().frames[0])
    torch.testing.assert_close(mel[:frames], infer_batch().mel[0, :frames], rtol=0, atol=1e-5)


def test_two_threads_may_speak_at_once() -> None:
    texts = [utterances(OURS, 8, seed=seed) for seed in range(6)]
    one_by_one = [OURS.infer(text).mel for text in texts]

    with ThreadPoolExecutor(2) as pool:
        at_once = list(pool.map(OURS.infer, texts))

    for alone, beside in zip(one_by_one, at_once, strict=True):
        torch.testing.assert_close(beside.mel, alone, rtol=0, atol=1e-5)


def test_nothing_is_kept_between_calls() -> None:
    ours = network()
    before = [set(vars(module)) for module in ours.modules()]

    ours.infer(TOGETHER)

    assert [set(vars(module)) for module in ours.modules()] == before


def test_speaking_is_deterministic() -> None:
    assert torch.equal(OURS.infer(TOGETHER).mel, infer_batch().mel)


def test_twice_the_rate_halves_every_duration() -> None:
    fast = OURS.infer(TOGETHER, Controls(rate=same(2.0)))

    expected = (torch.expm1(infer_batch().log_durations) / 2.0 + 0.5).floor().long()
    assert torch.equal(fast.durations, expected)
    assert float(fast.frames.sum() / infer_batch().frames.sum()) == pytest.approx(0.5, abs=0.05)


def test_the_rate_of_a_symbol_changes_its_duration_alone() -> None:
    rate = same(1.0)
    rate[:, 2] = 0.5

    slow = OURS.infer(TOGETHER, Controls(rate=rate))

    changed = (slow.durations != infer_batch().durations).any(dim=0).nonzero()[:, 0]
    assert [int(symbol) for symbol in changed] == [2]


def test_the_band_follows_the_rate() -> None:
    slow = OURS.infer(TOGETHER, Controls(rate=same(0.25)))

    longest = torch.expm1(infer_batch().log_durations).amax(dim=1) * 4.0
    assert torch.equal(slow.bands, (longest / TINY.group + 0.5).long())


def test_a_rate_at_padding_has_no_influence() -> None:
    rate = same(1.0)
    rate[1, 4:] = 0.0

    assert torch.equal(OURS.infer(TOGETHER, Controls(rate=rate)).mel, infer_batch().mel)


def test_a_shift_of_the_pitch_moves_it_and_changes_the_mel() -> None:
    high = OURS.infer(TOGETHER, Controls(pitch_bias=same(1.0)))

    spoken = infer_batch().origins >= 0
    torch.testing.assert_close(high.pitch[spoken], infer_batch().pitch[spoken] + 1.0)
    assert float((high.regulated_text[:, 0] - infer_batch().regulated_text[:, 0]).abs().max()) > 1e-2


def test_an_emotion_half_way_lies_between_two_in_every_regulated_frame() -> None:
    calm, glad = (OURS.emotion_vectors(torch.full((1, 4), kind)) for kind in (1, 2))
    text = row(TOGETHER, 1)

    between = OURS.infer(replace(text, emotions=torch.lerp(calm, glad, 0.5)))

    frames = int(between.frames)
    expected = ((calm + glad) / 2)[:, :1].expand(-1, frames, -1)
    torch.testing.assert_close(between.regulated_emotions[:, :frames], expected)


def test_a_model_of_speaker_vectors_refuses_ids() -> None:
    ours = SamBert(replace(TINY, speaker_vectors=True))

    with pytest.raises(EngineError, match="说话人向量"):
        ours.speaker_vectors(torch.zeros(1, 1, dtype=torch.long))


def test_vectors_of_another_width_are_named() -> None:
    with pytest.raises(EngineError, match="speakers"):
        OURS.infer(replace(TOGETHER, speakers=TOGETHER.speakers[..., 1:]))


@pytest.mark.parametrize("length", [0, 10])
def test_a_length_outside_the_batch_is_refused(length: int) -> None:
    with pytest.raises(EngineError, match="1 到 9"):
        OURS.infer(replace(TOGETHER, lengths=torch.tensor([9, length, 6])))


def test_controls_of_another_shape_are_refused() -> None:
    with pytest.raises(EngineError, match="energy_bias"):
        OURS.infer(TOGETHER, Controls(energy_bias=same(0.0, symbols=8)))


def test_speaking_in_training_mode_is_refused() -> None:
    with pytest.raises(EngineError, match="eval"):
        SamBert(TINY).infer(TOGETHER)


def test_a_text_in_which_nothing_lasts_a_frame_is_refused() -> None:
    with pytest.raises(EngineError, match="时长"):
        OURS.infer(TOGETHER, Controls(rate=same(1000.0)))


def test_durations_that_do_not_add_up_to_the_frames_are_refused() -> None:
    batch = training_batch(OURS, 5, 3)

    with pytest.raises(EngineError, match="时长之和"):
        OURS.forward(replace(batch, frames=batch.frames - 1))


def test_durations_for_a_model_that_aligns_by_itself_are_refused() -> None:
    with pytest.raises(EngineError, match="自对齐"):
        network(replace(TINY, aligns=True)).forward(training_batch(OURS, 5, 3))
