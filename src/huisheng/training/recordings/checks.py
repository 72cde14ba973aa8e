"""What makes a recording unfit to learn a voice from: one table of limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from huisheng.training.recordings.activity import Activity
from huisheng.training.recordings.findings import Kind, RecordingFinding, finding
from huisheng.training.recordings.scan import LONGEST, Scan
from huisheng.units import Seconds

SHORTEST: Final = Seconds(0.5)
"""Shortest recording."""

SYLLABLES_PER_SECOND: Final = 4.5
"""Syllables a second of Mandarin at ordinary speed, without pauses."""
SLOWEST: Final = 0.5 * SYLLABLES_PER_SECOND
FASTEST: Final = 2.5 * SYLLABLES_PER_SECOND

_NARROW: Final = 4_500.0
"""Hz. A telephone ends at 3.4 or 4 kHz."""
_DIFFERENT: Final = 0.25
"""Power of what channels do not share over what they do, −6 dB. Two people, one on each side, reach 1."""
_SPEAKING: Final = 0.2
"""Share of the time, at least."""

SHORTEST_TOTAL: Final = Seconds(60.0)
SHORT_TOTAL: Final = Seconds(600.0)


class _Limit(NamedTuple):
    """Two findings on one figure: beyond `refused` the recording is left out, beyond `warned` it is not."""

    refused: float
    warned: float
    kinds: tuple[Kind, Kind]


_RATE: Final = _Limit(16_000, 22_050, ("low_rate", "modest_rate"))
_SNR: Final = _Limit(15.0, 25.0, ("noisy", "some_noise"))
_CLIPPED: Final = _Limit(0.01, 0.0001, ("badly_clipped", "clipped"))


def check_sound(sound: PurePosixPath, scan: Scan, activity: Activity) -> Iterator[RecordingFinding]:
    """What is wrong with a recording, whatever is said in it."""
    yield from _below(_RATE, sound, scan.sample_rate)
    if scan.seconds < SHORTEST:
        yield finding("too_short", sound, scan.seconds)
    elif scan.seconds > LONGEST:
        yield finding("too_long", sound, LONGEST / 3600.0)
    elif activity.speech < SHORTEST / 2.0:
        yield finding("no_speech", sound)
    else:
        yield from _check_speech(sound, scan, activity)


def _check_speech(sound: PurePosixPath, scan: Scan, activity: Activity) -> Iterator[RecordingFinding]:
    if scan.bandwidth <= _NARROW:
        yield finding("narrow", sound, scan.bandwidth / 1000.0)
    refused, warned, kinds = _CLIPPED
    if scan.clipped > warned:
        yield finding(kinds[scan.clipped <= refused], sound, scan.clipped)
    yield from _below(_SNR, sound, activity.snr)
    if scan.difference > _DIFFERENT:
        yield finding("channels_differ", sound)
    if activity.speech < _SPEAKING * scan.seconds:
        yield finding("mostly_silence", sound, activity.speech / scan.seconds)


def _below(limit: _Limit, sound: PurePosixPath, value: float) -> Iterator[RecordingFinding]:
    if value < limit.warned:
        yield finding(limit.kinds[value >= limit.refused], sound, value)


def check_text(sound: PurePosixPath, syllables: int, activity: Activity) -> Iterator[RecordingFinding]:
    """Whether a text of so many syllables can be what is said."""
    rate = syllables / max(activity.speech, 1e-3)
    if not syllables:
        yield finding("unspeakable", sound)
    elif not SLOWEST <= rate <= FASTEST:
        yield finding("misfit", sound, rate, SLOWEST, FASTEST)


def check_total(seconds: Seconds) -> Sequence[RecordingFinding]:
    """Whether all pieces together are enough."""
    if seconds < SHORTEST_TOTAL:
        return (finding("total_too_short", "", seconds),)
    return (finding("total_short", "", seconds / 60.0),) if seconds < SHORT_TOTAL else ()
