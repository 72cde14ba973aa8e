"""All frames at once: what each depends on, and that inference equals teacher forcing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.unit.acoustic.tiny import TINY, row, to_lists
from tests.unit.acoustic.tiny_parallel import PARALLEL, network, training_batch, utterances
from torch import Tensor

from huisheng.acoustic.contours import Contours
from huisheng.acoustic.inputs import Inputs
from huisheng.acoustic.length_regulator import regulator, whole_frames
from huisheng.acoustic.parallel import PLACES, ParallelBatch, ParallelOutput, ParallelSamBert, spread
from huisheng.errors import EngineError

OURS = network()
LENGTHS = (9, 4, 6)
TOGETHER = utterances(OURS, *LENGTHS, padded=2, seed=2)
SAID = OURS.infer(TOGETHER)
TRACKS = ("pitch", "voicing", "energy")

FRAMES = 25
MIDDLE = 12
assert PARALLEL.parallel is not None
REACH = PARALLEL.parallel.decoder.reach


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def decode(text: Tensor, tracks: Tensor) -> Tensor:
    """(T, C) frames of text and (3, T) contours → (M,) the middle one of the decoder's frames."""
    contours = Contours(*tracks[:, None])
    every = torch.ones(1, len(text), dtype=torch.bool)
    return OURS.mel_decoder(text[None], contours, every)[0, MIDDLE]


def truth_of(said: ParallelOutput) -> tuple[Tensor, Contours]:
    """(B, L) durations and the contours that the decoder heard when this was said."""
    heard = Contours(said.contours.pitch, (said.contours.voicing > 0.0).float(), said.contours.energy)
    return whole_frames(said.log_durations.expm1()), heard


# What a frame depends on


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("track", [None, 0, 2], ids=["text", "pitch", "energy"])
def test_a_frame_hears_the_reach_of_the_decoder_and_not_one_frame_more(track: int | None, side: int) -> None:
    text, tracks = random(FRAMES, PARALLEL.symbol_units + PLACES), 0.5 * random(3, FRAMES, seed=1)
    tracks[1] = 1.0

    def move(distance: int) -> Tensor:
        other, otherwise = text.clone(), tracks.clone()
        place = MIDDLE + side * distance
        (other[place] if track is None else otherwise[track, place : place + 1]).add_(0.5)
        return decode(other, otherwise)

    plain = decode(text, tracks)

    assert torch.equal(move(REACH + 1), plain)
    assert not torch.equal(move(REACH), plain)


def test_the_pitch_of_an_unvoiced_frame_has_no_influence() -> None:
    text, tracks = random(FRAMES, PARALLEL.symbol_units + PLACES), random(3, FRAMES, seed=1)
    tracks[1] = 0.0
    other = tracks.clone()
    other[0] += 1.0

    assert torch.equal(decode(text, other), decode(text, tracks))


def test_each_frame_knows_how_far_its_symbol_has_come_has_to_go_and_lasts() -> None:
    durations = torch.tensor([[2, 0, 3], [1, 1, 0]])
    symbols = torch.arange(6.0).view(2, 3, 1)

    found = spread(symbols, regulator(durations), durations)

    places = torch.tensor([[1, 2, 1, 2, 3], [1, 1, 0, 0, 0]])
    left = torch.tensor([[2, 1, 3, 2, 1], [1, 1, 0, 0, 0]])
    whole = torch.tensor([[2, 2, 3, 3, 3], [1, 1, 0, 0, 0]])
    expected = torch.stack([places, left, whole], dim=2).log1p()
    assert to_lists(found[..., 0]) == [[0, 0, 2, 2, 2], [3, 4, 0, 0, 0]]
    torch.testing.assert_close(found[..., 1:], expected)


# Neighbours


def test_the_utterances_of_these_tests_differ_in_length_and_all_last() -> None:
    frames = {int(frames) for frames in SAID.valid.sum(dim=1)}

    assert len(frames) == len(LENGTHS)
    assert min(frames) > REACH


@pytest.mark.parametrize("index", range(len(LENGTHS)))
def test_an_utterance_of_a_batch_is_spoken_as_if_it_were_alone(index: int) -> None:
    alone = OURS.infer(row(TOGETHER, index))

    frames = alone.mel.shape[1]
    assert int(SAID.valid[index].sum()) == frames
    torch.testing.assert_close(SAID.mel[index, :frames], alone.mel[0], rtol=0, atol=1e-5)
    for track in TRACKS:
        together: Tensor = getattr(SAID.contours, track)
        single: Tensor = getattr(alone.contours, track)
        torch.testing.assert_close(together[index, :frames], single[0], rtol=0, atol=1e-5)


def test_what_lies_at_padding_has_no_influence() -> None:
    other = utterances(OURS, *LENGTHS, padded=2, seed=3)
    padding = torch.arange(TOGETHER.symbols.shape[1]) >= TOGETHER.lengths[:, None]
    mixed = Inputs(
        torch.where(padding[..., None], other.symbols, TOGETHER.symbols),
        torch.where(padding[..., None], other.emotions, TOGETHER.emotions),
        torch.where(padding[..., None], other.speakers, TOGETHER.speakers),
        TOGETHER.lengths,
    )

    said = OURS.infer(mixed)

    torch.testing.assert_close(said.mel[said.valid], SAID.mel[SAID.valid], rtol=0, atol=1e-5)


def test_nothing_lasts_at_padding() -> None:
    durations, _ = truth_of(SAID)

    assert [int(row.count_nonzero()) for row in durations] == list(LENGTHS)


# Teaching and speaking


def test_teacher_forcing_on_its_own_output_repeats_it() -> None:
    durations, contours = truth_of(SAID)

    trained = OURS(ParallelBatch(TOGETHER, durations, contours, torch.zeros_like(SAID.mel)))

    assert torch.equal(trained.valid, SAID.valid)
    torch.testing.assert_close(trained.log_durations, SAID.log_durations)
    torch.testing.assert_close(trained.mel[trained.valid], SAID.mel[SAID.valid], rtol=0, atol=1e-5)
    for track in TRACKS:
        torch.testing.assert_close(getattr(trained.contours, track), getattr(SAID.contours, track))


def test_speaking_is_deterministic() -> None:
    first, second = (ours.infer(TOGETHER) for ours in (OURS, network()))

    assert torch.equal(first.mel, second.mel)


def test_speaking_keeps_no_gradient() -> None:
    assert not network().requires_grad_(True).infer(TOGETHER).mel.requires_grad


def test_every_weight_gets_a_finite_gradient() -> None:
    ours = network().requires_grad_(True).train()
    torch.manual_seed(0)  # pyright: ignore[reportUnknownMemberType]
    batch = training_batch(ours, 9, 7)

    said = ours(batch)
    tracks = [getattr(said.contours, track) for track in TRACKS]
    cost = torch.cat([part.flatten() for part in (said.mel, said.log_durations, *tracks)]).square().sum()
    cost.backward()  # pyright: ignore[reportUnknownMemberType]

    still = [
        name
        for name, weight in ours.named_parameters()
        if weight.grad is None or not bool(weight.grad.any()) or not bool(weight.grad.isfinite().all())
    ]
    assert still == []


def test_a_batch_of_other_frames_than_its_contours_is_refused() -> None:
    batch = training_batch(OURS, 5, 3)

    with pytest.raises(EngineError, match="pitch"):
        replace(batch, mels=batch.mels[:, 1:])


def test_a_batch_of_other_symbols_than_its_durations_is_refused() -> None:
    batch = training_batch(OURS, 5, 3)

    with pytest.raises(EngineError, match="durations"):
        replace(batch, durations=batch.durations[:, 1:])


def test_a_config_of_a_model_that_makes_frame_after_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="parallel"):
        ParallelSamBert(TINY)
