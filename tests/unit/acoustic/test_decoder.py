"""Decoding step by step and decoding at once are the same, and both see a band."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.unit.acoustic.tiny import TINY, network, to_lists
from torch import Tensor

from huisheng.acoustic.decoder import MelDecoder, step_windows, training_windows

STEPS = 9
EVERY = torch.ones(1, STEPS, dtype=torch.bool)


def decoder(layers: int = 2) -> MelDecoder:
    config = replace(TINY, decoder=replace(TINY.decoder, layers=layers))
    return network(config).mel_decoder.requires_grad_(False)


def memory(rows: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(rows, STEPS, TINY.memory_units, generator=generator)


@pytest.mark.parametrize("band", [0, 1, 3, 20])
def test_what_was_said_step_by_step_is_said_again_at_once(band: int) -> None:
    ours, heard = decoder(), memory()
    said = ours.generate(heard, torch.tensor([band]), torch.tensor([STEPS]))

    trained = ours(heard, said, torch.tensor([band]), EVERY)

    torch.testing.assert_close(trained, said, rtol=0, atol=1e-5)


def test_a_step_hears_the_memory_from_itself_to_its_band_ahead() -> None:
    ours, heard = decoder(layers=1), memory().requires_grad_()
    mels = torch.zeros(1, STEPS * 3, TINY.mels)

    ours(heard, mels, torch.tensor([2]), EVERY)[0, 4 * 3].sum().backward()

    assert heard.grad is not None
    touched = heard.grad[0].abs().sum(dim=1) > 1e-9
    # Steps 2 and 3 are heard through its own past.
    assert to_lists(touched.nonzero()[:, 0]) == [2, 3, 4, 5, 6]


def test_a_step_hears_its_own_band_behind_and_nothing_after() -> None:
    ours, heard = decoder(layers=1), memory()
    mels = torch.zeros(1, STEPS * 3, TINY.mels).requires_grad_()

    ours(heard, mels, torch.tensor([2]), EVERY)[0, 4 * 3].sum().backward()

    assert mels.grad is not None
    touched = mels.grad[0].abs().sum(dim=1) > 1e-9
    # Step 4 begins after frame 11, steps 3 and 2 after 8 and 5.
    assert to_lists(touched.nonzero()[:, 0]) == [5, 8, 11]


def test_rows_of_a_batch_keep_their_own_bands_and_ends() -> None:
    ours, heard = decoder(), memory(rows=3)
    bands, steps = torch.tensor([3, 1, 0]), torch.tensor([STEPS, 5, 2])

    together = ours.generate(heard, bands, steps)

    for index, count in enumerate(steps):
        here = slice(index, index + 1)
        alone = ours.generate(heard[here, :count], bands[here], steps[here])
        torch.testing.assert_close(together[here, : 3 * count], alone, rtol=0, atol=1e-5)


def test_steps_behind_the_end_of_a_row_are_numbers() -> None:
    said = decoder().generate(memory(rows=2), torch.tensor([1, 0]), torch.tensor([STEPS, 1]))

    assert bool(said.isfinite().all())


def test_a_row_alone_needs_no_windows() -> None:
    windows = step_windows(4, torch.tensor([2]), torch.tensor([9]), 9)

    assert (windows.past, windows.ahead) == (None, None)


def test_windows_of_a_step_follow_each_rows_band_and_end() -> None:
    windows = step_windows(4, torch.tensor([2, 1, 1]), torch.tensor([9, 6, 9]), 9)

    assert windows.past is not None
    assert windows.ahead is not None
    assert to_lists(windows.past[:, 0, 0]) == [[True, True, True], [False, True, True], [False, True, True]]
    assert to_lists(windows.ahead[:, 0, 0]) == [[True, True, True], [True, True, False], [True, True, False]]


def test_a_step_behind_the_end_of_its_row_sees_itself() -> None:
    windows = step_windows(4, torch.tensor([2, 1]), torch.tensor([9, 3]), 9)

    assert windows.ahead is not None
    assert to_lists(windows.ahead[1, 0, 0]) == [True, False, False]


def test_in_training_a_padded_step_may_look_anywhere() -> None:
    windows = training_windows(torch.tensor([1]), torch.tensor([[1, 1, 1, 0]]).bool())

    assert windows.past is not None
    assert windows.ahead is not None
    assert to_lists(windows.past[0, 0]) == [
        [True, False, False, False],
        [True, True, False, False],
        [False, True, True, False],
        [True, True, True, True],
    ]
    assert to_lists(windows.ahead[0, 0, 2]) == [False, False, True, False]


def test_the_memory_holds_each_frame_of_a_step_and_the_speaker_of_the_first() -> None:
    text = torch.arange(6.0).view(1, 6, 1)

    said = decoder().memory(text, text + 10.0, text + 20.0)

    assert to_lists(said[0]) == [[0, 1, 2, 10, 20], [3, 4, 5, 13, 23]]
