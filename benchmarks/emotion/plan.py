"""What is asked: which takes have to be spoken, and which an ear has to hear."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from benchmarks.emotion.guards import INTENSITIES
from benchmarks.emotion.sentences import Sentences, read_sentences
from benchmarks.emotion.takes import Take

from huisheng.types import EmotionName


@dataclass(frozen=True, slots=True)
class Plan:
    """The extent of a run.

    Attributes:
        voices: ids.
        emotions: without neutral, which is spoken anyway.
        intensities: ascending, 1 among them.
        sentences: all are spoken as designed; without test sentences nothing has to be recognized.
        graded: training sentences that are also spoken at the other intensities and heard by an ear.
        guarded: intensities at which the ear listens.
    """

    voices: tuple[str, ...]
    emotions: tuple[EmotionName, ...]
    intensities: tuple[float, ...]
    sentences: Sentences
    graded: tuple[str, ...]
    guarded: tuple[float, ...]

    @classmethod
    def of(cls, options: argparse.Namespace) -> Self:
        """From the command line."""
        emotions = tuple(name for name in options.emotions if name != "neutral")
        sentences = read_sentences().first(options.sentences, options.unseen)
        if options.fast:
            return cls(options.voices, emotions, (1.0,), sentences._replace(test=()), (), ())
        intensities = tuple(sorted({*options.intensities, 1.0}))
        graded = sentences.training[: options.graded]
        guarded = () if options.no_guards else INTENSITIES
        return cls(options.voices, emotions, intensities, sentences, graded, guarded)

    def takes(self) -> list[Take]:
        """Every take, once."""
        training, test = self.sentences
        designed = [take for emotion in self.emotions for take in self._takes(emotion, (1.0,), training)]
        graded = [
            take for emotion in self.emotions for take in self._takes(emotion, self.intensities, self.graded)
        ]
        unseen = [take for emotion in self.emotions for take in self._takes(emotion, (1.0,), test)]
        return _with_neutral([*designed, *graded, *unseen, *self.ear_takes()])

    def groups(self) -> list[list[Take]]:
        """What the ear hears, by emotion and intensity, without neutral."""
        return [
            self._takes(emotion, (level,), self.graded) for emotion in self.emotions for level in self.guarded
        ]

    def ear_takes(self) -> list[Take]:
        """Everything that the ear hears, once."""
        return _with_neutral([take for group in self.groups() for take in group])

    def _takes(self, emotion: str, levels: Sequence[float], texts: Sequence[str]) -> list[Take]:
        return [
            Take(voice, emotion, level, text) for voice in self.voices for level in levels for text in texts
        ]


def _with_neutral(takes: Iterable[Take]) -> list[Take]:
    return list(dict.fromkeys(one for take in takes for one in (take.neutral, take)))
