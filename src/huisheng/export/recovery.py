"""Recovers networks from a voice package: the inverse of `export_voice`, so that a voice can be fine-tuned.

Every size is that of an array in the package. What its graphs hold merged, stays merged: the scale of a
ConvNeXt layer is 1. Afterwards both synthesize a line, so a graph that computes anything else is refused.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from huisheng.acoustic.config import AcousticConfig, BlockConfig, FsmnConfig, ParallelConfig, VocabularySizes
from huisheng.acoustic.contours import f0_of
from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.convnext import StackConfig
from huisheng.errors import ModelError
from huisheng.export.graphs import contours, convolutional, durations, encoder, spectral
from huisheng.export.graphs.parameters import Parameters
from huisheng.export.graphs.weights import Array
from huisheng.export.parallel_proof import ParallelNetworks, prove_parallel
from huisheng.export.safety import check_file
from huisheng.vocoder.config import SpectralConfig
from huisheng.vocoder.spectral import SpectralGenerator
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Parallel, Sambert

State = dict[str, Array]
"""Name of a tensor of a network → its values."""

_DROPOUT: Final = 0.1
"""Dropout of every part that had one; graphs do not hold it."""
_DIGITS: Final = 6
"""Significant digits of a frequency in a config."""
_TRACKS: Final = 2
"""Inputs of a vocoder beside the mel: pitch and voicing."""


class _Stack(NamedTuple):
    """A ConvNeXt stack and the product behind it."""

    config: StackConfig
    inputs: int
    last: tuple[Array, Array]


def recover_networks(package: VoicePackage) -> ParallelNetworks:
    """The networks of a parallel voice, float32, in evaluation mode.

    Args:
        package: that was verified.

    Raises:
        ModelError: it is of a voice of another kind, or holds something else than its manifest says.
    """
    known = package.manifest.sambert
    if known is None or known.parallel is None:
        raise ModelError(
            package.manifest.name,
            "该音色不能继续训练，请换用绘声训练的语音包",
            "a voice of this kind cannot learn on; choose a package that huisheng has trained",
        )
    with _translate_errors(package):
        for name in package.manifest.files:
            check_file(package.path(name))
        networks = ParallelNetworks(_acoustic(package, known), _vocoder(package, known.parallel))
        prove_parallel(networks, package.directory)
        return networks


@contextmanager
def _translate_errors(package: VoicePackage) -> Generator[None]:
    """Within this whatever is wrong with a package becomes one error."""
    try:
        yield
    except Exception as error:  # whatever a graph can be read or run with that is no graph of ours
        raise ModelError(
            package.manifest.name,
            "语音包里的计算图与清单不符，请换用完整的语音包",
            "its graphs are not what its manifest says; take a whole package",
        ) from error


def _acoustic(package: VoicePackage, known: Sambert) -> ParallelSamBert:
    """The acoustic model of the files."""
    state: State = {}
    tables = {name: _table(package, file) for name, file in _TABLES.items()}
    config = _encoder(Parameters(package.path("encoder.onnx")), known, state)
    predictor = _durations(Parameters(package.path("durations.onnx")), state)
    melody = _stack(Parameters(package.path("contours.onnx")), contours.ROOT, "tracks", state)
    drawing = Parameters(package.path("decoder.onnx"))
    decoder = _stack(drawing, convolutional.ROOT, "bands", state)
    state |= {f"{name}.weight": rows for name, rows in tables.items()}
    (speakers, speaker_units), (emotions, emotion_units) = (rows.shape for rows in tables.values())
    phones, tones, flags, segments = (
        len(state[f"{encoder.ROOT}.{table}.weight"]) for table in encoder.TABLES
    )
    made = AcousticConfig(
        vocabulary=VocabularySizes(phones, tones, flags, segments, emotions, speakers),
        longest=state[_POSITIONS].shape[1],
        embedding=state[_POSITIONS].shape[2],
        encoder=config,
        text_units=len(state[f"{encoder.ROOT}.ling_proj.weight"]),
        speaker_units=speaker_units,
        emotion_units=emotion_units,
        predictor=predictor,
        predictor_lstm=state[f"{durations.ROOT}.blstm.weight_hh_l0"].shape[1],
        mels=len(decoder.last[1]),
        parallel=_parallel(drawing, melody.config, decoder.config),
    )
    return _load(ParallelSamBert(made), state)


_TABLES: Final = {"spk_tokenizer": "speakers.npy", "emo_tokenizer": "emotions.npy"}
_POSITIONS: Final = f"{encoder.ROOT}.ling_enc.position_enc.position_enc"


def _vocoder(package: VoicePackage, known: Parallel) -> SpectralGenerator:
    """The vocoder of its file."""
    state: State = {}
    found = _stack(Parameters(package.path("vocoder.onnx")), spectral.ROOT, "head", state)
    config = SpectralConfig(
        mels=found.inputs - _TRACKS,
        sample_rate=package.manifest.sample_rate,
        hop=package.manifest.frame_samples,
        fft=known.fft,
        steps=known.steps,
        noise_fft=known.noise_fft,
        noise_steps=known.noise_steps,
        stack=found.config,
    )
    return _load(SpectralGenerator(config), state)


def _encoder(graph: Parameters, known: Sambert, state: State) -> BlockConfig:
    """Put the text encoder into the state; its shape."""
    products, norms = graph.of("Gemm"), graph.of("LayerNormalization")
    positions, *tables = (held[0] for held in graph.of("Slice")[:1] + graph.of("Gather") if held[0].ndim == 2)
    layers, root = len(products) // 4, f"{encoder.ROOT}.ling_enc"
    width, inner = products[1][0].shape[1], products[2][0].shape[1]
    heads = next(int(shape[1]) for (shape,) in graph.of("Reshape") if len(shape) == 3)
    for name, rows in zip(encoder.TABLES, tables, strict=True):
        state[f"{encoder.ROOT}.{name}.weight"] = rows / np.float32(math.sqrt(width))
    state[_POSITIONS] = positions[None, : known.longest]
    for layer in range(layers):
        at = f"{root}.fft.{layer}"
        qkv, output, widened, narrowed = products[4 * layer : 4 * layer + 4]
        _linear(state, f"{at}.slf_attn.w_qkv", _without_query_scale(qkv, width, heads))
        _linear(state, f"{at}.slf_attn.fc", output)
        _convolution(state, f"{at}.pos_ffn.w_1", widened, taps=widened[0].shape[0] // width)
        _convolution(state, f"{at}.pos_ffn.w_2", narrowed)
        _norm(state, f"{at}.slf_attn.layer_norm", norms[2 * layer])
        _norm(state, f"{at}.pos_ffn.layer_norm", norms[2 * layer + 1])
    _norm(state, f"{root}.ln", norms[-1])
    state[f"{encoder.ROOT}.ling_proj.weight"] = products[-1][0].T
    return BlockConfig(layers, heads, width, inner, _DROPOUT, _DROPOUT, _DROPOUT)


def _durations(graph: Parameters, state: State) -> FsmnConfig:
    """Put the duration predictor into the state; the shape of its FSMN."""
    root = durations.ROOT
    (*products, last), memories = graph.of("Gemm"), graph.of("Conv")
    for layer, (product, (narrow,), (taps,)) in enumerate(
        zip(products, graph.of("MatMul"), memories, strict=True)
    ):
        _convolution(state, f"{root}.fsmn.ffn_lst.{layer}.w_1", product)
        state[f"{root}.fsmn.ffn_lst.{layer}.w_2.weight"] = narrow.T[..., None]
        state[f"{root}.fsmn.memory_block_lst.{layer}.conv_dw.weight"] = taps[:, :, 0]
    _lstm(state, f"{root}.blstm", *graph.of("LSTM")[0])
    _linear(state, f"{root}.fc", last)
    kernel, ahead = memories[0][0].shape[-1], graph.numbers("Conv", "pads")[0][3]
    inner, memory = graph.of("MatMul")[0][0].shape
    return FsmnConfig(kernel, len(memories), memory, inner, _DROPOUT, (kernel - 1) // 2 - ahead)


def _stack(graph: Parameters, root: str, last: str, state: State) -> _Stack:
    """Put a ConvNeXt stack and the product behind it into the state; their shapes."""
    (enter, *products, behind), filters = graph.of("Gemm"), graph.of("Conv")
    (entered, *norms, leave) = graph.of("LayerNormalization")
    at = f"{root}.stack"
    _linear(state, f"{at}.enter", enter)
    _norm(state, f"{at}.entered", entered)
    for layer, ((taps, bias), norm) in enumerate(zip(filters, norms, strict=True)):
        here = f"{at}.layers.{layer}"
        state[f"{here}.depthwise.weight"], state[f"{here}.depthwise.bias"] = taps[:, :, 0], bias
        _norm(state, f"{here}.norm", norm)
        _linear(state, f"{here}.widen", products[2 * layer])
        _linear(state, f"{here}.narrow", products[2 * layer + 1])
        state[f"{here}.scale"] = np.ones(len(bias), np.float32)
    _norm(state, f"{at}.leave", leave)
    _linear(state, f"{root}.{last}", behind)
    inputs, width = enter[0].shape
    config = StackConfig(len(filters), width, products[0][0].shape[1], filters[0][0].shape[-1])
    return _Stack(config, inputs, (behind[0], behind[1]))


def _parallel(graph: Parameters, melody: StackConfig, decoder: StackConfig) -> ParallelConfig:
    """The shape of the parallel decoder; the embedding of pitch and energy is in the decoder's graph."""
    pitches, efforts = (held[0] for held in graph.of("Sub"))
    lowest, highest = (float(f0_of(torch.tensor(float(end)))) for end in (pitches[0], pitches[-1]))
    return ParallelConfig(
        contours=StackConfig(melody.layers, melody.width, melody.inner, melody.kernel, _DROPOUT),
        decoder=decoder,
        pitches=len(pitches),
        efforts=len(efforts),
        lowest=float(f"{lowest:.{_DIGITS}g}"),
        highest=float(f"{highest:.{_DIGITS}g}"),
        quietest=float(f"{efforts[0]:.{_DIGITS}g}"),
        loudest=float(f"{efforts[-1]:.{_DIGITS}g}"),
    )


def _without_query_scale(qkv: list[Array], width: int, heads: int) -> list[Array]:
    """Weight (C, 3D) and bias (3D,) of queries, keys and values without the factor of the queries."""
    factor = np.ones(3 * width, np.float32)
    factor[:width] = (width // heads) ** 0.5
    return [values * factor for values in qkv]


def _linear(state: State, name: str, layer: list[Array]) -> None:
    """Weight (inputs, outputs) and bias (outputs,)."""
    weight, bias = layer
    state[f"{name}.weight"], state[f"{name}.bias"] = weight.T, bias


def _convolution(state: State, name: str, layer: list[Array], taps: int = 1) -> None:
    """Weight (taps · C, outputs) and bias (outputs,)."""
    weight, bias = layer
    state[f"{name}.weight"] = weight.reshape(taps, -1, weight.shape[1]).transpose(2, 1, 0)
    state[f"{name}.bias"] = bias


def _norm(state: State, name: str, layer: list[Array]) -> None:
    state[f"{name}.weight"], state[f"{name}.bias"] = layer


def _lstm(state: State, name: str, inputs: Array, hidden: Array, bias: Array) -> None:
    """Put (2, 4H, C), (2, 4H, H) and (2, 8H) of `lstm_weights` into the state."""

    def reorder_gates(values: Array) -> Array:
        entering, output, forget, cell = np.split(values, 4)
        return np.concatenate([entering, forget, cell, output])

    for direction, suffix in enumerate(("", "_reverse")):
        first, second = np.split(bias[direction], 2)
        parts = {"weight_ih": inputs[direction], "weight_hh": hidden[direction]}
        for part, values in (parts | {"bias_ih": first, "bias_hh": second}).items():
            state[f"{name}.{part}_l0{suffix}"] = reorder_gates(values)


def _table(package: VoicePackage, file: str) -> Array:
    """(rows, C) float32."""
    return np.asarray(np.load(package.path(file), allow_pickle=False), dtype=np.float32)


_Network = TypeVar("_Network", bound=nn.Module)


def _load(network: _Network, state: State) -> _Network:
    tensors: dict[str, Tensor] = {name: torch.tensor(values) for name, values in state.items()}
    network.load_state_dict(tensors)
    return network.eval()
