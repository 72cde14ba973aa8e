"""The dictionary reading of every character of a phrase, and what each rests on.

Words first, then names, then rules; where a character has several readings and what stands around it may
overrule the dictionary, the model of polyphones decides, with all of these as its evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from huisheng.text.pronunciation.context import Place
from huisheng.text.pronunciation.lexicon import Lexicon, Readings
from huisheng.text.pronunciation.model import PolyphoneModel
from huisheng.text.pronunciation.neutral import lightened
from huisheng.text.pronunciation.pinyin import NEUTRAL
from huisheng.text.pronunciation.polyphones import Polyphones
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
_LONG: Final = 4
"""A proposal tells the lengths of words apart up to this."""


class Reading(NamedTuple):
    """What a character says, and why."""

    pinyin: str
    grounds: Grounds = CERTAIN


class _Proposal(NamedTuple):
    """What a dictionary or rule says of one character; `kind` as the model knows it, empty if it does not."""

    pinyin: str
    source: GroundsSource
    kind: str = ""


class Reader:
    """Reads phrases. Safe to use from several threads.

    Args:
        lexicon: readings of words and characters.
        model: decides between readings; None leaves that to dictionaries and rules.
    """

    def __init__(self, lexicon: Lexicon, model: PolyphoneModel | None) -> None:
        self._lexicon = lexicon
        self._model = model
        self._polyphones = Polyphones()
        table = [row for row in rows(_TEXT, "surnames.tsv") if len(row) > 1]
        self._surnames = {row[0]: tuple(row[1].split(" ")) for row in table}
        self._only_asked = frozenset(row[0] for row in table if len(row) > 2)
        self._given = frozenset(character for row in rows(_TEXT, "given_names.tsv") for character in row[0])
        self._titles = frozenset(row[0] for row in rows(_PACKAGE, "titles.tsv"))

    def read(self, words: Sequence[Word]) -> tuple[Reading, ...]:
        """Dictionary readings of a phrase.

        Args:
            words: of the phrase, without marks.

        Returns:
            One for each character of the words together; its pinyin is empty where there is no reading.
        """
        text = "".join(word.text for word in words)
        readings: list[Reading] = []
        for position in range(len(words)):
            readings += self._word(words, position, text, len(readings))
        return tuple(readings)

    def evidence(self, place: Place) -> list[str]:
        """What dictionaries and rules propose for one character, as the model's features."""
        return self._evidence(place, self._proposals(place.words, place.position)[place.offset])

    def _evidence(self, place: Place, proposals: Sequence[_Proposal]) -> list[str]:
        rule = self._polyphones.reading(place.words, place.position, place.offset)
        found = [proposal for proposal in proposals if proposal.kind]
        said = [f"{proposal.kind}={proposal.pinyin}" for proposal in found]
        full = [
            f"full={self._lexicon.full_tone(place.character, proposal.pinyin)}"
            for proposal in found
            if proposal.pinyin.endswith(NEUTRAL)
        ]
        return [*(said or ["alone"]), *full, *([f"rule={rule}"] if rule else [])]

    def _word(self, words: Sequence[Word], position: int, text: str, start: int) -> list[Reading]:
        """The characters of one word; its form makes some of them light."""
        proposals = self._proposals(words, position)
        places = [Place(words, position, offset, text, start + offset) for offset in range(len(proposals))]
        said = list(map(self._read, places, proposals))
        before = words[position - 1] if position else None
        light = lightened(words[position], tuple(reading.pinyin for reading in said), before)
        return list(map(self._formed, places, said, light))

    def _formed(self, place: Place, reading: Reading, pinyin: str) -> Reading:
        """What the form of a word asks for, but where the model tells the senses of the word."""
        told = self._model is not None and self._model.tells_senses(place)
        return reading if told or reading.pinyin == pinyin else Reading(pinyin, Grounds("rule"))

    def _read(self, place: Place, proposals: Sequence[_Proposal]) -> Reading:
        """One character: the model where it knows the character, else the first proposal."""
        first = proposals[0] if proposals else self._alone(place)
        if self._model is None or not self._model.decides(place, first.kind):
            return Reading(first.pinyin, Grounds(first.source))
        choice = self._model.choose(place, self._evidence(place, proposals))
        others = tuple(other for other, odds in choice.ranked[1:] if odds > self._model.doubtful)
        light = _is_lightened(first.pinyin, choice.label) and not self._model.tells_senses(place)
        if choice.label == first.pinyin or light:
            apart = tuple(other for other in others if other != first.pinyin)
            return Reading(first.pinyin, Grounds(first.source, apart, choice.confidence))
        if choice.confidence < _NEEDED[first.source]:
            doubted = dict(choice.ranked).get(first.pinyin, 0.0)
            return Reading(first.pinyin, Grounds(first.source, (choice.label,), doubted))
        return Reading(choice.label, Grounds("model", others, choice.confidence))

    def _alone(self, place: Place) -> _Proposal:
        """A character that no word and no name decides."""
        rule = self._polyphones.reading(place.words, place.position, place.offset)
        if rule:
            return _Proposal(rule, "rule")
        source = "number" if place.words[place.position].tag.startswith(_NUMBER_TAG) else "character"
        return _Proposal(self._lexicon.character(place.character), source)

    def _proposals(self, words: Sequence[Word], position: int) -> list[list[_Proposal]]:
        """What words and names say of each character of a word, the most trusted first."""
        word = words[position]
        found: list[list[_Proposal]] = [[] for _ in word.text]
        for offset, pinyin in enumerate(self._surname(words, position)):
            found[offset].append(_Proposal(pinyin, "name", "name"))
        known = self._lexicon.word(word.text)
        if not known and _is_doubled_pair(word.text):
            known = self._doubled(word.text[0] + word.text[2])
        for start, part, kind in [(0, known, "word")] if known else self._parts(word.text):
            for offset, pinyin in enumerate(part, start):
                found[offset].append(_Proposal(pinyin, "word", f"{kind}{min(len(part), _LONG)}"))
        return found

    def _parts(self, text: str) -> Iterator[tuple[int, Readings, str]]:
        return ((start, part, "part") for start, part in self._lexicon.parts(text))

    def _doubled(self, word: str) -> Readings:
        """AABB of a word AB, each syllable in its full tone: 清清楚楚."""
        known = self._lexicon.word(word) or tuple(map(self._lexicon.character, word))
        full = map(self._lexicon.full_tone, word, known)
        return tuple(syllable for syllable in full for _ in range(2))

    def _surname(self, words: Sequence[Word], position: int) -> Readings:
        """Reading of a surname in a name, after 姓 or before a title; empty when it is a usual one."""
        word = words[position]
        asked = position > 0 and words[position - 1].text.endswith(_SURNAME)
        addressed = position + 1 < len(words) and words[position + 1].text in self._titles
        if self._is_name(word) or asked or (addressed and word.text in self._surnames):
            return self._surnames.get(word.text[:2]) or self._surnames.get(word.text[:1]) or ()
        return ()

    def _is_name(self, word: Word) -> bool:
        """Whether a word is a surname and a given name, not just tagged as a name: 黑客 is not."""
        if not word.tag.startswith(_PERSON) or word.text[0] in self._only_asked:
            return False
        return word.text[:2] in self._surnames or self._given.issuperset(word.text[1:])


def _is_lightened(pinyin: str, full: str) -> bool:
    """Whether a word makes a reading light that it otherwise has in full: 头发 fa5 for fa4."""
    return pinyin.endswith(NEUTRAL) and pinyin[:-1] == full[:-1]


def _is_doubled_pair(text: str) -> bool:
    return len(text) == 4 and text[0] == text[1] != text[2] == text[3]
