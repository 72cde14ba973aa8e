"""There and back again: nothing is lost inside, and stretches that follow each other add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.audio.transform import Transform
from huisheng.types import Samples

NOISE = np.random.default_rng(3).standard_normal(60_000).astype(np.float32)

TRANSFORMS = st.sampled_from(
    [Transform(960, 300), Transform(240, 100), Transform(32, 8), Transform(20, 10), Transform(14, 4)]
)
"""The vocoder's own, and frames that are and are not whole numbers of hops."""


def stretch(transform: Transform, hops: int) -> Samples:
    """Random samples of some hops and of what lies around them."""
    return NOISE[: hops * transform.hop + 2 * transform.overhang]


def inside(transform: Transform, samples: Samples) -> Samples:
    """(n · hop + 2 · overhang,) → (n, hop) the hops themselves."""
    return samples[transform.overhang : len(samples) - transform.overhang].reshape(-1, transform.hop)


@given(transform=TRANSFORMS, hops=st.integers(1, 40))
def test_a_spectrum_for_each_hop(transform: Transform, hops: int) -> None:
    assert transform.spectra(stretch(transform, hops)).shape == (hops, transform.bins)


@given(transform=TRANSFORMS, hops=st.integers(1, 40))
def test_spectra_become_the_signal_that_they_came_from(transform: Transform, hops: int) -> None:
    samples = stretch(transform, hops)

    found = inside(transform, transform.signal(transform.spectra(samples)))

    whole = slice(transform.reach, hops - transform.reach)  # the others lack neighbours
    np.testing.assert_allclose(found[whole], inside(transform, samples)[whole], atol=1e-5)


@given(transform=TRANSFORMS, hops=st.integers(2, 40), data=st.data())
def test_the_sums_of_two_stretches_that_follow_each_other_add_up(
    transform: Transform, hops: int, data: st.DataObject
) -> None:
    spectra = transform.spectra(stretch(transform, hops))
    cut = data.draw(st.integers(1, hops - 1))
    whole = transform.signal(spectra)

    added = np.zeros_like(whole)
    for start, part in ((0, spectra[:cut]), (cut, spectra[cut:])):
        said = transform.signal(part)
        added[start * transform.hop : start * transform.hop + len(said)] += said

    np.testing.assert_allclose(added, whole, atol=1e-5)


@given(transform=TRANSFORMS, hops=st.integers(2, 40), data=st.data())
def test_spectra_are_the_same_however_the_signal_is_cut(
    transform: Transform, hops: int, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, hops - 1))
    samples = stretch(transform, hops)
    first = samples[: cut * transform.hop + 2 * transform.overhang]

    parts = [transform.spectra(part) for part in (first, samples[cut * transform.hop :])]

    np.testing.assert_allclose(np.concatenate(parts), transform.spectra(samples), atol=1e-5)


@given(transform=TRANSFORMS, hop=st.integers(0, 9))
def test_a_frame_is_centred_on_the_middle_of_its_hop(transform: Transform, hop: int) -> None:
    samples = np.zeros(10 * transform.hop + 2 * transform.overhang, dtype=np.float32)
    samples[transform.overhang + hop * transform.hop + transform.hop // 2] = 1.0

    found = np.abs(transform.spectra(samples))

    np.testing.assert_allclose(found[hop], 1.0, atol=1e-6)  # the peak of the window
    assert int(found[:, 0].argmax()) == hop


@given(transform=TRANSFORMS, place=st.integers(0, 39))
def test_a_spectrum_sounds_in_its_reach_and_no_further(transform: Transform, place: int) -> None:
    spectra = np.zeros((40, transform.bins), dtype=np.complex64)
    spectra[place] = transform.spectra(stretch(transform, 1))[0]

    sounding = np.flatnonzero(np.abs(inside(transform, transform.signal(spectra))).max(axis=1))

    assert sounding[0] >= place - transform.reach  # the window's first sample is 0
    assert sounding[-1] == min(39, place + transform.reach)


def test_the_window_is_hanns_and_begins_anew_where_it_ends() -> None:
    window = Transform(8, 4).window

    np.testing.assert_allclose(window, np.sin(np.pi * np.arange(8) / 8) ** 2, atol=1e-7)


@pytest.mark.parametrize("transform", [Transform(960, 300), Transform(1024, 256)])
def test_of_all_windows_that_give_the_signal_back_the_dual_is_the_smallest(transform: Transform) -> None:
    ratio = transform.dual[1:] / transform.window[1:]  # the window begins at 0

    for place in range(transform.hop - 1):
        np.testing.assert_allclose(ratio[place :: transform.hop], ratio[place], rtol=1e-5)
