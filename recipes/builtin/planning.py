"""Which speaker says what, and how: the plan of the corpus.

Every text that was written for the voice is said once. The front-end's texts fill up what the plan still
lacks, each time the one whose syllables are rarest so far. How a sentence is said follows from its text
alone, so more texts can be added later; and utterances are sorted by the hash of their text, so that a corpus
that was stopped half-way is like the whole.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from huisheng.emotion.names import NAMES
from huisheng.text.frontend import Frontend
from huisheng.types import Emotion, EmotionName, Mark, Syllable
from recipes.builtin.lines import Line, Novelty, emotional, own_lines, plain

EMOTIONAL: Final = 1_300
"""Texts of the front-end that show an emotion."""
FILLED: Final = {"breaks": 700, "polyphones": 1_100}
"""Texts of each kind that fill up the plan."""
CANDIDATES: Final = 12
"""Texts among which the next is chosen."""

NEUTRAL: Final = 0.5
"""Share of the texts without an emotion of their own that are said without one."""
OWN: Final = 0.8
"""Share of the texts with an emotion of their own that are said in it."""
INTENSITIES: Final = ((0.5, 0.15), (1.0, 0.4), (1.5, 0.2), (2.0, 0.25))
"""Strength of an emotion and its share."""
HURRIED: Final = 0.12
RAISED: Final = 0.2
"""Shares of the texts that are said at another speed, and at another pitch: users may ask for both."""
SPEEDS: Final = (0.8, 1.2)
"""Ratios."""
PITCHES: Final = (-4.0, 4.0)
"""Semitones."""

_EMOTIONS: Final[tuple[EmotionName, ...]] = tuple(name for name in NAMES if name != "neutral")


class PlannedUtterance(NamedTuple):
    """One sentence to be recorded.

    Attributes:
        id: of the utterance, and name of its recording.
        text: a single sentence.
        kind: of the text.
        speaker: id.
        emotion: name.
        intensity: 0.5…2; 1 where neutral.
        speed: ratio.
        pitch: semitones.
    """

    id: str
    text: str
    kind: str
    speaker: str
    emotion: EmotionName
    intensity: float
    speed: float
    pitch: float

    @property
    def emotion_value(self) -> Emotion:
        """Emotion and intensity as one value."""
        return Emotion(self.emotion, self.intensity)


def make_plan(frontend: Frontend, speakers: Sequence[str]) -> list[PlannedUtterance]:
    """The whole corpus, in the order in which it is spoken; no sentence of it is one to be judged by."""
    novel = Novelty()
    utterances = plan_utterances(_choose_lines(frontend, novel), frontend, speakers)
    return [utterance for utterance in utterances if novel(utterance.text)]


def plan_utterances(
    lines: Iterable[Line], frontend: Frontend, speakers: Sequence[str]
) -> list[PlannedUtterance]:
    """Each sentence of the texts once, by the hash of its text; where nothing is spoken there is none."""
    utterances: dict[str, PlannedUtterance] = {}
    for line in lines:
        for sentence in frontend.sentences(line.text):
            if any(not isinstance(item, Mark) for item in sentence.items):
                text = line.text[sentence.span.start : sentence.span.end].strip()
                utterance = _plan_utterance(line._replace(text=text), speakers)
                utterances.setdefault(utterance.id, utterance)
    return [utterances[name] for name in sorted(utterances)]


def save(plan: Sequence[PlannedUtterance], path: Path) -> None:
    """One JSON list a line."""
    text = "".join(json.dumps(utterance, ensure_ascii=False) + "\n" for utterance in plan)
    path.write_text(text, encoding="utf-8")


def load(path: Path) -> list[PlannedUtterance]:
    """What `save` wrote."""
    return [PlannedUtterance(*json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _choose_lines(frontend: Frontend, novel: Novelty) -> list[Line]:
    fresh = Fresh(novel)
    lines = [line for line in own_lines() if fresh(line)]
    with_emotion = sorted((line for line in emotional() if fresh(line)), key=_hash)
    lines += with_emotion[:EMOTIONAL]
    rarity = Rarity(frontend)
    for line in lines:
        rarity.count(line.text)
    for kind, wanted in FILLED.items():
        pool = sorted((line for line in plain() if line.kind == kind and fresh(line)), key=_hash)
        lines += _rarest(pool, wanted, rarity)
    return lines


def _rarest(pool: Sequence[Line], wanted: int, rarity: Rarity) -> Iterator[Line]:
    """Each time the best of the next few of the pool."""
    for start in range(0, min(wanted * CANDIDATES, len(pool)), CANDIDATES):
        best = max(pool[start : start + CANDIDATES], key=lambda line: rarity(line.text))
        rarity.count(best.text)
        yield best


class Fresh:
    """Lets each text pass once, and those that must not be learned never.

    Args:
        novel: knows the latter.
    """

    def __init__(self, novel: Novelty) -> None:
        self._novel = novel
        self._known: set[str] = set()

    def __call__(self, line: Line) -> bool:
        """Whether a text may be said."""
        fresh = line.text not in self._known and self._novel(line.text)
        self._known.add(line.text)
        return fresh


class Rarity:
    """How much a text would add to the syllables, tones among them, that were counted so far."""

    def __init__(self, frontend: Frontend) -> None:
        self._frontend = frontend
        self._counts = Counter[str]()

    def __call__(self, text: str) -> float:
        """Mean over its syllables of 1 / (how often each was counted + 1)."""
        syllables = self._syllables(text)
        return sum(1.0 / (self._counts[syllable] + 1) for syllable in syllables) / max(1, len(syllables))

    def count(self, text: str) -> None:
        """Its syllables will be spoken."""
        self._counts.update(self._syllables(text))

    def _syllables(self, text: str) -> list[str]:
        return [
            item.surface
            for sentence in self._frontend.sentences(text)
            for item in sentence.items
            if isinstance(item, Syllable)
        ]


def _plan_utterance(line: Line, speakers: Sequence[str]) -> PlannedUtterance:
    name = _hash(line)
    chance = random.Random(name)
    speaker = chance.choice(speakers)
    emotion = _choose_emotion(line, chance)
    intensity = 1.0 if emotion == "neutral" else _choose_value(INTENSITIES, chance)
    speed = round(chance.uniform(*SPEEDS), 2) if chance.random() < HURRIED else 1.0
    pitch = round(chance.uniform(*PITCHES), 1) if chance.random() < RAISED else 0.0
    return PlannedUtterance(name, line.text, line.kind, speaker, emotion, intensity, speed, pitch)


def _hash(line: Line) -> str:
    return hashlib.sha256(line.text.encode()).hexdigest()[:12]


def _choose_emotion(line: Line, chance: random.Random) -> EmotionName:
    if line.emotion and chance.random() < OWN:
        return next(name for name in _EMOTIONS if name == line.emotion)
    return "neutral" if chance.random() < NEUTRAL else chance.choice(_EMOTIONS)


def _choose_value(shares: Sequence[tuple[float, float]], chance: random.Random) -> float:
    values, weights = zip(*shares, strict=True)
    return chance.choices(values, weights)[0]
