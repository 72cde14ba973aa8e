"""Two upsamplings in one convolution give what the two networks give together."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.export.graphs.running import weights_of
from torch import nn

from huisheng.export.graphs.upsampling import Phases, Upsampling
from huisheng.vocoder.layers import Convolution, Deconvolution

WIDE, NARROW, COLUMNS = 4, 3, 9


@st.composite
def shapes(draw: st.DrawFn) -> tuple[int, int, int, bool]:
    """Scale, taps of the convolution, taps of the transposed one, whether causal."""
    scale, causal = draw(st.integers(1, 10)), draw(st.booleans())
    repeated = draw(st.integers(1, 5)) * 2 - 1
    more = draw(st.integers(0, 6))
    return scale, repeated, scale + (more if causal else 2 * more), causal


def together(phases: Phases, x: torch.Tensor, scale: int) -> torch.Tensor:
    """(1, C, n) → (1, C′, n · scale), as the graph does it."""
    padded = nn.functional.pad(x, (phases.before, phases.after))
    channels = nn.functional.conv1d(padded, torch.as_tensor(phases.weight), torch.as_tensor(phases.bias))
    return channels.reshape(scale, NARROW, -1).permute(1, 2, 0).reshape(1, NARROW, -1)


@given(shape=shapes(), seed=st.integers(0, 1_000))
def test_one_convolution_gives_the_sum_of_both(shape: tuple[int, int, int, bool], seed: int) -> None:
    scale, taps, transposed_taps, causal = shape
    torch.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType]
    repeated = Convolution((WIDE, NARROW), taps, causal=causal, weight_norm=False)
    transposed = Deconvolution((WIDE, NARROW), transposed_taps, scale, causal=causal, weight_norm=False)
    x = torch.randn(1, WIDE, COLUMNS)
    first, second = weights_of(repeated.conv1d), weights_of(transposed.deconv)
    bias = first["bias"] + second["bias"]
    both = Upsampling(first["weight"], second["weight"], bias, scale, causal)

    with torch.inference_mode():
        expected = repeated(x.repeat_interleave(scale, dim=2)) + transposed(x)
        made = together(both.phases(), x, scale)

    torch.testing.assert_close(made, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("scale", "columns"), [(10, 2), (5, 3), (2, 4)])
def test_a_column_is_multiplied_once_for_all_its_repetitions(scale: int, columns: int) -> None:
    weights = np.ones((NARROW, WIDE, 7), np.float32), np.ones((WIDE, NARROW, 2 * scale), np.float32)

    phases = Upsampling(*weights, np.zeros(NARROW, np.float32), scale, causal=True).phases()

    assert phases.weight.shape == (scale * NARROW, WIDE, columns)
    assert (phases.before, phases.after) == (columns - 1, 0)
