"""A voice that makes all frames at once as a voice package: rounded, written as graphs, proved, published."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import torch
from onnx import ModelProto
from torch import nn

from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.errors import ModelError
from huisheng.export.graphs.contours import contours_graph, parallel
from huisheng.export.graphs.convolutional import convolutional_graph
from huisheng.export.graphs.durations import durations_graph
from huisheng.export.graphs.encoder import encoder_graph
from huisheng.export.graphs.halving import halve_weights
from huisheng.export.graphs.spectral import spectral_graph
from huisheng.export.graphs.weights import Weights
from huisheng.export.parallel_proof import ParallelNetworks, prove_parallel
from huisheng.export.rounding import round_weights
from huisheng.text.symbols.sambert import TAGS, Inventory
from huisheng.vocoder.spectral import SpectralGenerator
from huisheng.voice.consent import Consent
from huisheng.voice.manifest import SAMBERT, Description, Origin, Parallel, Person, Proof, Sambert
from huisheng.voice.mel import MelContract
from huisheng.voice.publish import publish, staging
from huisheng.voice.store import storage

_ACOUSTIC_GRAPHS: Final = {
    "encoder": encoder_graph,
    "durations": durations_graph,
    "contours": contours_graph,
    "decoder": convolutional_graph,
}
_UNKNOWN: Final = ("und",)
"""BCP 47 for an unstated language (RFC 5646, 4.1)."""
_UNPROVED: Final = Proof(symbols=1, samples=1, max_abs_difference=0.0)
"""In place of the proof, until it is measured."""


@dataclass(frozen=True, slots=True)
class VoiceCard:
    """Metadata of a voice that its networks do not hold.

    Attributes:
        name: of the package.
        inventory: of the symbols that it reads.
        speakers: in the order of their ids.
        licence: SPDX expression of the weights.
        origins: what it was made from.
        remarks: what is known of how it was trained.
        version: of the model.
        people: the speakers as people know them; none where they have no names but their ids.
        energy: mean and deviation of the corpus's energy; None where unknown.
        mel: that the networks predict and read; None where unknown, and then no other vocoder fits.
        strengths: emotion → how far from neutral it is spoken at intensity 1, 1 as in training.
        consent: of the person who was recorded; None where the networks were not trained on recordings.
        documents: file name → text that the package holds for people.
    """

    name: str
    inventory: Inventory
    speakers: tuple[str, ...]
    licence: str
    origins: tuple[Origin, ...]
    remarks: str
    version: str = "1.0"
    people: tuple[Person, ...] = ()
    energy: tuple[float, float] | None = None
    strengths: Mapping[str, float] = field(default_factory=dict[str, float])
    consent: Consent | None = None
    mel: MelContract | None = None
    documents: Mapping[str, str] = field(default_factory=dict[str, str])


def export_voice(
    model: ParallelSamBert, generator: SpectralGenerator, card: VoiceCard, folder: Path | None = None
) -> Path:
    """One voice as a package; one of the same name is replaced. The networks stay as they are.

    Args:
        model: on any device.
        generator: for the spectrogram that the model makes.
        card: what else there is to say.
        folder: that holds packages; the user's own when None.

    Returns:
        The folder of the package.

    Raises:
        ModelError: the networks do not fit each other or the card, or the graphs do not agree with the
            networks. Nothing is published then.
        ValueError: the card holds what no manifest may.
        StorageError: no space, or no right to write.
    """
    _require_fitting(model, generator, card)
    description = _describe(model, generator, card)
    networks = ParallelNetworks(round_weights(model), round_weights(generator))
    with staging(folder) as staged, ExitStack() as after:
        after.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(1)  # one line is too short to share
        with storage(staged):
            _write_graphs(networks, staged)
            _write_tables(networks.acoustic, card, staged)
            for name, text in card.documents.items():
                (staged / name).write_text(text, encoding="utf-8", newline="\n")
        proof = prove_parallel(networks, staged)
        return publish(staged, description.model_copy(update={"proof": proof})).directory


def _write_graphs(networks: ParallelNetworks, folder: Path) -> None:
    """`encoder.onnx`, `durations.onnx`, `contours.onnx`, `decoder.onnx`, `vocoder.onnx`."""
    weights = _weights(networks.acoustic)
    for name, build in _ACOUSTIC_GRAPHS.items():
        _write_graph(build(networks.acoustic.config, weights), folder / f"{name}.onnx")
    vocoder = spectral_graph(networks.vocoder.config, _weights(networks.vocoder))
    _write_graph(vocoder, folder / "vocoder.onnx")


def _weights(network: nn.Module) -> Weights:
    return Weights({name: tensor.numpy() for name, tensor in network.state_dict().items()})


def _write_graph(model: ModelProto, path: Path) -> None:
    path.write_bytes(halve_weights(model).SerializeToString(deterministic=True))


def _write_tables(model: ParallelSamBert, card: VoiceCard, folder: Path) -> None:
    """`speakers.npy` (speakers, S) and `emotions.npy` (categories, E)."""
    emotions = len(card.inventory.emotions)
    np.save(folder / "speakers.npy", model.spk_tokenizer.weight.detach().numpy())
    np.save(folder / "emotions.npy", model.emo_tokenizer.weight[:emotions].detach().numpy())


def _describe(model: ParallelSamBert, generator: SpectralGenerator, card: VoiceCard) -> Description:
    """What is known before anything is measured, so that what cannot be published costs nothing."""
    return Description(
        name=card.name,
        version=card.version,
        engine=SAMBERT,
        sample_rate=generator.config.sample_rate,
        frame_samples=generator.config.hop,
        symbols={phone: place for place, phone in enumerate(card.inventory.phones)},
        speakers=card.speakers,
        languages=TAGS.get(card.inventory.language, _UNKNOWN),
        licence=card.licence,
        origins=card.origins,
        remarks=card.remarks,
        proof=_UNPROVED,
        sambert=_details(model, generator, card),
        consent=card.consent,
        mel=card.mel,
    )


def _details(model: ParallelSamBert, generator: SpectralGenerator, card: VoiceCard) -> Sambert:
    inventory = card.inventory
    return Sambert(
        language=inventory.language,
        tones=inventory.tones,
        syllable_flags=inventory.syllable_flags,
        word_segments=inventory.word_segments,
        emotions=inventory.emotions,
        has_mask=inventory.has_mask,
        longest=model.config.longest,
        parallel=Parallel(
            decoder_reach=parallel(model.config).decoder.reach,
            vocoder_reach=generator.config.stack.reach,
            fft=generator.config.fft,
            steps=generator.config.steps,
            noise_fft=generator.config.noise_fft,
            noise_steps=generator.config.noise_steps,
            energy=card.energy,
            contours_reach=parallel(model.config).contours.reach,
        ),
        people=card.people,
        strengths=dict(card.strengths),
    )


def _require_fitting(model: ParallelSamBert, generator: SpectralGenerator, card: VoiceCard) -> None:
    """
    Raises:
        ModelError: the rows of a table are not those of the card, or the vocoder reads another spectrogram.
    """
    rows, sizes = model.config.vocabulary, card.inventory.sizes
    tables = (rows.phones, rows.tones, rows.syllable_flags, rows.word_segments)
    if tables != sizes[:4] or rows.emotions < len(card.inventory.emotions):
        raise ModelError("声学模型", "符号表与模型的大小不符", "the symbols do not fit its tables")
    if rows.speakers != len(card.speakers):
        raise ModelError(
            "声学模型",
            f"有 {rows.speakers} 个说话人，却给了 {len(card.speakers)} 个名字",
            f"it has {rows.speakers} speakers, but {len(card.speakers)} names were given",
        )
    mel, config = card.mel, generator.config
    if mel and (mel.sample_rate, mel.hop, mel.bands) != (config.sample_rate, config.hop, config.mels):
        raise ModelError(
            "声码器", "采样率、帧移或频带数与说明不符", "its rate, hop or bands are not the card's"
        )
    if model.config.mels != generator.config.mels:
        raise ModelError(
            "声码器",
            f"频谱应有 {generator.config.mels} 个频带，声学模型给出 {model.config.mels} 个",
            f"it hears {generator.config.mels} mel bins, the acoustic model makes {model.config.mels}",
        )
