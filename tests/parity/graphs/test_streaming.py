"""However a stream is cut, it is the whole, and the whole is what the network says at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import cycle

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.parity.acoustic.reference import network
from tests.parity.graphs.packages import (
    graph,
    line_inputs,
    plan_of,
    settings_of,
    speaking,
    vocoder_package,
)
from tests.parity.vocoder.reference import config, generator

from huisheng.engines.sambert.network import Decoder, Outline, Postnet
from huisheng.engines.sambert.steps import DecoderSteps
from huisheng.engines.vocoder.hifigan import CausalStream, HifiganVocoder, WindowedStream
from huisheng.engines.vocoder.protocol import VocoderStream
from huisheng.engines.windows import HelperQueue
from huisheng.export.graphs.postnet import lag

Array = NDArray[np.float32]

TOLERANCE = 1e-4
LENGTH = 60
"""Frames of an utterance for a vocoder, more than any of them looks around."""
LONG = 250
"""Frames that are worth dividing."""

FEW = settings(max_examples=12)
STEPS = st.lists(st.integers(1, 40), min_size=1, max_size=5).map(tuple)
"""Sizes of the pieces, the last one again and again."""
PIECES = st.lists(st.integers(0, 40), min_size=1, max_size=5).filter(lambda sizes: sum(sizes) >= 5)
"""Sizes of the pieces, in turn."""

ACOUSTIC = pytest.mark.parametrize("model", ["am16k", "am_nsf", "am16k_full"])
VOCODERS = ["voc16k", "voc24k", "voc16k_nc", "voc16k_nsf", "voc24k_nsf"]
CAUSAL = ["voc16k", "voc24k"]


def cut(rows: Array, sizes: Sequence[int]) -> Iterator[Array]:
    """(T, C) in pieces of these sizes, in turn."""
    start = 0
    for size in cycle(sizes):
        if start >= len(rows):
            return
        yield rows[start : start + size]
        start += size


# Decoder


@cache
def outline(model: str) -> Outline:
    return speaking(model).outline(plan_of(line_inputs(model, "short")))[1]


def decoder(model: str) -> Decoder:
    return Decoder(DecoderSteps(graph(model, "decoder")), network(model).config.group, outline(model))


@cache
def decode(model: str) -> Array:
    """(T, M) as the network decodes it, in one piece."""
    length = int(outline(model).frames.sum())
    return network(model).infer(line_inputs(model, "short")).coarse[0, :length].numpy()


@ACOUSTIC
@FEW
@given(sizes=STEPS)
def test_the_decoder_makes_the_same_frames_whatever_the_steps_of_a_chunk(
    model: str, sizes: tuple[int, ...]
) -> None:
    chunks = list(decoder(model).chunks(sizes))

    assert all(len(chunk) <= 3 * size for chunk, size in zip(chunks, sizes, strict=False))
    np.testing.assert_allclose(np.concatenate(chunks), decode(model), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("band", [0, 1, 2, 30])
def test_the_decoder_makes_the_same_frames_whatever_its_band(band: int) -> None:
    made = replace(outline("am16k"), band=band)
    whole, stepwise = (Decoder(DecoderSteps(graph("am16k", "decoder")), 3, made) for _ in range(2))

    single = np.concatenate(list(stepwise.chunks((1,))))

    np.testing.assert_allclose(single, whole.process(10**6), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("left_out", [1, 2])
def test_a_last_step_that_is_not_full_ends_with_the_utterance(left_out: int) -> None:
    made = outline("am16k")
    frames = made.frames.copy()
    frames[-1] += 3 - made.total % 3 + left_out

    whole = Decoder(DecoderSteps(graph("am16k", "decoder")), 3, replace(made, frames=frames)).process(10**6)

    assert len(whole) == frames.sum()
    assert len(whole) % 3 == left_out


# Postnet


def run_postnet(coarse: Array, sizes: Sequence[int], model: str) -> Array:
    """(T, M) in pieces of these sizes → (T, M)."""
    postnet = Postnet(graph(model, "postnet"), len(coarse))
    return np.concatenate([postnet.process(piece) for piece in cut(coarse, sizes)])


def noise(frames: int, model: str) -> Array:
    """(T, M)"""
    return np.random.default_rng(frames).standard_normal((frames, network(model).config.mels), np.float32)


@ACOUSTIC
@FEW
@given(frames=st.integers(1, 60), sizes=STEPS)
@example(frames=1, sizes=(1,))
@example(frames=3, sizes=(2,))
def test_the_postnet_corrects_the_same_way_whatever_the_frames_of_a_piece(
    model: str, frames: int, sizes: tuple[int, ...]
) -> None:
    coarse = noise(frames, model)
    valid = torch.ones(1, frames, dtype=torch.bool)
    with torch.inference_mode():
        expected = network(model).mel_postnet(torch.as_tensor(coarse)[None], valid)[0].numpy()

    np.testing.assert_allclose(run_postnet(coarse, sizes, model), expected, rtol=0, atol=TOLERANCE)


@ACOUSTIC
def test_the_postnet_holds_back_no_more_frames_than_it_looks_ahead(model: str) -> None:
    coarse = noise(60, model)

    ready = Postnet(graph(model, "postnet"), 61).process(coarse)

    assert len(ready) == 60 - lag(network(model).config)


# Acoustic model


@ACOUSTIC
def test_the_frames_of_the_schedule_are_those_of_one_stretch(model: str) -> None:
    whole = network(model).infer(line_inputs(model, "short")).mel[0].numpy()

    streamed = np.concatenate(list(speaking(model).mels(outline(model))))

    np.testing.assert_allclose(streamed, whole[: len(streamed)], rtol=0, atol=TOLERANCE)


# Vocoder


@cache
def vocoder(name: str) -> HifiganVocoder:
    return HifiganVocoder(vocoder_package(name), settings_of(name))


def stream(name: str) -> VocoderStream:
    return vocoder(name).stream()


@cache
def frames_for(name: str, length: int = LENGTH) -> Array:
    """(T, M) random frames; F0 in Hz and voicing follow where there is a source."""
    random = np.random.default_rng(5)
    mel = random.standard_normal((length, config(name).mels), np.float32)
    if config(name).harmonics is None:
        return mel
    f0 = random.uniform(80.0, 400.0, (length, 1)).astype(np.float32)
    return np.concatenate([mel, f0, random.integers(0, 2, (length, 1)).astype(np.float32)], axis=1)


def vocode(name: str, sizes: Sequence[int], length: int = LENGTH, beside: HelperQueue | None = None) -> Array:
    """(N,)"""
    made = stream(name)
    pieces = [made.process(piece, beside) for piece in cut(frames_for(name, length), sizes)]
    return np.concatenate([*pieces, made.flush()])


@cache
def whole(name: str, length: int = LENGTH) -> Array:
    """(N,) in one call of the graph, of which nothing is cut: no margin is as long as this one."""
    known = settings_of(name).model_copy(update={"left": 2 * LONG, "right": 2 * LONG})
    made = HifiganVocoder(vocoder_package(name), known).stream()
    return np.concatenate([made.process(frames_for(name, length)), made.flush()])


@pytest.mark.parametrize("name", VOCODERS)
@FEW
@given(sizes=PIECES)
def test_the_vocoder_makes_the_same_samples_whatever_the_frames_of_a_piece(
    name: str, sizes: list[int]
) -> None:
    np.testing.assert_allclose(vocode(name, sizes), whole(name), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", CAUSAL)
def test_a_causal_vocoder_holds_nothing_back(name: str) -> None:
    samples = stream(name).process(frames_for(name)[:7])

    assert len(samples) == 7 * config(name).hop


@pytest.mark.parametrize("name", ["voc16k_nc", "voc16k_nsf"])
def test_another_vocoder_holds_back_no_more_frames_than_it_looks_ahead(name: str) -> None:
    samples = stream(name).process(frames_for(name))

    assert len(samples) == (LENGTH - config(name).context.right) * config(name).hop


@pytest.mark.parametrize("name", VOCODERS)
@FEW
@given(
    sizes=st.lists(st.integers(30, LONG), min_size=1, max_size=4),
    busy=st.sampled_from([0.0, 1e-4, 1e-3]),
)
def test_the_vocoder_makes_the_same_samples_whatever_another_thread_makes_of_them(
    name: str, sizes: list[int], busy: float
) -> None:
    with ThreadPoolExecutor(1) as queue:
        samples = vocode(name, sizes, LONG, HelperQueue(queue, busy))

    np.testing.assert_allclose(samples, whole(name, LONG), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", [*CAUSAL, "voc16k_nc"])
def test_the_whole_of_a_stream_is_what_the_network_says(name: str) -> None:
    mel = torch.as_tensor(frames_for(name)).T[None]
    with torch.inference_mode():
        expected = generator(name)(mel)[0, 0].numpy()

    np.testing.assert_allclose(whole(name), expected, rtol=0, atol=TOLERANCE)


def test_the_kind_of_stream_is_that_of_the_vocoder() -> None:
    assert isinstance(stream("voc16k"), CausalStream)
    assert isinstance(stream("voc16k_nc"), WindowedStream)
