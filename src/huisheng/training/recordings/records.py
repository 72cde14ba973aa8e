"""What is kept of a recording on disk, so that an intake that was interrupted goes on where it was."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from huisheng.training.recordings.activity import Activity
from huisheng.training.recordings.findings import RecordingFinding
from huisheng.training.recordings.scan import Scan


class _Strict(BaseModel):
    """Frozen; unknown keys, wrong types, infinity and NaN are refused: a damaged record counts for none."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class Figures(_Strict):
    """What was measured on a recording.

    Attributes:
        sample_rate: of the file, Hz.
        seconds: length of the file.
        speech: seconds of it, without pauses.
        level: of the speech, dBFS.
        snr: dB.
        bandwidth: Hz up to which it holds anything, at most 12,000.
        clipped: share of its samples.
    """

    sample_rate: int
    seconds: float
    speech: float
    level: float
    snr: float
    bandwidth: float
    clipped: float

    @classmethod
    def of(cls, scan: Scan, activity: Activity) -> Figures:
        """Figures of one recording, to the significant digits."""
        return cls(
            sample_rate=scan.sample_rate,
            seconds=round(scan.seconds, 3),
            speech=round(activity.speech, 2),
            level=round(activity.level, 2),
            snr=round(activity.snr, 1),
            bandwidth=scan.bandwidth,
            clipped=round(scan.clipped, 6),
        )


class RecordingPiece(_Strict):
    """Sound and text to learn from.

    Attributes:
        file: path in the work folder: 16-bit mono WAV at 24 kHz.
        text: what is said.
        start, end: seconds in the recording.
        samples: N.
        syllables: of the text.
        confidence: 0…1, that sound and text belong together, as far as the cuts decide.
    """

    file: str
    text: str
    start: Annotated[float, Field(ge=0.0)]
    end: Annotated[float, Field(gt=0.0)]
    samples: Annotated[int, Field(gt=0)]
    syllables: Annotated[int, Field(gt=0)]
    confidence: Annotated[float, Field(ge=0.0, le=1.0)]


class RecordingSource(_Strict):
    """A recording that pieces were cut from.

    Attributes:
        sound: path inside the folder of the recordings.
        sha256: of the file.
        figures: measured on the whole.
        gain: decibels added to bring it to the level wanted.
        pieces: in the order of time; none where it could not be used.
        findings: what there was to say of it.
    """

    sound: str
    sha256: str
    figures: Figures
    gain: float
    pieces: tuple[RecordingPiece, ...]
    findings: tuple[RecordingFinding, ...]
