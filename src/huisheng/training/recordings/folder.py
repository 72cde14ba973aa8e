"""What lies in a folder of recordings: sounds, texts, and what can be neither used nor trusted."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from huisheng.audio.decoding import SUFFIXES
from huisheng.errors import RecordingsError
from huisheng.training.recordings.findings import RecordingFinding, finding, printable

TEXT_SUFFIXES: Final = (".txt", ".lab", ".csv", ".tsv", ".list", "")
"""Suffixes of files that may hold transcripts; Kaldi's `text` has none."""

_OTHER_SOUNDS: Final = frozenset(
    {".m4a", ".aac", ".wma", ".amr", ".ape", ".aif", ".aiff", ".mp4", ".webm", ".pcm", ".raw", ".silk"}
)

MOST_FILES: Final = 200_000
"""Ten hours in pieces of half a second are 72,000 recordings, with as many texts."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Paths inside the folder, sorted.

    Attributes:
        sounds: that may be recordings.
        texts: that may be transcripts.
        findings: what is left out, and why.
    """

    sounds: tuple[PurePosixPath, ...]
    texts: tuple[PurePosixPath, ...]
    findings: tuple[RecordingFinding, ...]


def contents(folder: Path) -> Contents:
    """Look through a folder and those in it; hidden files and folders do not count.

    Links to files are followed where they stay inside; links to folders never are.

    Raises:
        RecordingsError: it is no folder, cannot be read, or holds more files than any corpus.
    """
    if not folder.is_dir():
        raise RecordingsError(
            f"{printable(str(folder))} 不是文件夹，请给出录音所在的文件夹。",
            f"{printable(str(folder))} is no folder; give the folder of the recordings.",
        )
    sounds, texts, findings = list[PurePosixPath](), list[PurePosixPath](), list[RecordingFinding]()
    for name in sorted(_names(folder)):
        suffix = name.suffix.lower()
        if suffix in _OTHER_SOUNDS:
            findings.append(finding("unsupported", name, suffix[1:]))
        elif suffix not in (*SUFFIXES, *TEXT_SUFFIXES) and not (folder / name).is_dir():
            continue
        elif fault := _fault(folder, name):
            findings.append(fault)
        elif suffix in SUFFIXES:
            sounds.append(name)
        elif suffix in TEXT_SUFFIXES:
            texts.append(name)
    return Contents(tuple(sounds), tuple(texts), tuple(findings))


def _names(folder: Path) -> Iterator[PurePosixPath]:
    """Every path in the folder that is neither hidden nor a folder; links to folders among them."""
    count = 0
    for place, folders, files in os.walk(folder, onerror=_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        count += len(files)
        if count > MOST_FILES:
            raise RecordingsError(
                f"文件夹里的文件超过 {MOST_FILES} 个，请只放录音和文本。",
                f"The folder holds over {MOST_FILES} files; leave only recordings and transcripts.",
            )
        inside = Path(place).relative_to(folder)
        yield from (PurePosixPath(inside / name) for name in (*files, *links) if not name.startswith("."))


def _unreadable(error: OSError) -> None:
    raise RecordingsError(
        f"无法读取文件夹 {printable(str(error.filename))}，请检查权限。",
        f"The folder {printable(str(error.filename))} cannot be read; check its rights.",
    ) from error


def _fault(folder: Path, name: PurePosixPath) -> RecordingFinding | None:
    """Why a file is not even opened: a pipe would never answer, a link may lead anywhere."""
    path = folder / name
    try:
        target = path.resolve(strict=True)
        status = target.stat()
    except (OSError, RuntimeError):  # a link to nothing or, before Python 3.13, to itself
        return finding("no_file", name)
    if not target.is_relative_to(folder.resolve()):
        return finding("outside", name)
    if not stat.S_ISREG(status.st_mode):
        return finding("no_file", name)
    return None if status.st_size else finding("empty", name)
