"""The graphs of a parallel voice say what its networks say, small ones and those of the published shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import NamedTuple, TypeAlias

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from onnx import ModelProto
from tests.unit.export.graphs.running import run
from tests.unit.export.parallel_networks import SPECTRAL, published_config, small, speaking
from torch import nn

from huisheng.acoustic.config import AcousticConfig
from huisheng.acoustic.contours import Contours
from huisheng.acoustic.parallel import PLACES, ParallelSamBert
from huisheng.acoustic.variance import Conditions
from huisheng.export.graphs.contours import contours_graph
from huisheng.export.graphs.convolutional import convolutional_graph
from huisheng.export.graphs.durations import durations_graph
from huisheng.export.graphs.encoder import encoder_graph
from huisheng.export.graphs.halving import halve_weights
from huisheng.export.graphs.spectral import spectral_graph
from huisheng.export.graphs.weights import Weights
from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.vocoder.config import SpectralConfig
from huisheng.vocoder.spectral import SpectralGenerator, filter_gains

Array = NDArray[np.float32]
Arrays: TypeAlias = dict[str, Array]

SYMBOLS, FRAMES = 19, 57
TOLERANCE = 1e-5
LIMIT = 25_000_000
"""Bytes of a voice that is shipped."""

SHAPES: dict[str, tuple[AcousticConfig, SpectralConfig]] = {
    "small": (small(), SPECTRAL),
    "published": (published_config(), SpectralConfig()),
}
every_shape = pytest.mark.parametrize("shape", SHAPES)


class Case(NamedTuple):
    """One graph, what it is given, and what torch says of it; arrays by name."""

    graph: ModelProto
    given: Mapping[str, NDArray[np.generic]]
    wanted: Arrays


def networks(shape: str) -> ParallelNetworks:
    return speaking(*SHAPES[shape])


def weights(network: nn.Module) -> Weights:
    return Weights({name: tensor.numpy() for name, tensor in network.state_dict().items()})


def build_half(build: Callable[[AcousticConfig, Weights], ModelProto], model: ParallelSamBert) -> ModelProto:
    """The graph as it lies in a package."""
    return halve_weights(build(model.config, weights(model)))


def normal(*shape: int) -> Array:
    return np.random.default_rng(len(shape)).standard_normal(shape, np.float32)


def tracks(frames: int = FRAMES) -> dict[str, Array]:
    """(T,) each; some of the energy is beyond what the decoder tells apart."""
    pitch, noise, energy = 2.0 * normal(3, frames)
    return {"pitch": pitch, "voicing": (noise > 0.0).astype(np.float32), "energy": energy}


def batch(given: Mapping[str, NDArray[np.generic]]) -> list[torch.Tensor]:
    return [torch.as_tensor(array)[None] for array in given.values()]


def everywhere(length: int) -> torch.Tensor:
    return torch.ones(1, length, dtype=torch.bool)


@torch.inference_mode()
def encoding(shape: str) -> Case:
    model = networks(shape).acoustic
    sizes = model.config.vocabulary
    random = np.random.default_rng(3)
    fields = (sizes.phones, sizes.tones, sizes.syllable_flags, sizes.word_segments)
    symbols = np.stack([random.integers(0, size, SYMBOLS) for size in fields], axis=1)
    text = model.text_encoder.encode(torch.as_tensor(symbols)[None], everywhere(SYMBOLS)).text
    return Case(build_half(encoder_graph, model), {"symbols": symbols}, {"text": text[0].numpy()})


@torch.inference_mode()
def timing(shape: str) -> Case:
    model = networks(shape).acoustic
    config = model.config
    given = {
        "text": normal(SYMBOLS, config.text_units),
        "speaker": normal(SYMBOLS, config.speaker_units),
        "emotion": normal(SYMBOLS, config.emotion_units),
    }
    text, speaker, emotion = batch(given)
    conditions = Conditions(text, speaker, emotion, torch.tensor([SYMBOLS]), everywhere(SYMBOLS))
    _, said = model.duration_predictor(conditions)
    return Case(build_half(durations_graph, model), given, {"log_durations": said[0].numpy()})


@torch.inference_mode()
def singing(shape: str) -> Case:
    model = networks(shape).acoustic
    given = {"frames": normal(FRAMES, model.config.symbol_units + PLACES)}
    said = model.contour_predictor(*batch(given), everywhere(FRAMES))
    wanted = {name: getattr(said, name)[0].numpy() for name in ("pitch", "voicing", "energy")}
    return Case(build_half(contours_graph, model), given, wanted)


@torch.inference_mode()
def decoding(shape: str) -> Case:
    model = networks(shape).acoustic
    given = {"frames": normal(FRAMES, model.config.symbol_units + PLACES), **tracks()}
    frames, *contours = batch(given)
    mel = model.mel_decoder(frames, Contours(*contours), everywhere(FRAMES))
    return Case(build_half(convolutional_graph, model), given, {"mel": mel[0].numpy()})


def filtering(shape: str) -> Case:
    return generate_samples(networks(shape).vocoder)


@torch.inference_mode()
def generate_samples(vocoder: SpectralGenerator) -> Case:
    given = {"mel": normal(FRAMES, vocoder.config.mels), **tracks()}
    del given["energy"]
    filters = filter_gains(vocoder.network(*batch(given), everywhere(FRAMES)))
    pulses = torch.view_as_real(filters.pulses[0]).numpy()
    wanted = {"pulses": pulses, "noise": filters.noise[0].numpy()}
    return Case(halve_weights(spectral_graph(vocoder.config, weights(vocoder))), given, wanted)


Part = Callable[[str], Case]
PARTS: dict[str, Part] = {
    "encoder": encoding,
    "durations": timing,
    "contours": singing,
    "decoder": decoding,
    "vocoder": filtering,
}
every_part = pytest.mark.parametrize("part", PARTS)


def agree(said: Arrays, wanted: Arrays) -> None:
    assert said.keys() == wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_allclose(said[name], array, rtol=1e-5, atol=TOLERANCE, err_msg=name)


def by_frame(array: Array, frames: int) -> Array:
    """(S · T, …) of S steps a frame → (T, S, …)."""
    return array.reshape(frames, -1, *array.shape[1:])


@every_shape
@every_part
def test_a_graph_says_what_the_network_says(shape: str, part: str) -> None:
    case = PARTS[part](shape)

    agree(run(case.graph, **case.given), case.wanted)


def test_gains_beyond_the_bound_are_cut_as_the_network_cuts_them() -> None:
    vocoder = deepcopy(networks("small").vocoder)
    with torch.no_grad():
        vocoder.network.head.bias.add_(11.0)

    case = generate_samples(vocoder)

    assert np.isclose(case.wanted["noise"], np.exp(6.0)).any()
    agree(run(case.graph, **case.given), case.wanted)


@pytest.mark.parametrize(("part", "reach"), [("decoder", 8), ("vocoder", 6)])
def test_a_window_with_the_frames_that_it_reaches_is_the_whole(part: str, reach: int) -> None:
    case = PARTS[part]("small")
    start, end = 20, 31
    window = {name: array[start - reach : end + reach] for name, array in case.given.items()}

    said = run(case.graph, **window)

    agree(
        {name: by_frame(array, end - start + 2 * reach)[reach:-reach] for name, array in said.items()},
        {name: by_frame(array, FRAMES)[start:end] for name, array in case.wanted.items()},
    )


@every_part
def test_one_symbol_or_frame_is_enough(part: str) -> None:
    case = PARTS[part]("small")

    said = run(case.graph, **{name: array[:1] for name, array in case.given.items()})

    whole = len(next(iter(case.given.values())))
    for name, array in said.items():
        assert array.size * whole == case.wanted[name].size
        assert np.isfinite(array).all()


def test_a_voice_of_the_published_shape_may_be_shipped() -> None:
    assert sum(build("published").graph.ByteSize() for build in PARTS.values()) < LIMIT
