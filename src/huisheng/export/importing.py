"""A model's directory as voice packages, one for each of its voices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

from huisheng.errors import VoicePackageError
from huisheng.export.conversion import LONGEST_NAME, convert, package_name
from huisheng.export.modelscope.source import VoiceSource, read_voices
from huisheng.voice.load import VoicePackage
from huisheng.voice.store import installed


def install(
    folder: Path,
    step: Callable[[str], None],
    voices: Sequence[str] = (),
    name: str = "",
    replaces: bool = False,
) -> tuple[VoicePackage, ...]:
    """Make a package of every voice of a model, or of those asked for.

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
        raise _misnamed(name)
    made: list[VoicePackage] = []
    with closing(read_voices(folder, voices, step)) as reading:  # what it unpacked is gone, whatever happens
        for source in _only(reading) if name else reading:
            target = name or _unused(package_name(source.name), made)
            if not replaces and target in installed():
                raise _taken(target)
            step(f"正在转换音色 {source.name} → 语音包 {target}…")
            made.append(convert(source, target))
    return tuple(made)


def _only(sources: Iterator[VoiceSource]) -> Iterator[VoiceSource]:
    """The voice that a name was given for.

    Raises:
        VoicePackageError: there is another.
    """
    first, *others = islice(sources, 2)
    if others:
        raise VoicePackageError(
            f"模型里有多个音色，--name 只能用于其中一个，请加 --voice {first.name} 选择。",
            f"The model has several voices and --name fits one; choose it with --voice {first.name}.",
        )
    yield first


def _unused(name: str, made: Sequence[VoicePackage]) -> str:
    """The name, numbered where another voice of the model has it: names in Chinese leave no letters."""
    names = [package.manifest.name for package in made]
    return f"{name[: LONGEST_NAME - 4]}-{len(names) + 1}" if name in names else name


def _misnamed(name: str) -> VoicePackageError:
    example = package_name(name)
    return VoicePackageError(
        f"语音包不能叫“{name}”，请用小写字母开头，只含小写字母、数字、- 和 _，例如 {example}。",
        f"A package cannot be called {name!r}: begin with a small letter, then letters, digits, - and _, "
        f"for example {example}.",
    )


def _taken(name: str) -> VoicePackageError:
    return VoicePackageError(
        f"已有名为 {name} 的语音包，要替换它请加 --replace，要另存请加 --name。",
        f"A voice package {name} is already installed; replace it with --replace or choose a --name.",
    )
