"""Which recording says what: texts beside their recordings, and lists of them."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Final

from huisheng.audio.decoding import SUFFIXES
from huisheng.training.recordings.findings import Kind, RecordingFinding, finding, is_refused
from huisheng.training.recordings.folder import Contents
from huisheng.training.recordings.tables import entries

_TABLE: Final = re.compile(
    r"(metadata|transcripts?|filelist|text|content|labels?|train|val|test|esd|list|文本|台词|标注)\.txt"
    r"|.+\.(csv|tsv|list)|text|transcripts?",
    re.IGNORECASE,
)
"""Names of files that are lists; any other text is that of one recording."""

_BESIDE: Final = (".txt", ".lab")
"""Suffixes of texts beside their recordings, the first wins: a .lab may hold phones."""

LARGEST: Final = 64
"""Megabytes of one list: a hundred hours of speech are 5 MB of text."""

_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class TranscribedRecording:
    """A sound and what is said in it; `sound` is a path inside the folder."""

    sound: PurePosixPath
    text: str


@dataclass(frozen=True, slots=True)
class Matched:
    """Recordings in the order of their paths, and what could not be matched."""

    recordings: tuple[TranscribedRecording, ...]
    findings: tuple[RecordingFinding, ...]


def match(folder: Path, contents: Contents) -> Matched:
    """Give every sound its text.

    Args:
        folder: of the recordings.
        contents: what lies in it.
    """
    sounds, findings = _without_namesakes(contents.sounds)
    index = _Index(sounds)
    texts = _Texts(folder, index, findings)
    for name in sorted(contents.texts, key=lambda name: name.suffix.lower() == _BESIDE[1]):
        texts.add(name)
    return Matched(tuple(texts.recordings(sounds)), tuple(findings))


class _Index:
    """Finds the sound that a list means by a path, from another machine too, or by the bare name."""

    def __init__(self, sounds: Iterable[PurePosixPath]) -> None:
        self._tails: defaultdict[tuple[str, ...], list[PurePosixPath]] = defaultdict(list)
        for sound in sounds:
            parts = _parts(str(sound))
            for length in range(1, len(parts) + 1):
                self._tails[parts[-length:]].append(sound)

    def find(self, name: str, beside: PurePosixPath) -> Sequence[PurePosixPath]:
        """Sounds that a name fits best, none or several too.

        Args:
            name: as a list has it; with or without folders and suffix.
            beside: the folder of the list, as a path inside that of the recordings.
        """
        parts = (*_parts(f"{beside}/x")[:-1], *_parts(name))
        for length in range(len(parts), 0, -1):
            if sounds := self._tails.get(parts[-length:]):
                return sounds
        return ()


class _Texts:
    """Texts by sound, and where they disagree.

    Args:
        folder: of the recordings.
        index: of its sounds.
        findings: what is wrong is added here.
    """

    def __init__(self, folder: Path, index: _Index, findings: list[RecordingFinding]) -> None:
        self._folder = folder
        self._index = index
        self._findings = findings
        self._texts: defaultdict[PurePosixPath, list[str]] = defaultdict(list)
        self._beside: set[PurePosixPath] = set()

    def add(self, name: PurePosixPath) -> None:
        """Read one text file, whatever it turns out to be."""
        own = self._own(name)
        if not own and not _TABLE.fullmatch(name.name):
            if name.suffix:
                self._findings.append(finding("without_audio", name, 1, name.name))
            return
        if own and own in self._beside:
            return
        text, findings = read_text(self._folder, name)
        self._findings += findings
        if is_refused(findings):
            return
        if own:
            self._beside.add(own)
            self._texts[own].append(text.strip())
        else:
            self._add_list(name, text)

    def recordings(self, sounds: Iterable[PurePosixPath]) -> Iterator[TranscribedRecording]:
        """Those with exactly one text."""
        for sound in sounds:
            texts = self._texts.get(sound, [])
            if len(texts) > 1:
                self._findings.append(finding("conflict" if len(set(texts)) > 1 else "repeated", sound))
            if not texts:
                self._findings.append(finding("without_transcript", sound))
            elif not texts[0]:
                self._findings.append(finding("no_text", sound))
            elif len(set(texts)) == 1:
                yield TranscribedRecording(sound, texts[0])

    def _own(self, name: PurePosixPath) -> PurePosixPath | None:
        """The sound that a text lies beside."""
        if name.suffix.lower() not in _BESIDE:
            return None
        stem = _parts(str(name.with_suffix("")) + SUFFIXES[0])
        found = self._index.find(str(name.with_suffix("")) + SUFFIXES[0], PurePosixPath())
        return next((sound for sound in found if _parts(str(sound)) == stem), None)

    def _add_list(self, name: PurePosixPath, text: str) -> None:
        found = entries(text, lambda entry: bool(self._index.find(entry, name.parent)))
        if not found:
            self._findings.append(finding("no_table", name))
        lost = defaultdict[Kind, list[str]](list)
        for entry in found:
            sounds = self._index.find(entry.name, name.parent)
            if len(sounds) == 1:
                self._texts[sounds[0]].append(entry.text)
            else:
                lost["several_fit" if sounds else "without_audio"].append(entry.name)
        self._findings += [finding(kind, name, len(names), names[0]) for kind, names in lost.items()]
        speakers = {entry.speaker for entry in found}
        if len(speakers) > 1:
            self._findings.append(finding("several_speakers", name, len(speakers)))


def read_text(folder: Path, name: PurePosixPath) -> tuple[str, tuple[RecordingFinding, ...]]:
    """A text in UTF-8, or in what its bytes tell: UTF-16 with its mark, else GB 18030; NFC, without the mark.

    Args:
        folder: of the recordings.
        name: path inside it.
    """
    try:
        with (folder / name).open("rb") as file:
            content = file.read((LARGEST << 20) + 1)
    except OSError:
        return "", (finding("undecodable", name),)
    if len(content) > LARGEST << 20:
        return "", (finding("too_large", name, LARGEST),)
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            break
        told = () if encoding == "utf-8-sig" else (finding("recoded", name, encoding.upper()),)
        return unicodedata.normalize("NFC", text), told
    return "", (finding("undecodable", name),)


def _without_namesakes(
    sounds: Iterable[PurePosixPath],
) -> tuple[list[PurePosixPath], list[RecordingFinding]]:
    """One sound for each name, the one with the least loss."""
    kept, findings = list[PurePosixPath](), list[RecordingFinding]()
    by_name = sorted(sounds, key=lambda sound: (_parts(str(sound)), SUFFIXES.index(sound.suffix.lower())))
    for _, group in groupby(by_name, key=lambda sound: _parts(str(sound))):
        best, *others = group
        kept.append(best)
        findings += [finding("namesakes", other, best) for other in others]
    return kept, findings


def _parts(path: str) -> tuple[str, ...]:
    """Folders and the name without the suffix of a sound, from any system, NFC as macOS writes none."""
    parts = unicodedata.normalize("NFC", path).replace("\\", "/").split("/")
    stem, dot, suffix = parts[-1].rpartition(".")
    if dot + suffix.lower() in SUFFIXES:
        parts[-1] = stem
    return tuple(part for part in parts if part not in {"", "."})
