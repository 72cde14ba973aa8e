"""Halving the rate by a wavelet loses nothing, and its high band hears no slow change."""

from __future__ import annotations

import pytest
import torch

from huisheng.vocoder.wavelet import DB3, WaveletDownsampling

HALVE = WaveletDownsampling().double()


@pytest.mark.parametrize("shift", [0, 2, 4])
def test_the_low_pass_is_orthogonal_to_its_even_shifts(shift: int) -> None:
    product = sum(DB3[place] * DB3[place + shift] for place in range(len(DB3) - shift))

    assert product == pytest.approx(float(shift == 0), abs=1e-12)


@pytest.mark.parametrize("power", [0, 1, 2])
def test_the_high_band_is_deaf_to_parabolas(power: int) -> None:
    signal = torch.linspace(0, 1, 64, dtype=torch.float64) ** power

    high = HALVE(signal[None, None])[0, 1]

    torch.testing.assert_close(high[3:-3], torch.zeros_like(high[3:-3]), rtol=0, atol=1e-6)


@pytest.mark.parametrize("length", [64, 65])
def test_the_energy_is_that_of_the_signal(length: int) -> None:
    signal = torch.randn(1, 1, length, dtype=torch.float64, generator=torch.Generator().manual_seed(1))

    bands = HALVE(signal)

    assert bands.square().sum().item() == pytest.approx(signal.square().sum().item(), rel=1e-6)


@pytest.mark.parametrize(("length", "half"), [(64, 34), (65, 35)])
def test_both_bands_have_half_the_samples_and_the_ends(length: int, half: int) -> None:
    assert HALVE(torch.zeros(3, 1, length, dtype=torch.float64)).shape == (3, 2, half)
