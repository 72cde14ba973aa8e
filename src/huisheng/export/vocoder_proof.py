"""Checks that the graph of a vocoder agrees with its network: both synthesize the same random frames."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from huisheng.acoustic.contours import Contours
from huisheng.export.parallel_proof import generate_samples, require_equal, with_graph
from huisheng.export.proof import Array, GraphSession
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.source import draw
from huisheng.vocoder.spectral import SpectralGenerator
from huisheng.voice.manifest import Proof

_FRAMES: Final = 48
_SEED: Final = 7
_LOWEST, _HIGHEST = 80.0, 400.0
"""Range of the random F0, Hz."""


@torch.inference_mode()
def prove_vocoder(generator: SpectralGenerator | Generator, path: Path) -> Proof:
    """Synthesize frames with both.

    Args:
        generator: in evaluation mode, without weight norm.
        path: of the graph.

    Returns:
        The measured difference of the samples.

    Raises:
        ModelError: a sample differs by more than `parallel_proof.PARALLEL_TOLERANCE`.
    """
    graph, random = GraphSession(path), torch.Generator().manual_seed(_SEED)
    if isinstance(generator, Generator):
        made, wanted = _hifigan_samples(generator, graph, random)
    else:
        made, wanted = _spectral_samples(generator, graph, random)
    return Proof(symbols=_FRAMES, samples=len(made), max_abs_difference=require_equal(made, wanted))


def _spectral_samples(
    generator: SpectralGenerator, graph: GraphSession, random: torch.Generator
) -> tuple[Array, Array]:
    """(N,) samples of the graph, (N,) of the network."""
    config = generator.config
    mel = torch.randn(1, _FRAMES, config.mels, generator=random)
    pitch, noise, energy = torch.randn(3, 1, _FRAMES, generator=random)
    contours = Contours(pitch, (noise > 0.0).float(), energy)
    excitation = torch.randn(1, 2, config.excitation_length(_FRAMES), generator=random)
    made, wanted = (
        generate_samples(network, mel, contours, excitation)
        for network in (with_graph(generator, graph), generator)
    )
    return made, wanted


def _hifigan_samples(
    generator: Generator, graph: GraphSession, random: torch.Generator
) -> tuple[Array, Array]:
    """(N,) samples of the graph, (N,) of the network."""
    config = generator.config
    mel = torch.randn(1, config.mels, _FRAMES, generator=random)
    inputs = {"mel": mel[:, :, None].numpy(), "cut": np.array([0, 0])}
    if config.harmonics is None:
        return _samples(graph, inputs), generator(mel).numpy().reshape(-1)
    hertz, voiced = _draw_f0(random)
    drawn = draw(config, 1, _FRAMES, random)
    partials = generator.source_module.partials(hertz, voiced, drawn)
    made = _samples(graph, inputs | {"source": partials[:, :, None].numpy()})
    return made, generator(mel, hertz, voiced, drawn).numpy().reshape(-1)


def _draw_f0(random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random (1, 1, T) F0 in Hz and (1, 1, T) voicing."""
    heights, noise = torch.rand(2, 1, 1, _FRAMES, generator=random)
    return _LOWEST + (_HIGHEST - _LOWEST) * heights, (noise > 0.3).float()


def _samples(graph: GraphSession, inputs: dict[str, Array]) -> Array:
    """(N,) samples."""
    return graph(inputs)["samples"].reshape(-1)
