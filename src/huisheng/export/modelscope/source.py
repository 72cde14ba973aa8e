"""A stranger's directory, or a zip of one, as typed and checked voices, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from huisheng.acoustic.config import AcousticConfig
from huisheng.errors import UnknownVoice
from huisheng.export.modelscope import configuration
from huisheng.export.modelscope.checkpoint import read_state, select_tensors, with_current_names
from huisheng.export.modelscope.configuration import AcousticSettings, AudioConfig, VocoderSettings
from huisheng.export.modelscope.documents import read_yaml
from huisheng.export.modelscope.files import ModelFile, model_error
from huisheng.export.modelscope.fitting import (
    acoustic_shapes,
    check_shapes,
    longest_text,
    unexpected_keys,
    vocabulary_of,
    vocoder_shapes,
    with_tables,
)
from huisheng.export.modelscope.inventory import Alphabet, alphabet, own_alphabet
from huisheng.export.modelscope.layout import Notice, VoiceFiles, find_voices
from huisheng.export.modelscope.opening import OpenedModel, open_model
from huisheng.export.modelscope.vectors import read_f0, read_speaker
from huisheng.text.symbols.sambert import Inventory
from huisheng.vocoder.config import VocoderConfig
from huisheng.voice.manifest import Origin

_DEFAULT_RATE: Final = 16_000
"""Hz, that the original writes into WAV headers when nothing is said."""


@dataclass(frozen=True, slots=True)
class VoiceSource:
    """A voice, read whole and checked: its weights are those of the networks that its settings describe.

    Attributes:
        name: as in the directory.
        acoustic: settings of the acoustic model, its vocabulary as the checkpoint has it.
        acoustic_weights: state dict, float32.
        vocoder: settings of the vocoder.
        vocoder_weights: state dict with the keys of today, weight norm as stored, float32.
        inventory: symbols in the order of their ids.
        speakers: the same, without padding, end and mask.
        speaker_vector: (S,) of a voice whose speaker is a vector (SE), else None.
        f0: mean and standard deviation in Hz that an NSF voice normalised F0 with, where it did so by them.
        sample_rate: Hz.
        hop: samples a frame.
        licence: SPDX expression or the publisher's words; empty when nothing is stated.
        origins: the files that it was read from.
        remarks: English, what is unusual about it.
    """

    name: str
    acoustic: AcousticConfig
    acoustic_weights: dict[str, Tensor]
    vocoder: VocoderConfig
    vocoder_weights: dict[str, Tensor]
    inventory: Inventory
    speakers: tuple[str, ...]
    speaker_vector: NDArray[np.float32] | None
    f0: tuple[float, float] | None
    sample_rate: int
    hop: int
    licence: str
    origins: tuple[Origin, ...]
    remarks: str


@dataclass(frozen=True, slots=True)
class _Acoustic:
    config: AcousticConfig
    weights: dict[str, Tensor]
    alphabet: Alphabet
    audio: AudioConfig | None
    remark: str


def read_voices(
    folder: Path, only: Sequence[str] = (), notice: Notice = lambda _: None
) -> Generator[VoiceSource]:
    """Every voice of a model, in the model's order; each is read when it is asked for, and no other is kept.

    Args and errors are those of `open_voices`; a voice that cannot be read is a ModelError as well.
    """
    with open_voices(folder, only, notice) as voices:
        for read in voices.values():
            yield read()


@contextmanager
def open_voices(
    folder: Path, only: Sequence[str] = (), notice: Notice = lambda _: None
) -> Generator[Mapping[str, Callable[[], VoiceSource]]]:
    """Name → what reads the voice, in the model's order, so that all names are known before any is read.

    Args:
        folder: a directory of any layout in `layout`, or a zip of one.
        only: names of voices; all of them when empty.
        notice: is told, in Chinese, what was passed over.

    Raises:
        ModelError: the model cannot be read, as any voice may turn out to be; says what and where.
        UnsafeArchive: a zip that must not be unpacked.
        UnknownVoice: the model has no voice of such a name.
        StorageError: no space, or no right to read.
    """
    with open_model(folder) as model:
        found = find_voices(model.folder, model.title, model.card, notice)
        for name in only:
            if name not in found:
                raise UnknownVoice(name, tuple(found))
        yield {
            name: partial(_read_voice, model, files)
            for name, files in found.items()
            if not only or name in only
        }


def _read_voice(model: OpenedModel, found: Callable[[], VoiceFiles]) -> VoiceSource:
    files = found()
    vocoder_settings = _vocoder_settings(model, files)
    acoustic = _read_acoustic(model, files)
    rate = _sample_rate(model, files, acoustic, vocoder_settings)
    vocoder = vocoder_settings.params.config(rate)
    _check_match(files.name, acoustic.config, vocoder)
    weights = _read_vocoder(files.vocoder.checkpoint, vocoder)
    return VoiceSource(
        name=files.name,
        acoustic=acoustic.config,
        acoustic_weights=acoustic.weights,
        vocoder=vocoder,
        vocoder_weights=weights,
        inventory=acoustic.alphabet.inventory,
        speakers=acoustic.alphabet.speakers,
        speaker_vector=_speaker_vector(files, acoustic.config),
        f0=_f0(files, acoustic.config),
        sample_rate=rate,
        hop=vocoder.hop,
        licence=model.licence,
        origins=_origins(files, acoustic.config, model.licence),
        remarks=" ".join(filter(None, (acoustic.alphabet.remark, acoustic.remark))),
    )


def _read_acoustic(model: OpenedModel, files: VoiceFiles) -> _Acoustic:
    checkpoint = files.acoustic.checkpoint
    settings = _acoustic_settings(model, files)
    state = read_state(checkpoint)
    rows = vocabulary_of(state, checkpoint.name)
    config = settings.params.config(rows, longest_text(state, settings.params.max_len, checkpoint.name))
    wanted = acoustic_shapes(config)
    state = with_tables(state, config)
    check_shapes(state, wanted, checkpoint.name)
    if files.acoustic.settings is None:
        found = own_alphabet(model.folder, files.home, settings.unit, model.card.lang_type, rows)
    else:
        found = alphabet(model.folder, files.home, settings.unit, rows)
    weights = select_tensors(state, wanted, checkpoint.name)
    return _Acoustic(config, weights, found, settings.audio, _ignored_keys(unexpected_keys(state, wanted)))


def _ignored_keys(keys: list[str]) -> str:
    """What to remark of weights that the original passes over in silence, and so do we."""
    return f"Weights without a place in the acoustic model: {len(keys)}, such as {keys[0]}." if keys else ""


def _read_vocoder(checkpoint: ModelFile, config: VocoderConfig) -> dict[str, Tensor]:
    state = with_current_names(read_state(checkpoint))
    wanted = vocoder_shapes(config)
    check_shapes(state, wanted, checkpoint.name)
    extra = unexpected_keys(state, wanted)
    if extra:
        raise model_error(
            checkpoint.name,
            f"有配置中没有的权重，例如 {extra[0]}",
            f"it has weights that its settings do not tell of, such as {extra[0]}",
        )
    return select_tensors(state, wanted, checkpoint.name)


def _acoustic_settings(model: OpenedModel, files: VoiceFiles) -> AcousticSettings:
    file = files.acoustic.settings
    if file is None:
        return configuration.shared_acoustic_settings(model.card)
    return configuration.acoustic_settings(read_yaml(file), file.name)


def _vocoder_settings(model: OpenedModel, files: VoiceFiles) -> VocoderSettings:
    file = files.vocoder.settings
    if file is None:
        return configuration.shared_vocoder_settings(model.card)
    return configuration.vocoder_settings(read_yaml(file), file.name)


def _sample_rate(model: OpenedModel, files: VoiceFiles, acoustic: _Acoustic, vocoder: VocoderSettings) -> int:
    """Hz of the training data. `configuration.json` counts last: its rate only goes into WAV headers.

    Raises:
        ModelError: the networks state two rates, or a hop that the vocoder does not make.
    """
    own = None if files.audio is None else configuration.audio(read_yaml(files.audio), files.audio.name)
    stated = [audio for audio in (acoustic.audio, vocoder.audio, own) if audio is not None]
    rates = {audio.sampling_rate for audio in stated} or {model.card.sample_rate or _DEFAULT_RATE}
    hop = vocoder.params.config(_DEFAULT_RATE).hop
    hops = {audio.hop_length for audio in stated} - {hop}
    if len(rates) > 1 or hops:
        raise model_error(
            files.name,
            f"声学模型与声码器不配套（采样率 {sorted(rates)}，帧移 {sorted(hops | {hop})}）",
            f"its acoustic model and vocoder do not belong together "
            f"(rates {sorted(rates)}, hops {sorted(hops | {hop})})",
        )
    return rates.pop()


def _check_match(name: str, acoustic: AcousticConfig, vocoder: VocoderConfig) -> None:
    """
    Raises:
        ModelError: the vocoder does not read what the acoustic model makes.
    """
    made = acoustic.mels - 2 * acoustic.excites, acoustic.excites
    read = vocoder.mels, vocoder.harmonics is not None
    if made != read:
        raise model_error(
            name,
            f"声学模型（{made[0]} 维，NSF：{made[1]}）与声码器（{read[0]} 维，NSF：{read[1]}）不配套",
            f"its acoustic model makes {made[0]} mel bins (NSF: {made[1]}), "
            f"its vocoder reads {read[0]} (NSF: {read[1]})",
        )


def _speaker_vector(files: VoiceFiles, config: AcousticConfig) -> NDArray[np.float32] | None:
    if not config.speaker_vectors:
        return None
    if files.speaker is None:
        raise model_error(
            files.name,
            "缺少说话人向量 se.npy，请放到 am 文件夹中",
            "it needs the speaker's vector se.npy; put it into the folder am",
        )
    return read_speaker(files.speaker, config.speaker_units)


def _f0(files: VoiceFiles, config: AcousticConfig) -> tuple[float, float] | None:
    if not _has_statistics(config):
        return None
    if not files.statistics:
        raise model_error(
            files.name,
            "缺少基频统计 mvn.npy（或 f0/f0_mean.txt 和 f0/f0_std.txt），请放到 am 文件夹中",
            "it needs the statistics of F0 in its folder am: mvn.npy, or f0/f0_mean.txt and f0/f0_std.txt",
        )
    return read_f0(files.statistics)


def _origins(files: VoiceFiles, config: AcousticConfig, licence: str) -> tuple[Origin, ...]:
    """Settings, weights, and the vectors that the model needs."""
    read = (
        files.acoustic.settings,
        files.acoustic.checkpoint,
        files.vocoder.settings,
        files.vocoder.checkpoint,
        *((files.speaker,) if config.speaker_vectors else ()),
        *(files.statistics if _has_statistics(config) else ()),
    )
    return tuple(
        Origin(name=file.name, sha256=file.digest(), licence=licence) for file in read if file is not None
    )


def _has_statistics(config: AcousticConfig) -> bool:
    """Whether its F0 was normalised by the mean and deviation of its training data."""
    return config.excites and config.f0_norm == "mean_std"
