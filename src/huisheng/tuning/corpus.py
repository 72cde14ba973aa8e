"""Pieces of recordings become a corpus: each aligned with its text by what the base voice knows."""

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
from huisheng.training.corpus import Arrays, Corpus, CorpusWriter, Utterance
from huisheng.training.recordings.intake import Intake
from huisheng.training.recordings.records import Piece
from huisheng.tuning.alignment import Alignment, Likeness, Pair, align, first_likeness, likeness
from huisheng.tuning.base import Base
from huisheng.tuning.features import arrays, kept, read, spectrogram
from huisheng.tuning.lines import Line, Reader
from huisheng.tuning.speaking import sung
from huisheng.tuning.states import Reals, States, backwards, kinds_of, states
from huisheng.types import Samples

FEWEST: Final = 4
"""Pieces without which nothing is learned."""

_ASKED: Final = 60
"""Pieces from which it is learned how spectra of base and recordings go together."""
_SHARED: Final = 8
"""Of these, by which the most fitting speaker of the base is chosen."""
_ROUNDS: Final = 4
_HELD_OUT: Final = 0.05
_MOST_HELD_OUT: Final = 24
_OUTLYING: Final = 4.0
"""Deviations below the median score at which a piece is something else than its text."""
_SHORTFALL: Final = 0.15
"""Of a score, which no piece is dropped for."""
_MARGIN: Final = 0.3
"""Of the margin that three quarters of the pieces have, by which a text must fit better than backwards: a
wrong one fits either way."""
_DEVIATION: Final = 1.4826
"""Standard deviation of normal values over their median distance from the median."""
_LONGEST: Final = 1.2
"""Seconds of one sound, beyond which something was said that is not in the text."""

Progress = Callable[[int, int], None]
"""Told how many pieces of how many are done."""


class Dropped(NamedTuple):
    """A piece that is not learned from, and why, in Chinese and English."""

    file: str
    text: str
    reason: str
    english: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    Attributes:
        folder: of the corpus.
        dropped: what is not in it.
        seconds: of what is.
    """

    folder: Path
    dropped: tuple[Dropped, ...]
    seconds: float


class _Sample(NamedTuple):
    """A piece as the search for its alignment sees it."""

    line: Line
    mel: Reals


class _Fit(NamedTuple):
    """How well a piece fits its text, and by how much better than backwards."""

    found: Alignment
    margin: float


class _Judge(NamedTuple):
    """What alignments are made with, and below which score and margin they are refused."""

    speaker: int
    likeness: Likeness
    score: float
    margin: float


def prepare(
    intake: Intake, base: Base, speaker: str, frontend: Frontend, folder: Path, progress: Progress
) -> Prepared:
    """Write the corpus; what is there already is not made again.

    Args:
        intake: of the recordings.
        base: the voice to begin with.
        speaker: id of the new one, who comes behind those of the base.
        frontend: that reads the texts.
        folder: of the corpus.
        progress: told after each piece.

    Raises:
        RecordingsError: too few pieces fit their texts.
        StorageError: no space, or no right to write.
    """
    maker = _Maker(intake, base, frontend, CorpusWriter(folder))
    utterances: list[Utterance] = []
    dropped: list[Dropped] = []
    for done, piece in enumerate(intake.pieces, start=1):
        made = maker.make(piece)
        if isinstance(made, Dropped):
            dropped.append(made)
        else:
            utterances.append(_utterance(piece, made, base))
        progress(done, len(intake.pieces))
    if len(utterances) < FEWEST:
        raise _too_few(len(utterances))
    writer = CorpusWriter(folder)
    writer.finish(_described(base, speaker, _energy(base, writer, utterances)), _divided(utterances))
    hop, rate = base.spectrogram.hop, base.spectrogram.sample_rate
    return Prepared(folder, tuple(dropped), sum(one.frames for one in utterances) * hop / rate)


class _Maker:
    """Makes the numbers of pieces.

    Args:
        intake: of all of them.
        base: that knows what texts sound like.
        frontend: that reads.
        writer: of the corpus.
    """

    def __init__(self, intake: Intake, base: Base, frontend: Frontend, writer: CorpusWriter) -> None:
        self._folder = intake.folder
        self._base = base
        self._settings = base.spectrogram
        self._reader = Reader(frontend, base.inventory, base.networks.acoustic.config.longest)
        self._writer = writer
        self._pieces = intake.pieces

    def make(self, piece: Piece) -> Arrays | Dropped:
        """The numbers of a piece, which are in the corpus then; or why there are none."""
        name = piece_id(piece)
        if name in self._writer:
            return self._writer.get(name)
        line = self._reader.read(piece.text)
        if line is None:
            return _dropped(piece, "文本无法合成", "the voice cannot say its text")
        samples, judge = self._read(piece), self._judge
        fit = _fit(self._mel(samples), self._states(line, judge.speaker), judge.likeness)
        if fit is None or self._doubtful(fit, line):
            return _dropped(piece, "录音与文本不符", "sound and text do not fit each other")
        part = kept(line, fit.found)
        model, neutral = self._base.networks.acoustic, self._base.neutral
        pitched = sung(model, line.ids, part.durations, judge.speaker, neutral)
        made = arrays(samples, self._settings, line, part, pitched)
        self._writer.put(name, made)
        return made

    def _doubtful(self, fit: _Fit, line: Line) -> bool:
        most = _LONGEST * self._settings.sample_rate / self._settings.hop
        endless = bool((fit.found.durations[line.spoken] > most).any())
        return endless or fit.found.score < self._judge.score or fit.margin < self._judge.margin

    def _states(self, line: Line, speaker: int) -> States:
        return states(self._base.networks.acoustic, line, speaker, self._base.neutral)

    @cached_property
    def _judge(self) -> _Judge:
        """From some of the pieces, always the same: who of the base is nearest, and how to hear them."""
        samples = self._samples(sorted(self._pieces, key=_lot)[:_ASKED])
        if not samples:
            raise _too_few(0)
        few = samples[:_SHARED]
        speaker = max(range(len(self._base.speakers)), key=lambda one: self._aligned(few, one)[1])
        known, _ = self._aligned(samples, speaker)
        fits = [_fit(sample.mel, self._states(sample.line, speaker), known) for sample in samples]
        scores = np.array([fit.found.score for fit in fits if fit])
        if not len(scores):
            raise _too_few(0)
        middle = float(np.median(scores))
        spread = _DEVIATION * float(np.median(np.abs(scores - middle)))
        least = middle - max(_OUTLYING * spread, _SHORTFALL * abs(middle))
        margin = float(np.quantile([fit.margin for fit in fits if fit], 0.25))
        return _Judge(speaker, known, least, _MARGIN * margin if margin > 0.0 else -np.inf)

    def _samples(self, pieces: Sequence[Piece]) -> list[_Sample]:
        lines = [(piece, self._reader.read(piece.text)) for piece in pieces]
        return [_Sample(line, self._mel(self._read(piece))) for piece, line in lines if line is not None]

    def _read(self, piece: Piece) -> Samples:
        return read(self._folder / piece.file, self._settings)

    def _mel(self, samples: Samples) -> Reals:
        """(N,) → (T, M)."""
        return spectrogram(samples, self._settings).astype(np.float64)

    def _aligned(self, samples: Sequence[_Sample], speaker: int) -> tuple[Likeness, float]:
        """How some pieces go together with what a speaker of the base would say, and how well."""
        expected = [self._states(sample.line, speaker) for sample in samples]
        mels = [sample.mel for sample in samples]
        known = first_likeness(mels, expected, kinds_of(self._base.networks.acoustic))
        score = -np.inf
        for _ in range(_ROUNDS):
            pairs = [
                Pair(mel, one, found)
                for mel, one in zip(mels, expected, strict=True)
                if (found := align(mel, one, known)) is not None
            ]
            if not pairs:
                break
            score = float(np.mean([pair.found.score for pair in pairs]))
            known = likeness(pairs, known)
        return known, score


def _fit(mel: Reals, expected: States, known: Likeness) -> _Fit | None:
    """(T, M) of a piece and its line; None where the piece is too short for it."""
    found = align(mel, expected, known)
    other = align(mel, backwards(expected), known)
    return _Fit(found, found.score - other.score) if found and other else None


def piece_id(piece: Piece) -> str:
    """Of its utterance."""
    return PurePosixPath(piece.file).stem


def _lot(piece: Piece) -> str:
    """Orders pieces as if by chance, always in the same way."""
    return hashlib.sha256(piece_id(piece).encode("utf-8")).hexdigest()


def _dropped(piece: Piece, reason: str, english: str) -> Dropped:
    return Dropped(piece.file, piece.text, reason, english)


def _utterance(piece: Piece, made: Arrays, base: Base) -> Utterance:
    return Utterance(
        id=piece_id(piece),
        text=piece.text,
        speaker=len(base.speakers),
        emotion=base.neutral,
        intensity=1.0,
        speed=1.0,
        shift=0.0,
        frames=len(made.f0),
        held_out=False,
    )


def _divided(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Some of them are held out, the same ones whatever else there is."""
    count = min(_MOST_HELD_OUT, max(2, round(_HELD_OUT * len(utterances))))
    order = sorted(utterances, key=lambda one: hashlib.sha256(one.id.encode("ascii")).hexdigest())
    chosen = {one.id for one in order[:count]}
    return [one.model_copy(update={"held_out": one.id in chosen}) for one in utterances]


def _energy(base: Base, writer: CorpusWriter, utterances: Sequence[Utterance]) -> tuple[float, float]:
    """Mean and deviation that the base learned with; where it does not say, those of the recordings."""
    if base.energy is not None:
        return base.energy
    found = (writer.get(utterance.id) for utterance in utterances)
    joined = np.concatenate([one.energy[one.voiced] for one in found])
    return (float(joined.mean()), max(float(joined.std()), 1e-3)) if len(joined) else (0.0, 1.0)


def _described(base: Base, speaker: str, energy: tuple[float, float]) -> Corpus:
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
