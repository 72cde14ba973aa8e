"""A user's lexicon applied to a script: its words become directions of the script."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from huisheng.errors import SpokenTextTooLong
from huisheng.text.markup.script import Phonemes, Script
from huisheng.text.pronunciation.user import LexiconMatch, UserLexicon
from huisheng.types import Span


def with_lexicon(script: Script, lexicon: UserLexicon, limit: int = sys.maxsize) -> Script:
    """The script in which every word of the lexicon is said as it asks; what markup says stays.

    Args:
        script: of the text.
        lexicon: its aliases take the place of words.
        limit: characters that the text may have then.

    Raises:
        SpokenTextTooLong: it would have more; nothing is rewritten.
    """
    if not lexicon:
        return script
    found = [
        each
        for each in lexicon.find(script.text)
        if not _is_directed(script, each) and not _is_parted(script, each)
    ]
    longer = sum(len(each.entry.alias) - (each.end - each.start) for each in found if each.entry.alias)
    if len(script.text) + longer > limit:
        raise SpokenTextTooLong(len(script.text) + longer, limit)
    return _Rewriting(script, found).script() if found else script


def _is_directed(script: Script, found: LexiconMatch) -> bool:
    """Whether markup has already decided over a part of it."""
    place = bisect_right(script.directives, found.end - 1, key=lambda directive: directive.span.start)
    return place > 0 and script.directives[place - 1].span.end > found.start


def _is_parted(script: Script, found: LexiconMatch) -> bool:
    """Whether markup asks for silence inside it."""
    place = bisect_right(script.rests, found.start, key=lambda rest: rest.at)
    return place < len(script.rests) and script.rests[place].at < found.end


@dataclass(slots=True)
class _Rewriting:
    """A script while aliases take the place of words: every later offset moves."""

    old: Script
    found: Sequence[LexiconMatch]
    _text: list[str] = field(default_factory=list[str])
    _starts: list[int] = field(default_factory=list[int])
    _ends: list[int] = field(default_factory=list[int])
    _cuts: list[int] = field(default_factory=list[int])
    _moves: list[int] = field(default_factory=list[int])

    def script(self) -> Script:
        """The result."""
        said = [self._replace(each) for each in self.found]
        self._keep(len(self.old.text))
        old = self.old
        moved = [replace(each, span=self._move(each.span)) for each in old.directives]
        ours = [each for each in said if each is not None]
        return Script(
            old.source,
            "".join(self._text),
            self._starts,
            self._ends,
            tuple(sorted((*moved, *ours), key=lambda each: each.span.start)),
            tuple(replace(each, at=self._place(each.at)) for each in old.rests),
            tuple(replace(each, at=self._place(each.at)) for each in old.changes),
            tuple(replace(each, at=self._place(each.at)) for each in old.bookmarks),
            old.notices,
        )

    @property
    def _end(self) -> int:
        return self._cuts[-1] if self._cuts else 0

    def _replace(self, found: LexiconMatch) -> Phonemes | None:
        self._keep(found.start)
        start = len(self._text)
        if not found.entry.alias:
            self._keep(found.end)
            return Phonemes(Span(start, len(self._text)), found.entry.readings, by_user=True)
        origin = self.old.origin(Span(found.start, found.end))
        self._text += found.entry.alias
        self._starts += [origin.start] * len(found.entry.alias)
        self._ends += [origin.end] * len(found.entry.alias)
        self._note_move(found.end)
        return None

    def _keep(self, end: int) -> None:
        """Copy what has not been taken yet."""
        start = self._end
        self._text += self.old.text[start:end]
        self._starts += self.old.starts[start:end] or range(start, end)
        self._ends += self.old.ends[start:end] or range(start + 1, end + 1)
        self._note_move(end)

    def _note_move(self, end: int) -> None:
        self._cuts.append(end)
        self._moves.append(len(self._text) - end)

    def _place(self, at: int) -> int:
        """Where an offset has moved; one inside a word to the end of its alias at most."""
        index = bisect_right(self._cuts, at)
        place = at + (self._moves[index - 1] if index else 0)
        return min(place, self._cuts[index] + self._moves[index]) if index < len(self._cuts) else place

    def _move(self, span: Span) -> Span:
        start = self._place(span.start)
        return Span(start, start + span.end - span.start)
