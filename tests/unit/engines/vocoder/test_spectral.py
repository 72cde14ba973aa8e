"""From frames to samples by filters: those of the model, the same samples however the frames are cut."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engines.parallel.tiny_parallel import HOP, RATE, networks, vocoder

from huisheng.audio.source_filter import NOISE_PERIOD, noise, phase, pulses
from huisheng.engines.vocoder.protocol import Mel
from huisheng.engines.vocoder.spectral import PER_OCTAVE, f0_of
from huisheng.engines.windows import HelperQueue
from huisheng.types import Samples

FRAMES = 150


def frames(total: int = FRAMES, octaves: float = 0.0, voiced: bool = True) -> Mel:
    """Frames of a melody that goes up and down and stops now and then."""
    random = np.random.default_rng(3)
    places = np.arange(total)
    pitch = np.sin(places / 11.0) + octaves * PER_OCTAVE
    voicing = (places % 23 < 17) * float(voiced)
    mel = random.standard_normal((total, networks().vocoder.config.mels))
    return np.concatenate([mel, pitch[:, None], voicing[:, None]], axis=1).astype(np.float32)


def whole(mel: Mel) -> Samples:
    return vocoder().stream().flush(mel)


def pieces(mel: Mel, cuts: list[int], queue: ThreadPoolExecutor | None = None) -> Samples:
    """The samples of frames that come in pieces, cut before these."""
    stream = vocoder().stream()
    beside = HelperQueue(queue, 0.0) if queue else None
    *parts, last = np.split(mel, cuts)
    return np.concatenate([*(stream.process(part, beside) for part in parts), stream.flush(last, beside)])


@torch.inference_mode()
def vocode_in_torch(mel: Mel) -> Samples:
    """What the model makes in torch of the same pulses and the same noise."""
    f0 = f0_of(mel[:, -2], mel[:, -1])
    config = networks().vocoder.config
    overhang, step = config.pulses.overhang, config.noise.hop
    driven = np.pad(pulses(phase(f0, HOP, RATE), f0, HOP, RATE), overhang)
    period = noise()[: NOISE_PERIOD // step * step]
    hiss = np.take(period, np.arange(-overhang, len(mel) * HOP + overhang), mode="wrap")
    excitation = torch.as_tensor(np.stack([driven, hiss]))[None]
    tracks = (torch.as_tensor(np.ascontiguousarray(part))[None] for part in (mel[:, :-2], *mel[:, -2:].T))
    return networks().vocoder(*tracks, excitation)[0, 0].numpy()


def test_samples_are_those_of_the_model() -> None:
    made, wanted = whole(frames()), vocode_in_torch(frames())

    edge = 4 * HOP  # where frames of the surroundings are missing, training asks for nothing
    np.testing.assert_allclose(made[edge:-edge], wanted[edge:-edge], rtol=0, atol=2e-5)


@pytest.mark.parametrize("total", [1, 2, 3, 5, 40, 400])
def test_every_frame_becomes_a_hop_of_samples(total: int) -> None:
    samples = whole(frames(total))

    assert samples.shape == (total * HOP,)
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()


@given(cuts=st.sets(st.integers(1, FRAMES - 1), max_size=8))
def test_however_frames_are_cut_the_samples_are_the_same(cuts: set[int]) -> None:
    np.testing.assert_allclose(pieces(frames(), sorted(cuts)), whole(frames()), rtol=0, atol=1e-6)


@given(cuts=st.sets(st.integers(1, FRAMES - 1), max_size=4))
def test_with_another_thread_the_samples_are_the_same(cuts: set[int]) -> None:
    with ThreadPoolExecutor(1) as queue:
        made = pieces(frames(), sorted(cuts), queue)

    np.testing.assert_allclose(made, whole(frames()), rtol=0, atol=1e-6)


def test_frame_by_frame_the_samples_are_the_same() -> None:
    np.testing.assert_allclose(pieces(frames(), list(range(1, FRAMES))), whole(frames()), rtol=0, atol=1e-6)


def test_also_after_noise_has_begun_anew_the_samples_are_the_same() -> None:
    long = frames(NOISE_PERIOD // HOP + 60)

    made = pieces(long, [100, 500, 640, 660])

    np.testing.assert_allclose(made, whole(long), rtol=0, atol=1e-6)


def test_no_frames_give_no_samples() -> None:
    assert not len(vocoder().stream().flush())


def test_samples_that_are_given_out_are_not_changed_afterwards() -> None:
    stream = vocoder().stream()
    first = stream.process(frames()[:60])
    kept = first.copy()

    stream.flush(frames()[60:])

    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("octaves", [0.0, 1.0])
def test_pulses_come_as_often_as_the_pitch_says(octaves: float) -> None:
    steady = frames(100)
    steady[:, -2:] = octaves * PER_OCTAVE, 1.0

    driven = vocoder().stream()._excite(steady).pulses

    seconds = 99 * HOP / RATE  # from the middle of the first frame to that of the last
    peaks = np.flatnonzero(driven > 0.6 * driven.max())
    assert 1 + (np.diff(peaks) > 4).sum() == pytest.approx(200.0 * 2.0**octaves * seconds, abs=2.0)


def test_where_nothing_is_voiced_only_noise_is_heard() -> None:
    silent = frames(voiced=False)
    other = silent.copy()
    other[:, -2] = 3.0

    np.testing.assert_array_equal(whole(silent), whole(other))
    assert whole(silent).any()
    assert not vocoder().stream()._excite(silent).pulses.any()


def test_two_streams_never_touch() -> None:
    streams = vocoder().stream(), vocoder().stream()
    mels = frames(), frames(octaves=1.0)
    made: tuple[list[Samples], list[Samples]] = ([], [])

    for part in (slice(0, 70), slice(70, 100), slice(100, FRAMES)):
        for stream, mel, samples in zip(streams, mels, made, strict=True):
            samples.append(stream.process(mel[part]))

    for stream, mel, samples in zip(streams, mels, made, strict=True):
        joined = np.concatenate([*samples, stream.flush()])
        np.testing.assert_allclose(joined, whole(mel), rtol=0, atol=1e-6)
