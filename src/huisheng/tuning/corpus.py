"""Makes a corpus of pieces of recordings: the base voice aligns each with its text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

import numpy as np

from huisheng.errors import RecordingsError
from huisheng.text.frontend import Frontend
from huisheng.training.corpus import Arrays, Corpus, CorpusUtterance, CorpusWriter
from huisheng.training.recordings.intake import Intake
from huisheng.training.recordings.records import RecordingPiece
from huisheng.tuning.base import Base
from huisheng.tuning.features import make_arrays, read_samples, spectrogram, trim_silence
from huisheng.tuning.forced_alignment import (
    Adaptation,
    AlignedRecording,
    ForcedAlignment,
    align,
    initial_adaptation,
    update_adaptation,
)
from huisheng.tuning.inference import predict_voicing
from huisheng.tuning.states import Reals, States, count_kinds, expected_states, reverse
from huisheng.tuning.symbols import SymbolReader, SymbolSequence
from huisheng.types import Samples

FEWEST: Final = 4
"""Fewest pieces to train on."""

_SAMPLED: Final = 60
"""Pieces from which the adaptation is estimated."""
_FOR_SPEAKER: Final = 8
"""Pieces among these by which the nearest speaker of the base is chosen."""
_ROUNDS: Final = 4
_HELD_OUT: Final = 0.05
_MOST_HELD_OUT: Final = 24
_OUTLYING: Final = 4.0
"""Deviations below the median score at which a piece does not match its text."""
_TOLERANCE: Final = 0.15
"""Share of the median score below it for which no piece is rejected."""
_MARGIN: Final = 0.3
"""Share of the margin that three quarters of the pieces have, by which a text must score better than the same
text reversed: a wrong text scores alike either way."""
_DEVIATION: Final = 1.4826
"""Standard deviation of normal values over their median distance from the median."""
_LONGEST: Final = 1.2
"""Longest seconds of one sound; beyond it something was spoken that is not in the text."""

Progress = Callable[[int, int], None]
"""Called with the number of pieces that are done, and of all."""


class RejectedPiece(NamedTuple):
    """A piece that is not in the corpus, and the reason in Chinese and English."""

    file: str
    text: str
    reason: str
    english: str


@dataclass(frozen=True, slots=True)
class PreparedCorpus:
    """
    Attributes:
        folder: of the corpus.
        rejected: pieces that are not in it.
        seconds: of those that are.
    """

    folder: Path
    rejected: tuple[RejectedPiece, ...]
    seconds: float


class _Sample(NamedTuple):
    """Symbols and (T, M) mel of a piece."""

    line: SymbolSequence
    mel: Reals


class _Fit(NamedTuple):
    """The alignment of a piece with its text, and by how much it scores better than the text reversed."""

    alignment: ForcedAlignment
    margin: float


class _Criteria(NamedTuple):
    """Speaker and adaptation to align with, and the least score and margin of a piece that is accepted."""

    speaker: int
    adaptation: Adaptation
    score: float
    margin: float


def prepare(
    intake: Intake, base: Base, speaker: str, frontend: Frontend, folder: Path, progress: Progress
) -> PreparedCorpus:
    """Write the corpus; what is there already is not made again.

    Args:
        intake: of the recordings.
        base: that is fine-tuned.
        speaker: id of the new one, behind those of the base.
        frontend: that reads the texts.
        folder: of the corpus.
        progress: called after each piece.

    Raises:
        RecordingsError: too few pieces match their texts.
        StorageError: no space, or no right to write.
    """
    aligner = _PieceAligner(intake, base, frontend, CorpusWriter(folder))
    utterances: list[CorpusUtterance] = []
    rejected: list[RejectedPiece] = []
    for done, piece in enumerate(intake.pieces, start=1):
        result = aligner.align_piece(piece)
        if isinstance(result, RejectedPiece):
            rejected.append(result)
        else:
            utterances.append(_utterance(piece, result, base))
        progress(done, len(intake.pieces))
    if len(utterances) < FEWEST:
        raise _too_few(len(utterances))
    writer = CorpusWriter(folder)
    writer.finish(_describe(base, speaker, _energy(base, writer, utterances)), _hold_out(utterances))
    hop, rate = base.spectrogram.hop, base.spectrogram.sample_rate
    return PreparedCorpus(folder, tuple(rejected), sum(one.frames for one in utterances) * hop / rate)


class _PieceAligner:
    """Aligns pieces with their texts and writes their training arrays.

    Args:
        intake: of all of them.
        base: that predicts what texts sound like.
        frontend: that reads.
        writer: of the corpus.
    """

    def __init__(self, intake: Intake, base: Base, frontend: Frontend, writer: CorpusWriter) -> None:
        self._folder = intake.folder
        self._base = base
        self._settings = base.spectrogram
        self._reader = SymbolReader(frontend, base.inventory, base.networks.acoustic.config.longest)
        self._writer = writer
        self._pieces = intake.pieces

    def align_piece(self, piece: RecordingPiece) -> Arrays | RejectedPiece:
        """The arrays of a piece, which are in the corpus then; or the reason why there are none."""
        name = piece_id(piece)
        if name in self._writer:
            return self._writer.get(name)
        line = self._reader.read(piece.text)
        if line is None:
            return _reject(piece, "文本无法合成", "the voice cannot say its text")
        samples, criteria = self._read(piece), self._criteria
        fit = _fit(self._mel(samples), self._states(line, criteria.speaker), criteria.adaptation)
        if fit is None or self._is_doubtful(fit, line):
            return _reject(piece, "录音与文本不符", "sound and text do not fit each other")
        part = trim_silence(line, fit.alignment)
        model, neutral = self._base.networks.acoustic, self._base.neutral
        voicing = predict_voicing(model, line.ids, part.durations, criteria.speaker, neutral)
        arrays = make_arrays(samples, self._settings, line, part, voicing)
        self._writer.put(name, arrays)
        return arrays

    def _is_doubtful(self, fit: _Fit, line: SymbolSequence) -> bool:
        most = _LONGEST * self._settings.sample_rate / self._settings.hop
        too_long = bool((fit.alignment.durations[line.spoken] > most).any())
        return too_long or fit.alignment.score < self._criteria.score or fit.margin < self._criteria.margin

    def _states(self, line: SymbolSequence, speaker: int) -> States:
        return expected_states(self._base.networks.acoustic, line, speaker, self._base.neutral)

    @cached_property
    def _criteria(self) -> _Criteria:
        """The nearest speaker of the base, adaptation and least scores, from some pieces, always the same."""
        samples = self._samples(sorted(self._pieces, key=_hash)[:_SAMPLED])
        if not samples:
            raise _too_few(0)
        few = samples[:_FOR_SPEAKER]
        speaker = max(range(len(self._base.speakers)), key=lambda one: self._adapt(few, one)[1])
        adaptation, _ = self._adapt(samples, speaker)
        fits = [_fit(sample.mel, self._states(sample.line, speaker), adaptation) for sample in samples]
        scores = np.array([fit.alignment.score for fit in fits if fit])
        if not len(scores):
            raise _too_few(0)
        middle = float(np.median(scores))
        spread = _DEVIATION * float(np.median(np.abs(scores - middle)))
        least = middle - max(_OUTLYING * spread, _TOLERANCE * abs(middle))
        margin = float(np.quantile([fit.margin for fit in fits if fit], 0.25))
        return _Criteria(speaker, adaptation, least, _MARGIN * margin if margin > 0.0 else -np.inf)

    def _samples(self, pieces: Sequence[RecordingPiece]) -> list[_Sample]:
        lines = [(piece, self._reader.read(piece.text)) for piece in pieces]
        return [_Sample(line, self._mel(self._read(piece))) for piece, line in lines if line is not None]

    def _read(self, piece: RecordingPiece) -> Samples:
        return read_samples(self._folder / piece.file, self._settings)

    def _mel(self, samples: Samples) -> Reals:
        """(N,) samples → (T, M) mel."""
        return spectrogram(samples, self._settings).astype(np.float64)

    def _adapt(self, samples: Sequence[_Sample], speaker: int) -> tuple[Adaptation, float]:
        """The adaptation of a speaker of the base to some pieces, and their mean score."""
        expected = [self._states(sample.line, speaker) for sample in samples]
        mels = [sample.mel for sample in samples]
        adaptation = initial_adaptation(mels, expected, count_kinds(self._base.networks.acoustic))
        score = -np.inf
        for _ in range(_ROUNDS):
            recordings = [
                AlignedRecording(mel, one, alignment)
                for mel, one in zip(mels, expected, strict=True)
                if (alignment := align(mel, one, adaptation)) is not None
            ]
            if not recordings:
                break
            score = float(np.mean([recording.alignment.score for recording in recordings]))
            adaptation = update_adaptation(recordings, adaptation)
        return adaptation, score


def _fit(mel: Reals, expected: States, adaptation: Adaptation) -> _Fit | None:
    """Align (T, M) of a piece with its text; None where the piece is too short for it."""
    alignment = align(mel, expected, adaptation)
    other = align(mel, reverse(expected), adaptation)
    return _Fit(alignment, alignment.score - other.score) if alignment and other else None


def piece_id(piece: RecordingPiece) -> str:
    """Id of the utterance of a piece."""
    return PurePosixPath(piece.file).stem


def _hash(piece: RecordingPiece) -> str:
    """Key that puts pieces in an arbitrary order, always the same."""
    return hashlib.sha256(piece_id(piece).encode("utf-8")).hexdigest()


def _reject(piece: RecordingPiece, reason: str, english: str) -> RejectedPiece:
    return RejectedPiece(piece.file, piece.text, reason, english)


def _utterance(piece: RecordingPiece, arrays: Arrays, base: Base) -> CorpusUtterance:
    return CorpusUtterance(
        id=piece_id(piece),
        text=piece.text,
        speaker=len(base.speakers),
        emotion=base.neutral,
        intensity=1.0,
        speed=1.0,
        shift=0.0,
        frames=len(arrays.f0),
        held_out=False,
    )


def _hold_out(utterances: Sequence[CorpusUtterance]) -> list[CorpusUtterance]:
    """Mark some of them as held out, the same ones whatever else there is."""
    count = min(_MOST_HELD_OUT, max(2, round(_HELD_OUT * len(utterances))))
    order = sorted(utterances, key=lambda one: hashlib.sha256(one.id.encode("ascii")).hexdigest())
    chosen = {one.id for one in order[:count]}
    return [one.model_copy(update={"held_out": one.id in chosen}) for one in utterances]


def _energy(base: Base, writer: CorpusWriter, utterances: Sequence[CorpusUtterance]) -> tuple[float, float]:
    """Mean and deviation of the base's training; where it does not state them, those of the recordings."""
    if base.energy is not None:
        return base.energy
    arrays = (writer.get(utterance.id) for utterance in utterances)
    energy = np.concatenate([one.energy[one.voicing] for one in arrays])
    return (float(energy.mean()), max(float(energy.std()), 1e-3)) if len(energy) else (0.0, 1.0)


def _describe(base: Base, speaker: str, energy: tuple[float, float]) -> Corpus:
    settings, inventory = base.spectrogram, base.inventory
    return Corpus(
        sample_rate=settings.sample_rate,
        hop=settings.hop,
        window=settings.window,
        fft=settings.fft,
        mels=settings.mels,
        lowest=settings.lowest,
        highest=settings.highest,
        language=inventory.language,
        phones=inventory.phones,
        tones=inventory.tones,
        syllable_flags=inventory.syllable_flags,
        word_segments=inventory.word_segments,
        emotions=inventory.emotions,
        speakers=(*base.speakers, speaker),
        energy=energy,
    )


def _too_few(count: int) -> RecordingsError:
    return RecordingsError(
        f"只有 {count} 段录音与文本相符，至少要 {FEWEST} 段，请检查文本后再试。",
        f"Only {count} pieces fit their texts; at least {FEWEST} are needed. Check the transcripts.",
    )
