"""One recording: measured and checked first, cut and levelled when it is chosen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from huisheng.errors import UnreadableAudio
from huisheng.text.frontend import Frontend
from huisheng.training.recordings.activity import Activity, activity
from huisheng.training.recordings.checks import check_sound, check_text
from huisheng.training.recordings.cutting import LONGEST_UNCUT, Cut, cut_at_pauses, uncut
from huisheng.training.recordings.findings import RecordingFinding, finding, is_refused, printable
from huisheng.training.recordings.level import change_level, gain_to
from huisheng.training.recordings.pieces import read_pieces
from huisheng.training.recordings.records import Figures, RecordingPiece, RecordingSource
from huisheng.training.recordings.scan import scan
from huisheng.training.recordings.store import WorkFolder, make_key
from huisheng.training.recordings.syllables import SyllablePart, parts
from huisheng.training.recordings.transcripts import TranscribedRecording
from huisheng.units import Decibels


@dataclass(frozen=True, slots=True)
class CheckedRecording:
    """A recording that can be used, before it is cut.

    Attributes:
        recording: sound and text.
        sha256: of the sound.
        key: of its record.
        figures: measured on it.
        findings: what there is to say so far.
        offset: mean of its samples.
        activity: where there is speech.
        parts: of the text.
    """

    recording: TranscribedRecording
    sha256: str
    key: str
    figures: Figures
    findings: tuple[RecordingFinding, ...]
    offset: float
    activity: Activity
    parts: tuple[SyllablePart, ...]

    @property
    def sound(self) -> str:
        """Its path inside the folder, printable."""
        return printable(str(self.recording.sound))


class Checked(NamedTuple):
    """What became of a recording: fit for use or made already, else only what is wrong with it."""

    key: str
    usable: CheckedRecording | RecordingSource | None
    findings: tuple[RecordingFinding, ...] = ()


class Maker:
    """Makes pieces of recordings.

    Args:
        folder: of the recordings.
        work: where pieces go.
        frontend: counts syllables.
        level: dBFS wanted of the speech.
    """

    def __init__(self, folder: Path, work: WorkFolder, frontend: Frontend, level: Decibels) -> None:
        self._folder = folder
        self._work = work
        self._frontend = frontend
        self._level = level

    def digest(self, sound: PurePosixPath) -> str:
        """SHA-256 of a sound's file.

        Raises:
            UnreadableAudio: it cannot be read.
        """
        try:
            with (self._folder / sound).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise UnreadableAudio(sound.name, "无法打开文件", "it cannot be opened") from error

    def check(self, recording: TranscribedRecording, sha256: str) -> Checked:
        """Measure a recording, unless its pieces are there already.

        Raises:
            UnreadableAudio: it is no sound.
        """
        key = make_key(str(recording.sound), sha256, recording.text, self._level)
        if made := self._work.load(key):
            return Checked(key, made)
        scanned = scan(self._folder / recording.sound)
        heard = activity(scanned.powers)
        findings, clauses = list(check_sound(recording.sound, scanned, heard)), tuple[SyllablePart, ...]()
        if not is_refused(findings):
            clauses = parts(recording.text, self._frontend)
            findings += check_text(recording.sound, sum(part.syllables for part in clauses), heard)
        if is_refused(findings):
            return Checked(key, None, tuple(findings))
        figures = Figures.of(scanned, heard)
        offset = scanned.offset
        return Checked(
            key, CheckedRecording(recording, sha256, key, figures, tuple(findings), offset, heard, clauses)
        )

    def make(self, candidate: CheckedRecording) -> RecordingSource:
        """Cut a recording; its record is kept when all its pieces are.

        Raises:
            UnreadableAudio: its file has been changed meanwhile.
            StorageError: no space, or no right to write.
        """
        cuts, findings = _cuts(candidate)
        gain = gain_to(self._level, candidate.activity.level)
        source = RecordingSource(
            sound=candidate.sound,
            sha256=candidate.sha256,
            figures=candidate.figures,
            gain=round(gain, 2),
            pieces=tuple(self._pieces(candidate, cuts, gain)),
            findings=(*candidate.findings, *findings),
        )
        self._work.save(candidate.key, source)
        return source

    def _pieces(
        self, candidate: CheckedRecording, cuts: Sequence[Cut], gain: Decibels
    ) -> Iterator[RecordingPiece]:
        sound, text = candidate.recording.sound, candidate.recording.text
        raw = read_pieces(self._folder / sound, cuts)
        for number, (place, samples) in enumerate(zip(cuts, raw, strict=True)):
            if not len(samples):
                raise UnreadableAudio(sound.name, "文件正在被改动", "it is being changed")
            yield RecordingPiece(
                file=self._work.add_piece(
                    candidate.key, number, change_level(samples, candidate.offset, gain)
                ),
                text=text[place.span.start : place.span.end].strip(),
                start=round(place.start, 3),
                end=round(place.end, 3),
                samples=len(samples),
                syllables=place.syllables,
                confidence=round(place.confidence, 3),
            )


def _cuts(candidate: CheckedRecording) -> tuple[Sequence[Cut], tuple[RecordingFinding, ...]]:
    """What to take of a recording, and what to say of it."""
    sound, seconds = candidate.recording.sound, candidate.activity.extent
    cuts = cut_at_pauses(candidate.parts, candidate.activity)
    fit = [place for place in cuts if place.fit]
    if len(fit) == len(cuts) > 0:
        return fit, ()
    if fit:
        return fit, (finding("pieces_dropped", sound, len(cuts), len(cuts) - len(fit)),)
    if seconds <= LONGEST_UNCUT:
        return (uncut(candidate.parts, candidate.activity),), (finding("uncut", sound, seconds),)
    return (), (finding("uncuttable", sound, seconds),)
