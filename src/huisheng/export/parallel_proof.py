"""Checks that the graphs of a parallel voice agree with its networks: both synthesize one line.

Pitch and durations of the line are drawn, so that no rounding to whole frames hides or enlarges a difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from huisheng.acoustic.contours import Contours
from huisheng.acoustic.inputs import Inputs
from huisheng.acoustic.length_regulator import regulator
from huisheng.acoustic.parallel import ParallelBatch, ParallelSamBert, spread
from huisheng.export.graphs.contours import TRACKS
from huisheng.export.proof import Array, GraphSession, compare
from huisheng.vocoder.spectral import FilterParameters, SpectralGenerator
from huisheng.voice.manifest import Proof

PARALLEL_TOLERANCE: Final = 1e-4
"""Largest difference: of samples at full scale, −80 dB, and of all other outputs; where these exceed 1, of
the largest value. Random weights gave 2e-6."""

_SYMBOLS: Final = 24
_LONGEST: Final = 12
"""Frames of a symbol."""
_SEED: Final = 7


class ParallelNetworks(NamedTuple):
    """Networks of a parallel voice."""

    acoustic: ParallelSamBert
    vocoder: SpectralGenerator


@torch.inference_mode()
def prove_parallel(networks: ParallelNetworks, folder: Path) -> Proof:
    """Synthesize a line with both.

    Args:
        networks: in evaluation mode.
        folder: that holds the graphs.

    Returns:
        The measured difference of the samples.

    Raises:
        ModelError: something differs by more than `PARALLEL_TOLERANCE`.
    """
    graphs = {path.stem: GraphSession(path) for path in folder.glob("*.onnx")}
    random = torch.Generator().manual_seed(_SEED)
    line = _line(networks.acoustic, random)
    expected = networks.acoustic(line)
    frames = _run_encoder(graphs, line, expected.log_durations)
    for name, track in graphs["contours"]({"frames": frames}).items():
        require_equal(track, getattr(expected.contours, name)[0].numpy())
    tracks = {name: getattr(line.contours, name)[0].numpy() for name in TRACKS}
    mel = graphs["decoder"]({"frames": frames, **tracks})["mel"]
    require_equal(mel, expected.mel[0].numpy())
    config = networks.vocoder.config
    excitation = torch.randn(1, 2, config.excitation_length(len(mel)), generator=random)
    made = with_graph(networks.vocoder, graphs["vocoder"])
    samples = generate_samples(made, torch.as_tensor(mel)[None], line.contours, excitation)
    wanted = generate_samples(networks.vocoder, expected.mel, line.contours, excitation)
    difference = require_equal(samples, wanted)
    return Proof(symbols=_SYMBOLS, samples=len(samples), max_abs_difference=difference)


def _line(model: ParallelSamBert, random: torch.Generator) -> ParallelBatch:
    """One utterance of random symbols, each with a random speaker and emotion."""

    def draw_ids(end: int, start: int = 0) -> Tensor:
        """Random ids of shape (1, L)."""
        return torch.randint(start, end, (1, _SYMBOLS), generator=random)

    sizes = model.config.vocabulary
    fields = (sizes.phones, sizes.tones, sizes.syllable_flags, sizes.word_segments)
    inputs = Inputs(
        symbols=torch.stack([draw_ids(size) for size in fields], dim=2),
        emotions=model.emo_tokenizer(draw_ids(sizes.emotions)),
        speakers=model.spk_tokenizer(draw_ids(sizes.speakers)),
        lengths=torch.tensor([_SYMBOLS]),
    )
    durations = draw_ids(_LONGEST + 1, 1)
    pitch, noise, energy = torch.randn(3, 1, int(durations.sum()), generator=random)
    contours = Contours(pitch, (noise > 0.0).float(), energy)
    return ParallelBatch(inputs, durations, contours, torch.zeros(*pitch.shape, model.config.mels))


def _run_encoder(graphs: Mapping[str, GraphSession], line: ParallelBatch, log_durations: Tensor) -> Array:
    """Compare the graphs' (1, L) durations; (T, C + 3) frames of their text.

    Raises:
        ModelError: these differ.
    """
    inputs = line.inputs
    text = graphs["encoder"]({"symbols": inputs.symbols[0].numpy()})["text"]
    speaker, emotion = inputs.speakers[0].numpy(), inputs.emotions[0].numpy()
    predicted = graphs["durations"]({"text": text, "speaker": speaker, "emotion": emotion})
    require_equal(predicted["log_durations"], log_durations[0].numpy())
    symbols = torch.cat([torch.as_tensor(text)[None], inputs.speakers, inputs.emotions], dim=2)
    return spread(symbols, regulator(line.durations), line.durations)[0].numpy()


def require_equal(actual: Array, expected: Array) -> float:
    """Compare two arrays of one shape, relative to full scale or their largest value. Raises as `compare`."""
    scale = max(1.0, float(np.abs(expected).max()))
    return compare(actual / scale, expected / scale, PARALLEL_TOLERANCE)


class _GraphNetwork(nn.Module):
    """A graph in place of a network, so that its output goes through the same transform.

    Args:
        graph: of the vocoder.
    """

    def __init__(self, graph: GraphSession) -> None:
        super().__init__()
        self._graph = graph

    def forward(self, mel: Tensor, pitch: Tensor, voicing: Tensor, valid: Tensor) -> FilterParameters:
        """Filters for mel of shape (1, T, M), as `FilterNetwork.forward`."""
        inputs = {"mel": mel, "pitch": pitch, "voicing": voicing}
        made = self._graph({name: tensor[valid].numpy() for name, tensor in inputs.items()})
        real, imaginary = torch.as_tensor(made["pulses"]).unbind(dim=2)
        pulses = torch.stack([torch.zeros_like(real), real, imaginary], dim=1)
        return FilterParameters(pulses[None], torch.as_tensor(made["noise"]).log()[None])


def with_graph(generator: SpectralGenerator, graph: GraphSession) -> SpectralGenerator:
    """A copy of a generator with a graph for its network."""
    made = SpectralGenerator(generator.config)
    made.add_module("network", _GraphNetwork(graph))
    return made


def generate_samples(
    generator: SpectralGenerator, mel: Tensor, contours: Contours, excitation: Tensor
) -> Array:
    """Samples of shape (N,) for mel (1, T, M), contours (1, T), excitation (1, 2, excitation_length(T))."""
    return generator(mel, contours.pitch, contours.voicing, excitation)[0, 0].numpy()
