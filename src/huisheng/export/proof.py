"""Checks that the graphs of a package agree with the checkpoint: both synthesize one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor

from huisheng.acoustic.config import AcousticConfig
from huisheng.acoustic.inputs import Inputs, valid_positions
from huisheng.acoustic.length_regulator import bands, whole_frames
from huisheng.acoustic.model import SamBert
from huisheng.acoustic.variance import Conditions
from huisheng.errors import ModelError
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.source import Draw, draw
from huisheng.voice.manifest import Proof

TOLERANCE: Final = 1e-3
"""Largest difference: of samples at full scale, −60 dB, and of the deviation of a mel bin. Random weights
gave 1e-5; what is larger is a fault, not rounding."""

_SYMBOLS: Final = 24
_SEED: Final = 7
_LONGEST: Final = 400
"""Frames of one symbol at most, as when the package speaks: about 5 s. More would fill the memory."""
_VOICED: Final = 0.6
"""From this value of the voicing on a frame is voiced."""
_LOWEST: Final = 30.0
"""Hz, below which no F0 goes."""

Array: TypeAlias = NDArray[Any]


class Networks(NamedTuple):
    """A checkpoint in torch, and how its F0 becomes Hz: times `scale` plus `offset`."""

    acoustic: SamBert
    vocoder: Generator
    scale: float
    offset: float


@torch.inference_mode()
def prove(networks: Networks, inputs: Inputs, folder: Path) -> Proof:
    """Synthesize a line with both.

    Args:
        networks: the checkpoint.
        inputs: of one utterance.
        folder: that holds the graphs.

    Returns:
        The measured difference.

    Raises:
        ModelError: frames or samples differ by more than `TOLERANCE`, a symbol lasts longer in one, or
            longer than any in speech.
    """
    graphs = {path.stem: GraphSession(path) for path in folder.glob("*.onnx")}
    varied = _run_variance(graphs, inputs)
    if not (varied["log_durations"] <= np.log1p(_LONGEST)).all():  # or not a number
        raise _too_long_error()
    expected = networks.acoustic.infer(inputs)
    frames = expected.mel[:, : int(expected.frames[0])]
    mel = _graph_mel(graphs, networks.acoustic, inputs, varied)
    compare(mel, frames[0].numpy())
    if networks.acoustic.config.excites:  # else phases would add up what F0 is rounded by
        mel[:, -2:] = frames[0, :, -2:].numpy()
    given = _graph_samples(graphs["vocoder"], networks, mel)
    difference = compare(given, _samples(networks, frames))
    return Proof(symbols=int(inputs.lengths[0]), samples=len(given), max_abs_difference=difference)


def random_line(model: SamBert, speaker: Tensor) -> Inputs:
    """A line of random symbols, of shape (1, L, 4).

    Args:
        model: whose tables they are.
        speaker: (S,).
    """
    sizes = model.config.vocabulary
    fields = (sizes.bytes,) if sizes.bytes else _field_sizes(model.config)
    random = np.random.default_rng(_SEED)
    symbols = np.stack([random.integers(0, size, _SYMBOLS) for size in fields], axis=1)
    emotions = torch.as_tensor(random.integers(0, sizes.emotions, _SYMBOLS))
    return Inputs(
        symbols=torch.as_tensor(symbols)[None],
        emotions=model.emotion_vectors(emotions[None]),
        speakers=speaker.expand(1, _SYMBOLS, -1),
        lengths=torch.tensor([_SYMBOLS]),
    )


def compare(actual: Array, expected: Array, tolerance: float = TOLERANCE) -> float:
    """The largest difference between two arrays of one shape.

    Raises:
        ModelError: it is larger than the tolerance, or they are not of one shape.
    """
    difference = float(np.abs(actual - expected).max()) if actual.shape == expected.shape else 1.0
    if not difference <= tolerance:
        raise _difference_error(difference)
    return difference


def _field_sizes(config: AcousticConfig) -> tuple[int, ...]:
    sizes = config.vocabulary
    return sizes.phones, sizes.tones, sizes.syllable_flags, sizes.word_segments


class GraphSession:
    """A graph that was just written.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        runtime: Any = onnxruntime  # its extension module declares no types
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.shapes: Mapping[str, Sequence[Any]] = {
            port.name: port.shape for port in self._session.get_inputs()
        }
        """Shapes of the inputs: an int, or the name of a length that varies."""

    def __call__(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Every output by name. Inputs that are not given are initial states."""
        states = {name: _initial_state(shape) for name, shape in self.shapes.items() if name not in inputs}
        names = [port.name for port in self._session.get_outputs()]
        return dict(zip(names, self._session.run(names, {**states, **inputs}), strict=True))


def _initial_state(shape: Sequence[int | str]) -> Array:
    """Zeros, and none along an axis that may have any length."""
    return np.zeros([size if isinstance(size, int) else 0 for size in shape], dtype=np.float32)


def _run_variance(graphs: Mapping[str, GraphSession], inputs: Inputs) -> dict[str, Array]:
    """Outputs of the variance adaptor: (L, P) `coloured` text, (L,) `log_durations` and more."""
    count = int(inputs.lengths[0])
    ones, zeros = np.ones(count, dtype=np.float32), np.zeros(count, dtype=np.float32)
    text = graphs["encoder"]({"symbols": inputs.symbols[0].numpy()})["text"]
    return graphs["variance"](
        {
            "text": text,
            "speaker": inputs.speakers[0].numpy(),
            "emotion": inputs.emotions[0].numpy(),
            "pitch_scale": ones,
            "pitch_bias": zeros,
            "energy_scale": ones,
            "energy_bias": zeros,
        }
    )


def _graph_mel(
    graphs: Mapping[str, GraphSession], model: SamBert, inputs: Inputs, varied: Mapping[str, Array]
) -> Array:
    """(T, M) of the graphs; torch lays out the frames of what they predict."""
    lengths = torch.expm1(torch.as_tensor(varied["log_durations"]))[None]
    memory, frames = _memory(model, inputs, torch.as_tensor(varied["coloured"])[None], whole_frames(lengths))
    coarse = _run_decoder(graphs["decoder"], memory, int(bands(lengths, model.config.group)[0]))[:frames]
    return _run_postnet(graphs["postnet"], coarse)


def _memory(model: SamBert, inputs: Inputs, coloured: Tensor, durations: Tensor) -> tuple[Array, int]:
    """(T / r, U) memory of the decoder for (1, L, P) text and (1, L) frames, and their number."""
    valid = valid_positions(inputs.lengths, coloured.shape[1])
    conditions = Conditions(coloured, inputs.speakers, inputs.emotions, inputs.lengths, valid)
    regulated = model.variance_adaptor.regulate(coloured, conditions, durations)
    memory = model.mel_decoder.memory(regulated.text, regulated.speakers, regulated.emotions)
    return memory[0].numpy(), int(regulated.frames[0])


def _run_decoder(decoder: GraphSession, memory: Array, band: int) -> Array:
    """(T, M) coarse frames of (T / r, U) memory, all steps in one call."""
    steps = np.arange(len(memory))[:, None]
    offsets = np.arange(band + 1)
    reached = np.stack([steps - band + offsets >= 0, steps + offsets < len(memory)], axis=1)
    _, layers, two, heads, _, depth = decoder.shapes["band"]
    _, columns = decoder.shapes["frame"]
    made = decoder(
        {
            "steps": np.array(len(memory)),
            "memory": np.pad(memory, ((0, band), (0, 0)))[None],
            "penalty": np.where(reached, 0.0, -np.inf).astype(np.float32)[:, None],
            "frame": np.zeros((1, columns), dtype=np.float32),
            "band": np.zeros((1, layers, two, heads, band, depth), dtype=np.float32),
        }
    )
    return made["frames"][0]


def _run_postnet(postnet: GraphSession, coarse: Array) -> Array:
    """(T, M) → (T, M); rows after the end flush the last frames."""
    lag = postnet.shapes["recent"][0]
    padded = np.pad(coarse, ((0, int(lag)), (0, 0)))
    return postnet({"coarse": padded, "start": np.array([0]), "total": np.array([len(coarse)])})["mel"]


def _graph_samples(vocoder: GraphSession, networks: Networks, mel: Array) -> Array:
    """(N,) of the graph for (T, M) frames."""
    spectrogram, f0, voiced = _parts(networks, torch.as_tensor(mel)[None])
    inputs = {"mel": spectrogram[:, :, None].numpy(), "cut": np.array([0, 0])}
    if f0 is not None and voiced is not None:
        partials = networks.vocoder.source_module.partials(f0, voiced, _draw(networks, len(mel)))
        inputs["source"] = partials[:, :, None].numpy()
    return vocoder(inputs)["samples"].reshape(-1)


def _samples(networks: Networks, mel: Tensor) -> Array:
    """(N,) of the checkpoint for (1, T, M) frames."""
    spectrogram, f0, voiced = _parts(networks, mel)
    drawn = None if f0 is None else _draw(networks, mel.shape[1])
    return networks.vocoder(spectrogram, f0, voiced, drawn).numpy().reshape(-1)


def _parts(networks: Networks, mel: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """(1, M, T) spectrogram, (1, 1, T) F0 in Hz and voicing 0 or 1, for (1, T, M) frames of the network."""
    columns = mel.transpose(1, 2)
    if not networks.acoustic.config.excites:
        return columns, None, None
    hertz = (columns[:, -2:-1] * networks.scale + networks.offset).clamp(min=_LOWEST)
    return columns[:, :-2], hertz, (columns[:, -1:] >= _VOICED).float()


def _draw(networks: Networks, frames: int) -> Draw:
    return draw(networks.vocoder.config, 1, frames, torch.Generator().manual_seed(_SEED))


def _too_long_error() -> ModelError:
    return ModelError(
        "模型",
        f"声学模型预测的时长不是语音（一个音超过 {_LONGEST} 帧），检查点可能已损坏",
        f"its acoustic model predicts no speech, with a sound of more than {_LONGEST} frames; "
        "the checkpoint may be damaged",
    )


def _difference_error(difference: float) -> ModelError:
    return ModelError(
        "模型",
        f"转换后的网络与原检查点不一致（误差 {difference:.2g}），没有发布，请报告这个问题",
        f"the converted networks differ from the checkpoint by {difference:.2g}; please report it",
    )
