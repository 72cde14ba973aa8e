"""That the graph of a vocoder says what its network says: both turn the same drawn frames into samples."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from huisheng.acoustic.contours import Contours
from huisheng.export.parallel_proof import agreed, filtered, with_graph
from huisheng.export.proof import Array, Graph
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.source import draw
from huisheng.vocoder.spectral import SpectralGenerator
from huisheng.voice.manifest import Proof

_FRAMES: Final = 48
_SEED: Final = 7
_LOWEST, _HIGHEST = 80.0, 400.0
"""Hz of the F0 that is drawn."""


@torch.inference_mode()
def vocoder_proved(generator: SpectralGenerator | Generator, path: Path) -> Proof:
    """Speak frames with both.

    Args:
        generator: in evaluation mode, without weight norm.
        path: of the graph.

    Returns:
        What was measured of the samples.

    Raises:
        ModelError: a sample differs by more than `parallel_proof.PARALLEL_TOLERANCE`.
    """
    graph, random = Graph(path), torch.Generator().manual_seed(_SEED)
    if isinstance(generator, Generator):
        made, wanted = _convolved(generator, graph, random)
    else:
        made, wanted = _filtered(generator, graph, random)
    return Proof(symbols=_FRAMES, samples=len(made), max_abs_difference=agreed(made, wanted))


def _filtered(generator: SpectralGenerator, graph: Graph, random: torch.Generator) -> tuple[Array, Array]:
    """(N,) of the graph, (N,) of the network."""
    config = generator.config
    mel = torch.randn(1, _FRAMES, config.mels, generator=random)
    pitch, noise, energy = torch.randn(3, 1, _FRAMES, generator=random)
    contours = Contours(pitch, (noise > 0.0).float(), energy)
    excitation = torch.randn(1, 2, config.excitation_length(_FRAMES), generator=random)
    made, wanted = (
        filtered(network, mel, contours, excitation) for network in (with_graph(generator, graph), generator)
    )
    return made, wanted


def _convolved(generator: Generator, graph: Graph, random: torch.Generator) -> tuple[Array, Array]:
    """(N,) of the graph, (N,) of the network."""
    config = generator.config
    mel = torch.randn(1, config.mels, _FRAMES, generator=random)
    inputs = {"mel": mel[:, :, None].numpy(), "cut": np.array([0, 0])}
    if config.harmonics is None:
        return _samples(graph, inputs), generator(mel).numpy().reshape(-1)
    hertz, voiced = _sung(random)
    drawn = draw(config, 1, _FRAMES, random)
    partials = generator.source_module.partials(hertz, voiced, drawn)
    made = _samples(graph, inputs | {"source": partials[:, :, None].numpy()})
    return made, generator(mel, hertz, voiced, drawn).numpy().reshape(-1)


def _sung(random: torch.Generator) -> tuple[Tensor, Tensor]:
    """(1, 1, T) Hz and (1, 1, T) voicing."""
    heights, noise = torch.rand(2, 1, 1, _FRAMES, generator=random)
    return _LOWEST + (_HIGHEST - _LOWEST) * heights, (noise > 0.3).float()


def _samples(graph: Graph, inputs: dict[str, Array]) -> Array:
    """(N,)."""
    return graph(inputs)["samples"].reshape(-1)
