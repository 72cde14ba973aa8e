"""The front-end: a text of any length in, annotated sentences out, one by one.

It composes the other modules and knows nothing that they know: units of text are written out, cut into
phrases, read and grouped. A `Script` is a text with directions; a plain text is a script without any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from huisheng import forking
from huisheng.errors import InvalidText
from huisheng.text import mood, prosody, segmentation
from huisheng.text.assembly import Assembly, Tools, followed
from huisheng.text.dictionary import open_dictionary
from huisheng.text.directions import orders, tokens
from huisheng.text.markup.script import Script, plain_script
from huisheng.text.mood import Mood, MoodReader
from huisheng.text.normalization.token import Token, TokenKind
from huisheng.text.phrase import phrases
from huisheng.text.pronunciation import english, lexicon, model
from huisheng.text.pronunciation.english import English
from huisheng.text.pronunciation.erhua import Erhua
from huisheng.text.pronunciation.lexicon import Lexicon
from huisheng.text.pronunciation.reader import Reader
from huisheng.text.pronunciation.sandhi import Sandhi
from huisheng.text.prosody import Prosody
from huisheng.text.segmentation import Segmenter
from huisheng.text.sentence import Unit, units
from huisheng.types import Break, EnglishWord, Intonation, Mark, Note, Sentence, Span, SpokenItem
from huisheng.units import Seconds

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_STOPS: Final = "，、；：。！？…—"
_BRACKETS: Final = "“”（）"
LONGEST_SPOKEN: Final = 400
"""Characters that are said in one sentence: twice those of a unit, for its numbers and signs."""

_NO_PAUSE: Final = Seconds(0.0)
_UNNOTED: Final = frozenset({TokenKind.TEXT, TokenKind.MARK, TokenKind.SILENT})


class Frontend:
    """Turns text into sentences. Safe to use from several threads; dictionaries are loaded once, when needed.

    Args:
        cache: folder of the compiled dictionaries; the user's cache folder by default.
        contextual: whether the model of polyphones decides readings; without it, words and rules do.
    """

    def __init__(self, cache: Path | None = None, *, contextual: bool = True) -> None:
        self._cache = cache
        self._contextual = contextual
        self._lock = forking.make_lock()
        self._loaded: Tools | None = None

    def load(self) -> None:
        """Load the dictionaries now. The very first time they are compiled, which takes seconds.

        Raises:
            SetupError: their data is not installed.
        """
        self._tools()

    def sentences(self, text: str | Script, *, continued: bool = False) -> Iterator[Sentence]:
        """The sentences of a text, each made when asked for. Their spans cover the source once, in order.

        A unit without anything to say is a sentence without spoken items.

        Args:
            text: what is read.
            continued: whether it is a part of something longer, and not its end.

        Raises:
            InvalidText: the text holds lone surrogates; raised at once.
            SetupError: dictionary data is not installed; raised with the first sentence.
        """
        script = plain_script(text) if isinstance(text, str) else text
        if _SURROGATE.search(script.text):
            raise InvalidText
        cut = units(script.text, continued=continued)
        return chain.from_iterable(self._sentences(script, unit) for unit in cut)

    def mood(self, text: str) -> Mood:
        """The feeling that a text would be spoken with, as its words suggest.

        Raises:
            InvalidText: the text holds lone surrogates.
            SetupError: dictionary data is not installed.
        """
        if _SURROGATE.search(text):
            raise InvalidText
        return MoodReader(self._tools().segmenter, mood.shipped()).suggest(text)

    def _tools(self) -> Tools:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._cache, contextual=self._contextual)
            return self._loaded

    def _sentences(self, script: Script, unit: Unit) -> Iterator[Sentence]:
        """One sentence; several where a unit becomes too long when it is written out."""
        assembly = Assembly(self._tools(), script, orders(script, unit.span))
        parts = list(_parts(tokens(script, unit.span)))
        for made in parts[:-1]:
            yield self._sentence(assembly, Unit(_extent(made), _NO_PAUSE), made)
        begin = _extent(parts[-1]).start if len(parts) > 1 else unit.span.start
        yield self._sentence(assembly, Unit(Span(begin, unit.span.end), unit.pause), parts[-1])

    def _sentence(self, assembly: Assembly, unit: Unit, made: Sequence[Token]) -> Sentence:
        script = assembly.script
        found = chain.from_iterable(map(assembly.items, phrases(made, assembly.tools.segmenter)))
        items = tuple(followed(list(found), Break.SENTENCE))
        span = script.cover(unit.span)
        return Sentence(span, _spoken(items), items, _intonation(items), unit.pause, _notes(script, made))


def _load(cache: Path | None, *, contextual: bool) -> Tools:
    words = open_dictionary(segmentation.source(lexicon.own_words()), cache)
    readings = Lexicon(open_dictionary(lexicon.source(), cache))
    return Tools(
        segmenter=Segmenter(words),
        reader=Reader(readings, model.shipped() if contextual else None),
        erhua=Erhua(),
        sandhi=Sandhi(lambda word: words.get(word) is not None),
        english=English(open_dictionary(english.source(), cache)),
        prosody=Prosody(),
    )


def _parts(made: Iterable[Token]) -> Iterator[list[Token]]:
    """The tokens of a unit in lists, at least one; at most `LONGEST_SPOKEN` characters are said for a list of
    several tokens.
    """
    part: list[Token] = []
    length = 0
    for token in made:
        if part and length + len(token.spoken) > LONGEST_SPOKEN:
            yield part
            part, length = [], 0
        part.append(token)
        length += len(token.spoken)
    yield part


def _extent(made: Sequence[Token]) -> Span:
    return Span(made[0].span.start, made[-1].span.end)


def _notes(script: Script, made: Sequence[Token]) -> tuple[Note, ...]:
    return tuple(
        Note(script.origin(token.span), token.spoken, token.rule, token.others)
        for token in made
        if token.kind not in _UNNOTED
    )


def _spoken(items: Sequence[SpokenItem]) -> str:
    """What is said; a blank keeps two English words apart."""
    said = ""
    for item in items:
        blank = isinstance(item, EnglishWord) and said[-1:].isascii() and said[-1:].isalpha()
        said += " " + item.text if blank else item.text
    return said


def _intonation(items: Sequence[SpokenItem]) -> Intonation:
    """By the last mark that is written, behind whatever brackets and quotes; silence asked for is none."""
    heard = [item for item in items if not (isinstance(item, Mark) and item.exact)]
    end = _spoken(heard).rstrip(_BRACKETS)
    mark = end[-1:] if end[-1:] in _STOPS else ""
    return prosody.intonation(mark, end.rstrip(_STOPS))
