"""Where the files of each voice lie, in every layout that was published since 2022.

| era | voice | networks |
|---|---|---|
| July 2022 | `voices.zip`, `voices/<name>/` | TensorFlow: refused |
| September 2022 | the same | `{am,vocoder}/pytorch_model.bin`; settings in `configuration.json` |
| December 2022 on | `voices/<name>/` | `{am,voc}/config.yaml`, `{am,voc}/ckpt/checkpoint_<step>.pth` |
| fine-tuned | `model.custom_ckpt` of `configuration.json` | wherever it says |
| pretrained | `basemodel_16k/` | `{sambert,hifigan}/config.yaml` and `ckpt/` |
| KAN-TTS training | the directory itself | two folders, told apart by their `config.yaml` |

Nothing is read here but lists of names and, where networks must be told apart, their settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias, cast

from huisheng.export.modelscope.configuration import CustomCheckpoint, ModelCard, kind_of
from huisheng.export.modelscope.documents import read_json, read_yaml
from huisheng.export.modelscope.files import ModelFile, ModelFolder, join_path, model_error

Notice: TypeAlias = Callable[[str], None]
"""Takes one Chinese sentence about something that was passed over."""

VOICES: Final = "voices"
VOICES_LIST: Final = "voices.json"

_CHECKPOINT: Final = re.compile(r"checkpoint[_-](\d{1,12})\.pth")
"""The trainers write a hyphen when they are interrupted, and an underscore otherwise."""

_OF_2022: Final = "pytorch_model.bin"
_TENSORFLOW: Final = re.compile(r"tf_ckpts|saved_model\.pb|tf_graph\.pb|.*\.(index|meta)|.*\.data-\d+-of-\d+")
_MOST_VOICES: Final = 256
_LONGEST_NAME: Final = 128
_STATISTICS: Final = (("mvn.npy",), ("f0/f0_mean.txt", "f0/f0_std.txt"))
_SPEAKER: Final = ("se.npy", "se/se.npy")


@dataclass(frozen=True, slots=True)
class NetworkFiles:
    """One network of a voice.

    Attributes:
        settings: its training configuration; None where `configuration.json` holds it (2022).
        checkpoint: its weights.
    """

    settings: ModelFile | None
    checkpoint: ModelFile


@dataclass(frozen=True, slots=True)
class VoiceFiles:
    """Everything that one voice is read from.

    Attributes:
        name: of the voice.
        home: its folder, where inventories of its own lie.
        acoustic, vocoder: the two networks.
        audio: `audio_config.yaml`, where there is one.
        speaker: `se.npy`, the speaker as a vector.
        statistics: of F0: `mvn.npy`, or the files of mean and deviation, or none.
    """

    name: str
    home: str
    acoustic: NetworkFiles
    vocoder: NetworkFiles
    audio: ModelFile | None
    speaker: ModelFile | None
    statistics: tuple[ModelFile, ...]


Found: TypeAlias = Mapping[str, Callable[[], VoiceFiles]]
"""Name → what looks for the voice's files, so that a voice that is not asked for cannot fail."""


def find_voices(model: ModelFolder, title: str, card: ModelCard, notice: Notice) -> Found:
    """The voices of a model, in its own order.

    Args:
        model: its directory, or what its `voices.zip` held.
        title: what a voice is called that has no name of its own.
        card: from `configuration.json`.
        notice: is told of listed voices that are not there.

    Raises:
        ModelError: there is none, or a name leads out of the directory.
    """
    found = (
        _custom_voices(model, card.custom_ckpt)
        or _voices_in_list(model, notice)
        or _voices_of_pairs(model, title)
    )
    if not found:
        raise model_error(
            "",
            "其中没有音色：没有 voices/voices.json、voices.zip，也没有成对的声学模型和声码器",
            "it holds no voice: no voices/voices.json, no voices.zip, no acoustic model with its vocoder",
        )
    return {_voice_name(name, ""): files for name, files in found.items()}


def newest_checkpoint(model: ModelFolder, name: str) -> ModelFile:
    """The checkpoint of a path: the file itself, or the one of most steps in a folder.

    Raises:
        ModelError: there is none, or it lies outside.
    """
    if not model.has_folder(name):
        return model.require_file(name)
    steps = {int(match[1]): entry for entry, match in _matches(model, name, _CHECKPOINT)}
    if not steps:
        raise model_error(name, "没有 checkpoint_<步数>.pth", "it holds no checkpoint_<step>.pth")
    return model.require_file(steps[max(steps)])


def _custom_voices(model: ModelFolder, custom: CustomCheckpoint | None) -> Found:
    return {} if custom is None else {custom.voice_name: partial(_custom_voice, model, custom)}


def _custom_voice(model: ModelFolder, custom: CustomCheckpoint) -> VoiceFiles:
    statistics = model.file(custom.mvn_file)
    return VoiceFiles(
        name=custom.voice_name,
        home="",
        acoustic=NetworkFiles(model.require_file(custom.am_config), newest_checkpoint(model, custom.am_ckpt)),
        vocoder=NetworkFiles(
            model.require_file(custom.voc_config), newest_checkpoint(model, custom.voc_ckpt)
        ),
        audio=model.file(custom.audio_config),
        speaker=model.file(custom.se_file),
        statistics=() if statistics is None else (statistics,),
    )


def _voices_in_list(model: ModelFolder, notice: Notice) -> Found:
    """Voices of `voices/`, or of a directory that is such a folder itself."""
    base = VOICES if model.has_folder(VOICES) else ""
    listing = model.file(join_path(base, VOICES_LIST))
    if listing is None and not base:
        return {}
    names = _folder_names(model, base) if listing is None else _read_names(listing)
    missing = [name for name in names if not model.has_folder(join_path(base, name))]
    for name in missing:
        notice(f"{VOICES_LIST} 列出的音色 {name} 不在目录中，已跳过。")
    return {
        name: partial(_voice, model, join_path(base, name), name) for name in names if name not in missing
    }


def _read_names(listing: ModelFile) -> list[str]:
    stated = read_json(listing).get("voices")
    names = cast("list[object]", stated) if isinstance(stated, list) else None
    if names is None or len(names) > _MOST_VOICES:
        raise model_error(
            listing.name, "缺少 voices 列表，或列表过长", "it has no list of voices, or too long a one"
        )
    return list(dict.fromkeys(_voice_name(name, listing.name) for name in names))


def _voice_name(name: object, place: str) -> str:
    """The name, if it is one that can be shown and names a folder, not a path."""
    if (
        not isinstance(name, str)
        or not 0 < len(name) <= _LONGEST_NAME
        or not name.isprintable()
        or name in {".", ".."}
        or set(name) & set("/\\")
    ):
        raise model_error(place, f"音色名 {name} 不可用", f"{name} is no name of a voice")
    return name


def _folder_names(model: ModelFolder, base: str) -> list[str]:
    folders = [entry for entry in model.entries(base) if model.has_folder(entry)]
    return [entry.rpartition("/")[2] for entry in folders[:_MOST_VOICES]]


def _voice(model: ModelFolder, home: str, name: str) -> VoiceFiles:
    if model.file(f"{home}/am/{_OF_2022}") is not None:
        networks = [
            NetworkFiles(None, model.require_file(f"{home}/{part}/{_OF_2022}")) for part in ("am", "vocoder")
        ]
        return _with_companions(model, name, home, f"{home}/am", networks)
    if any(_matches(model, folder, _TENSORFLOW) for folder in (home, f"{home}/am")):
        raise model_error(
            home,
            "是 TensorFlow 1.15 模型，不支持；请下载该模型 2022 年 9 月以后的版本",
            "it is a model of TensorFlow 1.15, which is not supported; get a version after September 2022",
        )
    return _pair(model, home, name)


def _voices_of_pairs(model: ModelFolder, title: str) -> Found:
    """Voices of the directory itself, or of the base models in it."""
    homes = {"": title} | {
        entry: entry for entry in model.entries() if entry.startswith("basemodel") and model.has_folder(entry)
    }
    return {
        name: partial(_pair, model, home, name)
        for home, name in homes.items()
        if {kind for kind, _ in _stages(model, home)} >= {"acoustic", "vocoder"}
    }


def _pair(model: ModelFolder, home: str, name: str) -> VoiceFiles:
    """A voice of two folders that each hold `config.yaml` and checkpoints, whatever they are called."""
    stages = list(_stages(model, home))
    networks: list[NetworkFiles] = []
    folders: list[str] = []
    for kind, shown, english in (
        ("acoustic", "声学模型", "acoustic model"),
        ("vocoder", "声码器", "vocoder"),
    ):
        found = [folder for stage, folder in stages if stage == kind]
        if len(found) != 1:
            raise model_error(
                home,
                f"应有一个{shown}（config.yaml 和检查点），实有 {len(found)} 个",
                f"it must hold one {english} (config.yaml and checkpoints), not {len(found)}",
            )
        folders += found
        networks.append(_network(model, found[0]))
    return _with_companions(model, name, home, folders[0], networks)


def _stages(model: ModelFolder, home: str) -> Iterator[tuple[str, str]]:
    """Kind and path of each folder with a training configuration."""
    for folder in model.entries(home):
        settings = model.file(f"{folder}/config.yaml") if model.has_folder(folder) else None
        if settings is not None:
            yield kind_of(read_yaml(settings)), folder


def _network(model: ModelFolder, folder: str) -> NetworkFiles:
    checkpoints = f"{folder}/ckpt" if model.has_folder(f"{folder}/ckpt") else folder
    return NetworkFiles(model.require_file(f"{folder}/config.yaml"), newest_checkpoint(model, checkpoints))


def _with_companions(
    model: ModelFolder, name: str, home: str, acoustic: str, networks: list[NetworkFiles]
) -> VoiceFiles:
    """The voice with what lies beside its acoustic model, in its folder, or in one of the folders there."""
    places = (acoustic, home, *model.entries(home))
    statistics = [
        [model.file(join_path(place, name)) for name in names] for place in places for names in _STATISTICS
    ]
    complete = [[file for file in files if file] for files in statistics if all(files)]
    speakers = (model.file(join_path(place, name)) for place in places for name in _SPEAKER)
    return VoiceFiles(
        name=name,
        home=home,
        acoustic=networks[0],
        vocoder=networks[1],
        audio=model.file(join_path(home, "audio_config.yaml")),
        speaker=next((file for file in speakers if file), None),
        statistics=tuple(complete[0]) if complete else (),
    )


def _matches(model: ModelFolder, folder: str, pattern: re.Pattern[str]) -> list[tuple[str, re.Match[str]]]:
    """Entries of a folder whose names fit, with how they fit."""
    entries = ((entry, pattern.fullmatch(entry.rpartition("/")[2])) for entry in model.entries(folder))
    return [(entry, match) for entry, match in entries if match]
