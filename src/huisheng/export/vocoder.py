"""A vocoder alone as a package, which may override the vocoder of every voice with the same mel."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import torch
from onnx import ModelProto
from torch import nn

from huisheng.errors import ModelError
from huisheng.export.graphs.halving import halve_weights
from huisheng.export.graphs.spectral import spectral_graph
from huisheng.export.graphs.vocoder import vocoder_graph
from huisheng.export.graphs.weights import Array, Weights
from huisheng.export.rounding import round_weights
from huisheng.export.vocoder_proof import prove_vocoder
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.spectral import SpectralGenerator
from huisheng.voice.manifest import VOCODER, Description, Hifigan, Origin, Proof, Source, Spectral
from huisheng.voice.mel import MelContract
from huisheng.voice.publish import publish, staging
from huisheng.voice.store import storage

AnyGenerator: TypeAlias = SpectralGenerator | Generator

_UNPROVED: Final = Proof(symbols=1, samples=1, max_abs_difference=0.0)
"""In place of the proof, until it is measured."""


@dataclass(frozen=True, slots=True)
class VocoderCard:
    """Metadata of a vocoder that its network does not hold.

    Attributes:
        name: of the package.
        mel: that it learned to read; whether a pitch comes with it is the network's to say.
        licence: SPDX expression of the weights.
        origins: what it was made from.
        remarks: what is known of how it was trained.
        version: of the model.
    """

    name: str
    mel: MelContract
    licence: str
    origins: tuple[Origin, ...]
    remarks: str
    version: str = "1.0"


def export_vocoder(generator: AnyGenerator, card: VocoderCard, folder: Path | None = None) -> Path:
    """A vocoder as a package; one of the same name is replaced. The network stays as it is.

    Args:
        generator: on any device, with weight norm or without.
        card: what else there is to say.
        folder: that holds packages; the user's own when None.

    Returns:
        The folder of the package.

    Raises:
        ModelError: the network does not read what the card says, or the graph does not agree with the
            network. Nothing is published then.
        ValueError: the card holds what no manifest may.
        StorageError: no space, or no right to write.
    """
    _require_fitting(generator, card.mel)
    description = _describe(generator, card)
    kept = round_weights(generator.fold() if isinstance(generator, Generator) else generator)
    with staging(folder) as staged, ExitStack() as after:
        after.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(1)  # a few frames are too short to share
        path = staged / "vocoder.onnx"
        with storage(staged):
            path.write_bytes(halve_weights(_graph(kept)).SerializeToString(deterministic=True))
        proof = prove_vocoder(kept, path)
        return publish(staged, description.model_copy(update={"proof": proof})).directory


def _graph(generator: AnyGenerator) -> ModelProto:
    if isinstance(generator, Generator):
        return vocoder_graph(generator.config, _arrays(generator))
    return spectral_graph(generator.config, Weights(_arrays(generator)))


def _arrays(network: nn.Module) -> dict[str, Array]:
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


def _describe(generator: AnyGenerator, card: VocoderCard) -> Description:
    """What is known before anything is measured, so that what cannot be published costs nothing."""
    known = _details(generator)
    pitched = isinstance(known, Spectral) or known.source is not None
    return Description(
        name=card.name,
        version=card.version,
        engine=VOCODER,
        sample_rate=card.mel.sample_rate,
        frame_samples=card.mel.hop,
        symbols={},
        speakers=(),
        languages=(),
        licence=card.licence,
        origins=card.origins,
        remarks=card.remarks,
        proof=_UNPROVED,
        mel=card.mel.model_copy(update={"pitched": pitched}),
        vocoder=known,
    )


def _details(generator: AnyGenerator) -> Hifigan | Spectral:
    if isinstance(generator, SpectralGenerator):
        shape = generator.config
        return Spectral(
            vocoder_reach=shape.stack.reach,
            fft=shape.fft,
            steps=shape.steps,
            noise_fft=shape.noise_fft,
            noise_steps=shape.noise_steps,
        )
    config = generator.config
    source = None if config.harmonics is None else Source(harmonics=config.harmonics, scale=1.0, offset=0.0)
    return Hifigan(causal=config.causal, left=config.margin.left, right=config.margin.right, source=source)


def _require_fitting(generator: AnyGenerator, mel: MelContract) -> None:
    """
    Raises:
        ModelError: the network makes speech of another rate or hop than the card says, or reads other bands.
    """
    config = generator.config
    rate = mel.sample_rate if _rateless(generator) else config.sample_rate
    reads = (rate, config.hop, config.mels)
    said = (mel.sample_rate, mel.hop, mel.bands)
    if reads != said:
        raise ModelError(
            "声码器",
            f"采样率、帧移、频带数是 {reads}，说明却写 {said}",
            f"its rate, hop and bands are {reads}, but the card says {said}",
        )


def _rateless(generator: AnyGenerator) -> bool:
    """Whether a network does not know how long a sample lasts: without a source nothing in it tells."""
    return isinstance(generator, Generator) and generator.config.harmonics is None
