"""The dictionary reading of every character of a phrase, and what each rests on.

Words first, then names, then rules; where a character has several readings and what stands around it may
overrule the dictionary, the model of polyphones decides, with all of these as its evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from huisheng.text.linear import Prediction
from huisheng.text.pronunciation.lexicon import NEUTRAL, Lexicon, Readings, with_tone
from huisheng.text.pronunciation.polyphones import (
    CharacterContext,
    PolyphoneModel,
    PolyphoneQuestion,
    PolyphoneRules,
)
from huisheng.text.pronunciation.sandhi import tone_by_form
from huisheng.text.resources import rows
from huisheng.text.segmentation import Word
from huisheng.types import CERTAIN, Grounds, GroundsSource

_PACKAGE: Final = "huisheng.text.pronunciation"
_TEXT: Final = "huisheng.text"
_PERSON: Final = "nr"
_SURNAME: Final = "姓"
_NUMBER_TAG: Final = "m"
_NEEDED: Final[Mapping[GroundsSource, float]] = {
    "word": 0.6,
    "name": 0.6,
    "rule": 0.5,
    "number": 0.5,
    "character": 0.5,
}
"""How sure the model must be to overrule a proposal from this source."""
_TRUSTED: Final = frozenset({"word4", "part4"})
"""Kinds of proposals that no context overrules."""
_DOUBTFUL: Final = 0.1
"""Probability from which another reading is worth telling."""
_LONG: Final = 4
"""A proposal tells the lengths of words apart up to this."""
_WORDS_KEPT: Final = 8192
"""Words of which a reader remembers what is the same wherever they stand."""


class CharacterReading(NamedTuple):
    """What a character says, and why."""

    pinyin: str
    grounds: Grounds = CERTAIN


class _Proposal(NamedTuple):
    """What a dictionary or rule says of one character; `kind` as the model knows it, empty if it does not."""

    pinyin: str
    source: GroundsSource
    kind: str = ""


class _Doubt(NamedTuple):
    """A character whose reading the model decides.

    Attributes:
        first: what it is without the model.
        by_sense: whether the model tells the senses of the word by this character.
        question: what the model is asked.
    """

    first: _Proposal
    by_sense: bool
    question: PolyphoneQuestion


class _WordFacts(NamedTuple):
    """What is known of a word wherever it stands, mostly one of a kind for each character.

    Attributes:
        proposals: by dictionaries, the most trusted first.
        groups: of the model that decides; empty where it does not.
        senses: whether the model tells the senses of the word by this character.
        settled: the reading, None where it depends on what stands around.
        surname: how it is read as a surname; empty when that is as usual.
    """

    proposals: tuple[tuple[_Proposal, ...], ...]
    groups: tuple[str, ...]
    senses: tuple[bool, ...]
    settled: tuple[CharacterReading | None, ...]
    surname: Readings


class Reader:
    """Reads phrases. Safe to use from several threads.

    Args:
        lexicon: readings of words and characters.
        model: decides between readings; None leaves that to dictionaries and rules.
    """

    def __init__(self, lexicon: Lexicon, model: PolyphoneModel | None) -> None:
        self._lexicon = lexicon
        self._model = model
        self._rules = PolyphoneRules()
        table = [row for row in rows(_TEXT, "surnames.tsv") if len(row) > 1]
        self._surnames = {row[0]: tuple(row[1].split(" ")) for row in table}
        self._only_asked = frozenset(row[0] for row in table if len(row) > 2)
        self._given = frozenset(character for row in rows(_TEXT, "given_names.tsv") for character in row[0])
        self._titles = frozenset(row[0] for row in rows(_PACKAGE, "titles.tsv"))
        self._facts = lru_cache(maxsize=_WORDS_KEPT)(self._find_facts)

    def read(self, words: Sequence[Word]) -> tuple[CharacterReading, ...]:
        """Dictionary readings of a phrase.

        Args:
            words: of the phrase, without marks.

        Returns:
            One for each character of the words together; its pinyin is empty where there is no reading.
        """
        return self.read_all([words])[0]

    def read_all(self, phrases: Sequence[Sequence[Word]]) -> list[tuple[CharacterReading, ...]]:
        """The same for several phrases, which takes less time than one by one."""
        found = [self._look_up_all(words) for words in phrases]
        answers = self._ask([each for phrase in found for each in phrase if isinstance(each, _Doubt)])
        return [self._settle(*pair, answers) for pair in zip(phrases, found, strict=True)]

    def evidence(self, context: CharacterContext) -> list[str]:
        """What dictionaries and rules propose for one character, as the model's features."""
        words, position, offset, _, _ = context
        word = words[position]
        facts = self._facts(word.text, "character")
        surname = self._surname(words, position, facts)[offset : offset + 1]
        names = [_Proposal(pinyin, "name", "name") for pinyin in surname]
        rule = self._rules.reading(context)
        return self._evidence(word.text[offset], [*names, *facts.proposals[offset]], rule)

    def _look_up_all(self, words: Sequence[Word]) -> list[CharacterReading | _Doubt]:
        """The characters of a phrase, by dictionaries and rules as far as they decide."""
        text = "".join([word.text for word in words])
        found: list[CharacterReading | _Doubt] = []
        for position in range(len(words)):
            found += self._look_up(words, position, text, len(found))
        return found

    def _look_up(
        self, words: Sequence[Word], position: int, text: str, start: int
    ) -> Sequence[CharacterReading | _Doubt]:
        """The same for one word, whose first character is at `start` of the text."""
        facts = self._facts_of(words[position])
        surname = self._surname(words, position, facts) if facts.surname else ()
        found: list[CharacterReading | _Doubt] = []
        for offset, settled in enumerate(facts.settled):
            if settled is not None and offset >= len(surname):
                found.append(settled)
                continue
            context = CharacterContext(words, position, offset, text, start + offset)
            proposals = facts.proposals[offset]
            if offset < len(surname):
                proposals = (_Proposal(surname[offset], "name", "name"), *proposals)
            found.append(self._weigh(context, facts, proposals))
        return found

    def _weigh(
        self, context: CharacterContext, facts: _WordFacts, proposals: Sequence[_Proposal]
    ) -> CharacterReading | _Doubt:
        """One character: the first proposal, a rule or the lexicon; in doubt where the model knows it."""
        words, position, offset, _, _ = context
        rule = self._rules.reading(context)
        if proposals:
            first = proposals[0]
        elif rule:
            first = _Proposal(rule, "rule")
        else:
            first = _Proposal(self._lexicon.character(context.character), _alone(words[position]))
        group = facts.groups[offset]
        if not group or first.kind in _TRUSTED:
            return CharacterReading(first.pinyin, Grounds(first.source))
        evidence = self._evidence(context.character, proposals, rule)
        return _Doubt(first, facts.senses[offset], PolyphoneQuestion(group, context, evidence))

    def _ask(self, doubts: Sequence[_Doubt]) -> Iterator[Prediction]:
        """What the model says of each; it is asked once."""
        return iter(self._model.choose([doubt.question for doubt in doubts]) if self._model else ())

    def _settle(
        self,
        words: Sequence[Word],
        found: Sequence[CharacterReading | _Doubt],
        answers: Iterator[Prediction],
    ) -> tuple[CharacterReading, ...]:
        """The readings of a phrase, when the model has answered."""
        readings = [self._decide(each, next(answers)) if isinstance(each, _Doubt) else each for each in found]
        self._change_by_form(words, readings)
        return tuple(readings)

    @staticmethod
    def _decide(doubt: _Doubt, answer: Prediction) -> CharacterReading:
        """The first proposal, unless the model is sure enough of another reading."""
        first, by_sense, _ = doubt
        label, confidence = answer.ranked[0]
        others = tuple([other for other, odds in answer.ranked[1:] if odds > _DOUBTFUL])
        light = first.pinyin.endswith(NEUTRAL) and first.pinyin[:-1] == label[:-1]  # 头发 fa5 for fa4
        if label == first.pinyin or (light and not by_sense):
            apart = tuple([other for other in others if other != first.pinyin])
            return CharacterReading(first.pinyin, Grounds(first.source, apart, confidence))
        if confidence < _NEEDED[first.source]:
            return CharacterReading(
                first.pinyin, Grounds(first.source, (label,), dict(answer.ranked).get(first.pinyin, 0.0))
            )
        return CharacterReading(label, Grounds("model", others, confidence))

    def _change_by_form(self, words: Sequence[Word], readings: list[CharacterReading]) -> None:
        """The form of a word makes some of its characters light."""
        start = 0
        for position, word in enumerate(words):
            change = tone_by_form(word, words[position - 1] if position else None)
            if change is not None and not self._facts_of(word).senses[change.syllable]:
                place = start + change.syllable % len(word.text)
                changed = with_tone(readings[place].pinyin, change.tone)
                if changed != readings[place].pinyin:
                    readings[place] = CharacterReading(changed, Grounds("rule"))
            start += len(word.text)

    def _facts_of(self, word: Word) -> _WordFacts:
        """What is known of a word of a phrase."""
        return self._facts(word.text, _alone(word))

    def _evidence(self, character: str, proposals: Sequence[_Proposal], rule: str | None) -> list[str]:
        """What is proposed for a character, as the model's features."""
        evidence = [f"{kind}={pinyin}" for pinyin, _, kind in proposals] or ["alone"]
        for pinyin, _, _ in proposals:
            if pinyin.endswith(NEUTRAL):
                evidence.append(f"full={self._lexicon.full_tone(character, pinyin)}")
        return [*evidence, f"rule={rule}"] if rule else evidence

    def _find_facts(self, text: str, alone: GroundsSource) -> _WordFacts:
        """What is known of a word.

        Args:
            text: of the word.
            alone: what a character rests on that no word decides.
        """
        proposals = self._propose(text)
        groups = tuple(self._model.group(text, offset) if self._model else "" for offset in range(len(text)))
        senses = tuple(group not in ("", character) for group, character in zip(groups, text, strict=True))
        settled: list[CharacterReading | None] = [None] * len(text)
        for offset, character in enumerate(text):
            if proposals[offset]:
                first = proposals[offset][0]
                if not groups[offset] or first.kind in _TRUSTED:
                    settled[offset] = CharacterReading(first.pinyin, Grounds(first.source))
            elif not groups[offset] and character not in self._rules:
                settled[offset] = CharacterReading(self._lexicon.character(character), Grounds(alone))
        surname = self._surnames.get(text[:2]) or self._surnames.get(text[:1]) or ()
        return _WordFacts(proposals, groups, senses, tuple(settled), surname)

    def _propose(self, text: str) -> tuple[tuple[_Proposal, ...], ...]:
        """What dictionaries say of each character of a word: the word, else its parts."""
        found: list[tuple[_Proposal, ...]] = [()] * len(text)
        known = self._lexicon.word(text)
        if not known and len(text) == 4 and text[0] == text[1] != text[2] == text[3]:
            known = self._read_doubled(text[0] + text[2])
        kind, parts = ("word", [(0, known)]) if known else ("part", self._lexicon.parts(text))
        for start, part in parts:
            for offset, pinyin in enumerate(part, start):
                found[offset] = (_Proposal(pinyin, "word", f"{kind}{min(len(part), _LONG)}"),)
        return tuple(found)

    def _read_doubled(self, word: str) -> Readings:
        """AABB of a word AB, each syllable in its full tone: 清清楚楚."""
        known = self._lexicon.word(word) or tuple(map(self._lexicon.character, word))
        full = map(self._lexicon.full_tone, word, known)
        return tuple(syllable for syllable in full for _ in range(2))

    def _surname(self, words: Sequence[Word], position: int, facts: _WordFacts) -> Readings:
        """Reading of a surname in a name, after 姓 or before a title; empty when it is a usual one."""
        word = words[position]
        asked = position > 0 and words[position - 1].text.endswith(_SURNAME)
        addressed = position + 1 < len(words) and words[position + 1].text in self._titles
        named = self._is_name(word) and not self._lexicon.word(word.text)
        if named or asked or (addressed and word.text in self._surnames):
            return facts.surname
        return ()

    def _is_name(self, word: Word) -> bool:
        """Whether a word is a surname and a given name, not just tagged as a name: 黑客 is not."""
        if not word.tag.startswith(_PERSON) or word.text[0] in self._only_asked:
            return False
        return word.text[:2] in self._surnames or self._given.issuperset(word.text[1:])


def _alone(word: Word) -> GroundsSource:
    """What a character of a word rests on that no dictionary's word decides."""
    return "number" if word.tag.startswith(_NUMBER_TAG) else "character"
