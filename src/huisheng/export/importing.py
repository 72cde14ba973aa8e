"""A model's directory as voice packages, one for each of its voices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from huisheng.errors import VoicePackageError
from huisheng.export.conversion import convert, package_name, unused_name
from huisheng.export.modelscope.source import open_voices
from huisheng.voice.load import VoicePackage
from huisheng.voice.store import list_packages


def install(
    folder: Path,
    step: Callable[[str], None],
    voices: Sequence[str] = (),
    name: str = "",
    replaces: bool = False,
) -> tuple[VoicePackage, ...]:
    """Make a package of every voice of a model, or of those asked for; names are settled before any is made.

    Args:
        folder: a directory of any published layout, or a zip of one.
        step: is told, in Chinese, what begins and what is passed over.
        voices: by their names in the model; all when empty.
        name: of the package, for a single voice; made of the voice's name when empty.
        replaces: whether a package of the same name gives way.

    Raises:
        ModelError: the model cannot be read.
        UnsafeArchive: it must not be unpacked.
        UnknownVoice: it has no such voice.
        VoicePackageError: there is a package of that name, it is no name of a package, or it is one for
            several voices.
        StorageError: no space, or no right to write.
    """
    if name and name != package_name(name):
        raise _invalid_name(name)
    with open_voices(folder, voices, step) as found:  # what it unpacked is gone, whatever happens
        if name and len(found) > 1:
            raise _several(next(iter(found)))
        targets = [name] if name else _targets(found)
        taken = [] if replaces else [target for target in targets if target in list_packages()]
        if taken:
            raise _name_taken(taken, len(found))
        made: list[VoicePackage] = []
        for (voice, read), target in zip(found.items(), targets, strict=True):
            step(f"正在转换音色 {voice} → 语音包 {target}…")
            made.append(convert(read(), target))
    return tuple(made)


def _targets(voices: Iterable[str]) -> list[str]:
    """Name of the package of each voice, each once."""
    targets: list[str] = []
    for voice in voices:
        targets.append(unused_name(package_name(voice), targets))
    return targets


def _several(first: str) -> VoicePackageError:
    return VoicePackageError(
        f"模型里有多个音色，--name 只能用于其中一个，请加 --voice {first} 选择。",
        f"The model has several voices and --name fits one; choose it with --voice {first}.",
    )


def _invalid_name(name: str) -> VoicePackageError:
    example = package_name(name)
    return VoicePackageError(
        f"语音包的名称不能是“{name}”，请用小写字母开头，只含小写字母、数字、- 和 _，不叫 builtin、kokoro，"
        f"也不用 con、nul 等 Windows 设备名，例如 {example}。",
        f"A package cannot be called {name!r}: begin with a small letter, then letters, digits, - and _, "
        f"neither builtin nor kokoro, nor a device of Windows such as con or nul, for example {example}.",
    )


def _name_taken(names: Sequence[str], voices: int) -> VoicePackageError:
    """The error for packages that exist already, for so many voices."""
    listed, in_english = "、".join(names), ", ".join(names)
    if voices == 1:
        other, english = "要另存请加 --name", "choose a --name"
    else:
        other, english = "只导入其他音色请用 --voice 指定", "choose other voices with --voice"
    return VoicePackageError(
        f"已有名为 {listed} 的语音包，没有导入任何音色；要替换请加 --replace，{other}。",
        f"Already installed, so no voice was imported: {in_english}. Replace with --replace or {english}.",
    )
