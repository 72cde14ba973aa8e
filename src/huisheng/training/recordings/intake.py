"""The way of a folder of recordings to pieces that a voice can be learnt from.

Found, matched with their texts, measured, checked, cut, levelled. Nothing of it depends on when or how often
it is done: the same folder gives the same pieces, and those that are there are not made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Literal, TypeAlias

from huisheng.errors import RecordingsError, UnreadableAudio
from huisheng.text.frontend import Frontend
from huisheng.training.recordings.checks import check_total
from huisheng.training.recordings.findings import RecordingFinding, finding
from huisheng.training.recordings.folder import contents
from huisheng.training.recordings.level import LEVEL
from huisheng.training.recordings.making import CheckedRecording, Maker
from huisheng.training.recordings.records import RecordingPiece, RecordingSource
from huisheng.training.recordings.scan import RATE
from huisheng.training.recordings.store import WorkFolder
from huisheng.training.recordings.transcripts import TranscribedRecording, match
from huisheng.units import Decibels, Seconds

LONGEST_TOTAL: Final = Seconds(10 * 3600.0)
"""More does not make a voice better, but its training longer."""

Stage: TypeAlias = Literal["checking", "cutting"]

Progress: TypeAlias = Callable[[Stage, int, int], None]
"""Told how many recordings of how many a stage is through with."""


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """What may be asked for.

    Attributes:
        level: dBFS that the speech of every recording is brought to.
        longest: seconds that are taken in at most; what has the least noise comes first.
    """

    level: Decibels = LEVEL
    longest: Seconds = LONGEST_TOTAL


@dataclass(frozen=True, slots=True)
class Intake:
    """What was taken in.

    Attributes:
        folder: where the pieces lie.
        sources: recordings that pieces came from, by path.
        findings: everything there was to say, recording by recording, in the end on all together.
        found: sounds in the folder of the recordings.
    """

    folder: Path
    sources: tuple[RecordingSource, ...]
    findings: tuple[RecordingFinding, ...]
    found: int

    @property
    def pieces(self) -> tuple[RecordingPiece, ...]:
        """All of them, recording by recording."""
        return tuple(piece for source in self.sources for piece in source.pieces)

    @property
    def seconds(self) -> Seconds:
        """Seconds of all pieces."""
        return Seconds(sum(map(_seconds, self.sources)))

    @property
    def sha256(self) -> str:
        """Digest of the list of the recordings used: one line `digest, two blanks, path` each, sorted by
        path.
        """
        lines = (f"{source.sha256}  {source.sound}\n" for source in self.sources)
        return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()

    def require(self) -> None:
        """Make sure that there is enough to begin.

        Raises:
            RecordingsError: there is not.
        """
        for said in self.findings:
            if not said.file and said.severity == "refuse":
                raise RecordingsError(said.message, said.english)


def _quiet(stage: Stage, done: int, total: int) -> None:
    """Ignore progress."""


def take_in(
    folder: Path,
    work: Path,
    frontend: Frontend | None = None,
    settings: IntakeSettings | None = None,
    progress: Progress = _quiet,
) -> Intake:
    """Take recordings in.

    Args:
        folder: of the recordings and their transcripts; nothing in it is changed.
        work: folder for the pieces, outside the other; kept, it lets the next intake go on.
        frontend: counts syllables; one of its own when None.
        settings: the usual ones when None.
        progress: told after each recording.

    Raises:
        RecordingsError: the folder cannot be read, or holds no recording at all.
        StorageError: no space, or no right to write.
        SetupError: dictionary data is not installed.
    """
    settings = settings or IntakeSettings()
    listed = contents(folder)
    if not listed.sounds and not listed.findings:
        raise RecordingsError(
            "文件夹里没有录音，请放入 wav、flac、mp3 或 ogg。",
            "The folder holds no recordings; put wav, flac, mp3 or ogg files there.",
        )
    matched = match(folder, listed)
    store = WorkFolder(work, folder)
    maker = Maker(folder, store, frontend or Frontend(contextual=False), settings.level)
    taking = _Taking(maker, progress)
    sources = taking.sources(taking.check(matched.recordings), settings.longest)
    store.sweep(taking.keys)
    findings = sorted(
        [*listed.findings, *matched.findings, *taking.findings], key=lambda said: (not said.file, said.file)
    )
    total = Seconds(sum(map(_seconds, sources)))
    return Intake(work, sources, (*findings, *check_total(total)), len(listed.sounds))


class _Taking:
    """One intake under way.

    Attributes:
        findings: what there is to say so far.
        keys: of everything that may be used.
    """

    def __init__(self, maker: Maker, progress: Progress) -> None:
        self._maker = maker
        self._progress = progress
        self.findings: list[RecordingFinding] = []
        self.keys: set[str] = set()

    def check(self, recordings: Sequence[TranscribedRecording]) -> list[CheckedRecording | RecordingSource]:
        """Recordings that may be used, each sound once."""
        usable, seen = list[CheckedRecording | RecordingSource](), dict[str, PurePosixPath]()
        for done, recording in enumerate(recordings, start=1):
            try:
                usable += self._check(recording, seen)
            except UnreadableAudio as error:
                self._unreadable(recording.sound, error)
            self._progress("checking", done, len(recordings))
        return usable

    def sources(
        self, usable: Iterable[CheckedRecording | RecordingSource], longest: Seconds
    ) -> tuple[RecordingSource, ...]:
        """Pieces of the recordings with the least noise, by path, until there are enough."""
        order = sorted(usable, key=lambda one: (-one.figures.snr, one.sound))
        made, room = list[RecordingSource](), float(longest)
        for done, one in enumerate(order, start=1):
            source = self._make(one)
            kept = _limit(source, room) if source else None
            if kept and kept.pieces:
                room -= _seconds(kept)
                made.append(kept)
            self._progress("cutting", done, len(order))
            if kept != source:
                self.findings.append(finding("surplus", "", longest / 3600.0, longest / 3600.0))
                break
        return tuple(sorted(made, key=lambda source: source.sound))

    def _check(
        self, recording: TranscribedRecording, seen: dict[str, PurePosixPath]
    ) -> Iterator[CheckedRecording | RecordingSource]:
        sha256 = self._maker.digest(recording.sound)
        first = seen.setdefault(sha256, recording.sound)
        if first != recording.sound:
            self.findings.append(finding("duplicate", recording.sound, first))
            return
        checked = self._maker.check(recording, sha256)
        self.findings += checked.findings
        if checked.usable:
            self.keys.add(checked.key)
            yield checked.usable

    def _make(self, one: CheckedRecording | RecordingSource) -> RecordingSource | None:
        try:
            source = one if isinstance(one, RecordingSource) else self._maker.make(one)
        except UnreadableAudio as error:
            self._unreadable(one.sound, error)
            return None
        self.findings += source.findings
        return source

    def _unreadable(self, sound: object, error: UnreadableAudio) -> None:
        self.findings.append(finding("unreadable", sound, error.reason, error.reason_english.capitalize()))


def _limit(source: RecordingSource, room: float) -> RecordingSource:
    """The first pieces of a recording that fit into so many seconds; all of them, and it is the same."""
    kept, total = list[RecordingPiece](), 0.0
    for piece in source.pieces:
        total += piece.samples / RATE
        if total > room:
            return source.model_copy(update={"pieces": tuple(kept)})
        kept.append(piece)
    return source


def _seconds(source: RecordingSource) -> float:
    return sum(piece.samples for piece in source.pieces) / RATE
