"""A voice of SAM-BERT + HiFi-GAN as a voice package: written as graphs, proved, described, published."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import ModelProto
from pydantic import ValidationError

from huisheng.acoustic.filled_pauses import FILLERS
from huisheng.acoustic.model import SamBert
from huisheng.errors import ModelError
from huisheng.export.graphs.decoder import decoder_graph
from huisheng.export.graphs.encoder import encoder_graph
from huisheng.export.graphs.postnet import postnet_graph
from huisheng.export.graphs.variance import variance_graph
from huisheng.export.graphs.vocoder import vocoder_graph
from huisheng.export.graphs.weights import Weights
from huisheng.export.modelscope.files import model_error
from huisheng.export.modelscope.source import VoiceSource
from huisheng.export.proof import Networks, prove, random_line
from huisheng.text.symbols.sambert import TAGS
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.normalization import fold_weight_norm
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import RESERVED, SAMBERT, Description, Proof, Sambert, Source, is_device
from huisheng.voice.publish import publish, staging
from huisheng.voice.store import storage

LONGEST_NAME: Final = 64
"""Letters that the name of a package may have."""
_SAMBERT_GRAPHS: Final = {
    "encoder": encoder_graph,
    "variance": variance_graph,
    "decoder": decoder_graph,
    "postnet": postnet_graph,
}
_UNKNOWN: Final = ("und",)
"""BCP 47 for an unstated language (RFC 5646, 4.1)."""
_UNSTATED: Final = "LicenseRef-unstated"
"""Licence of weights whose publisher states none: users have to ask."""

_UNPROVED: Final = Proof(symbols=1, samples=1, max_abs_difference=0.0)
"""In place of the proof, until it is measured."""


def convert(source: VoiceSource, name: str, folder: Path | None = None) -> VoicePackage:
    """One voice as a package; one of the same name is replaced.

    Args:
        source: read and checked.
        name: of the package.
        folder: that holds packages; the user's own when None.

    Raises:
        ModelError: the graphs do not agree with the checkpoint, or a manifest cannot say what the settings
            do. Nothing is published then.
        StorageError: no space, or no right to write.
    """
    description = _describe(source, name)
    with staging(folder) as staged, ExitStack() as after:
        after.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(1)  # one line is too short to share
        networks = _networks(source)
        with storage(staged):
            _write_graphs(source, staged)
            _write_tables(source, networks.acoustic, staged)
        speaker = torch.as_tensor(_speaker_rows(source)[0])
        proof = prove(networks, random_line(networks.acoustic, speaker), staged)
        return publish(staged, description.model_copy(update={"proof": proof}))


def package_name(voice: str) -> str:
    """A name that a package may have, made of a voice's: lower case, ASCII, beginning with a letter, neither
    one that is reserved nor that of a device.
    """
    plain = unicodedata.normalize("NFKD", voice).encode("ascii", "ignore").decode("ascii").lower()
    slug = re.sub(r"[^a-z0-9_-]+", "-", plain).strip("-_")
    usable = slug[:1].isalpha() and slug not in RESERVED and not is_device(slug)
    return (slug if usable else f"voice-{slug}".rstrip("-"))[:LONGEST_NAME]


def unused_name(name: str, taken: Collection[str]) -> str:
    """The name, numbered from 2 where another has it: names in Chinese leave no letters."""
    numbered = (f"{name[: LONGEST_NAME - len(f'-{number}')]}-{number}" for number in count(2))
    return name if name not in taken else next(other for other in numbered if other not in taken)


def _networks(source: VoiceSource) -> Networks:
    """The checkpoint in torch. Filled pauses are tested with the encoder alone; the proof is without."""
    acoustic = SamBert(replace(source.acoustic, fills_pauses=False)).eval()
    acoustic.load_state_dict(source.acoustic_weights, strict=False)  # aligner and hesitation stay out
    vocoder = Generator(source.vocoder, weight_norm=False).eval()
    vocoder.load_state_dict(fold_weight_norm(source.vocoder_weights))
    scale, offset = _hertz(source)
    return Networks(acoustic, vocoder, scale, offset)


def _write_graphs(source: VoiceSource, folder: Path) -> None:
    """`encoder.onnx`, `variance.onnx`, `decoder.onnx`, `postnet.onnx`, `vocoder.onnx`."""
    weights = Weights({name: tensor.numpy() for name, tensor in source.acoustic_weights.items()})
    for name, build in _SAMBERT_GRAPHS.items():
        _write_graph(build(source.acoustic, weights), folder / f"{name}.onnx")
    folded = {name: tensor.numpy() for name, tensor in fold_weight_norm(source.vocoder_weights).items()}
    _write_graph(vocoder_graph(source.vocoder, folded), folder / "vocoder.onnx")


def _write_graph(model: ModelProto, path: Path) -> None:
    path.write_bytes(model.SerializeToString(deterministic=True))


def _write_tables(source: VoiceSource, acoustic: SamBert, folder: Path) -> None:
    """`speakers.npy` (speakers, S), `emotions.npy` (categories, E) and maybe `pauses.npy` (3, 3, P)."""
    np.save(folder / "speakers.npy", _speaker_rows(source))
    emotions = source.acoustic_weights["emo_tokenizer.weight"][: len(source.inventory.emotions)]
    np.save(folder / "emotions.npy", emotions.numpy())
    if source.acoustic.fills_pauses:
        np.save(folder / "pauses.npy", _fillers(acoustic))


@torch.inference_mode()
def _fillers(acoustic: SamBert) -> NDArray[np.float32]:
    """(3, 3, P) text of the filled pauses, three symbols each."""
    symbols = torch.tensor(FILLERS)
    valid = torch.ones(symbols.shape[:2], dtype=torch.bool)
    return acoustic.text_encoder.encode(symbols, valid).text.numpy()


def _speaker_rows(source: VoiceSource) -> NDArray[np.float32]:
    """(speakers, S), without the rows of padding, end and mask."""
    if source.speaker_vector is not None:
        return source.speaker_vector.reshape(1, -1).astype(np.float32)
    return source.acoustic_weights["spk_tokenizer.weight"][: len(source.speakers)].numpy()


def _hertz(source: VoiceSource) -> tuple[float, float]:
    """F0 in Hz is what the network predicts, times the first plus the second."""
    if source.acoustic.f0_norm == "global":
        low, high = source.acoustic.f0_range
        return high - low, low
    mean, deviation = source.f0 or (0.0, 1.0)
    return deviation, mean


def _describe(source: VoiceSource, name: str) -> Description:
    """What is known before anything is measured, so that what cannot be published costs nothing.

    Raises:
        ModelError: a setting is none that a package may have; which.
    """
    try:
        return _description(source, name)
    except ValidationError as error:
        raise _indescribable(error, source.name) from error


def _indescribable(error: ValidationError, voice: str) -> ModelError:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in fault["loc"]) or "manifest"
    return model_error(voice, f"{field} 的值不可用，请检查模型的配置", f"{field}: {fault['msg']}")


def _description(source: VoiceSource, name: str) -> Description:
    return Description(
        name=name,
        version="1.0",
        engine=SAMBERT,
        sample_rate=source.sample_rate,
        frame_samples=source.hop,
        symbols={phone: place for place, phone in enumerate(source.inventory.phones)},
        speakers=_speaker_names(source),
        languages=TAGS.get(source.inventory.language, _UNKNOWN),
        licence=source.licence or _UNSTATED,
        origins=source.origins,
        remarks=source.remarks,
        proof=_UNPROVED,
        sambert=_details(source),
    )


def _speaker_names(source: VoiceSource) -> tuple[str, ...]:
    """Names that a package may use for the speakers, each once."""
    if source.speaker_vector is not None:
        return (package_name(source.name),)
    names: list[str] = []
    for speaker in source.speakers:
        names.append(unused_name(package_name(speaker), names))
    return tuple(names)


def _details(source: VoiceSource) -> Sambert:
    scale, offset = _hertz(source)
    harmonics, margin = source.vocoder.harmonics, source.vocoder.margin
    return Sambert(
        language=source.inventory.language,
        reads="bytes" if source.acoustic.vocabulary.bytes else "symbols",
        tones=source.inventory.tones,
        syllable_flags=source.inventory.syllable_flags,
        word_segments=source.inventory.word_segments,
        emotions=source.inventory.emotions,
        has_mask=source.inventory.has_mask,
        group=source.acoustic.group,
        longest=source.acoustic.longest,
        causal=source.vocoder.causal,
        left=margin.left,
        right=margin.right,
        pitch=(offset, scale) if source.acoustic.excites else None,
        source=None if harmonics is None else Source(harmonics=harmonics, scale=scale, offset=offset),
        fills_pauses=source.acoustic.fills_pauses,
    )
