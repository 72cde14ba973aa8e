"""Emoji and faces made of characters: nothing is said for them, but between two clauses they are a pause.

今天好开心😀我们走吧 => 今天好开心，我们走吧        今天好开心😀！ => 今天好开心！
好难过(T_T)怎么办 => 好难过，怎么办        (ω₁+ω₂)t => （欧米伽一加欧米伽二）t
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.rule import Pattern, Rule, Tagged, preceded_by, regex
from huisheng.text.normalization.tables import alternation, mapping, words
from huisheng.text.normalization.token import TokenKind

_VARIANTS: Final = mapping("variants")
_FACES: Final = {"".join(_VARIANTS.get(c, c) for c in face) for face in words("emoticons")}
_ONLY_IN_FACES: Final = frozenset("▽◕‿￣╯╰︶﹏ˊˋ▔ಠಥᴥﾟツㅂ౪ʖ╥⌒ヮᗜᴗ◡◞◟╬◉彡皿ﾉ✿❁❀")
_EYES: Final = Pattern(
    r"([\^;@·°⊙◎○●◇★☆ˇ¬눈ʘ❛♥Φ]|[^\w\s\u0021-\u007e\u3000-\u9fff∠√△])[_.\-—ωοoOvw▽△□∀Дεー3口︿﹏人∇ェ]{1,3}\1"
    r"|([=+$~-])[_.﹏ω▽]\2|([TOoQqUuXxn一])[_^ωwWvVaA皿口益∀△﹏]{1,3}\3|([TOQU])\.\4|[oO]_[oO]|>[_.﹏ω]<"
    r"|/[ω∇▽﹏]\\|ò.ó|^\^\^|^__$|^\W?··\W?$|'[ωεзд∀Д﹏]|'[^'`]{1,3}`|`[^'`]{1,3}'|≥.{1,2}≤",
    re.NOFLAG,
)
"""An eye, a mouth and the same eye."""
_WORD: Final = Pattern(r"[\u4e00-\u9fff]{2}|[A-Za-z]{3}|\d{2}", re.NOFLAG)
_PARTED: Final = Pattern(r"(?:[^\W_]{2}|[^\W_][）)”’》])\s*$", re.NOFLAG)
_GOES_ON: Final = Pattern(r"\s*(?:[“《（(【]?[^\W_]){2}", re.NOFLAG)
_WANTS: Final = frozenset("爱我是在吃喝买看去最很和给")
"""Before an emoji that stands for a word: 吃🍉, 我❤️你."""
_NAMED: Final = "".join(sign for sign in mapping("symbols") if len(sign) == 1 and sign > "\u2000")
_EMOJI: Final = (
    "[\U0001f000-\U0001f0ff\U0001f170-\U0001f1ff\U0001f300-\U0001fbef"
    "\u25a0-\u25ff\u2600-\u2775\u2795-\u2797\u27b0\u27bf\u2b00-\u2bff\u231a\u231b\u23e9-\u23fa※♪]"
)


def _pause(tagged: Tagged) -> str:
    """A comma between two clauses; nothing beside a mark, at either end of a line and for a word."""
    before = tagged.before.rstrip()
    parts = _PARTED.compiled.search(before) is not None and _GOES_ON.compiled.match(tagged.after) is not None
    return "，" if parts and before[-1] not in _WANTS else ""


def _is_face(tagged: Tagged) -> bool:
    """Whether brackets hold a face: what only faces have, or eyes that are alike, and no words."""
    face = tagged.fields["face"].replace(" ", "")
    if not face:
        return True
    if _WORD.compiled.search(face):
        return False
    return not _ONLY_IN_FACES.isdisjoint(face) or _EYES.compiled.search(face) is not None


_BEHIND_NO_WORD: Final = preceded_by(r"^|[^\w]")
FACE: Final = Rule(
    "face",
    TokenKind.MARK,
    "lo",
    regex(
        rf"(?=[{re.escape(''.join(sorted({face[0] for face in _FACES})))}(Xdmo~ヽヾ\\/Σ┗┏ᕦ乁♪☆\u0f3c])"
        rf"(?:{alternation(_FACES)}(?![\w(])|XD(?=[\s~!,。…]|$)"
        r"|(?:[ヽヾ\\/~Σ┗┏ᕦ乁♪☆\u0f3c]|[omd](?=\())?\((?P<face>[^()\n]{2,18})\)"
        r"(?:[^\S\n]?(?:\*:·ﾟ|[╯ノシゞづっつッﾞ☆♪~ブ彡ᕗᕤงﾉو✧♡♥︴︵┛┓/\u0f3d]|[┻┳]—{0,3}){1,8}|[omb](?![A-Za-z])){0,2})"
    ),
    _pause,
    lambda tagged: _BEHIND_NO_WORD(tagged) and _is_face(tagged),
)
EMOJI: Final = Rule(
    "emoji",
    TokenKind.MARK,
    "xo",
    regex(rf"(?:(?![{_NAMED}]){_EMOJI}[^\S\n]?)++"),
    _pause,
)
