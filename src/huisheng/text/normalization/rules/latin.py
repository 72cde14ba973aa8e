"""English words, acronyms, and names made of letters and numbers.

    NBA => N B A        NASA => NASA        ChatGPT => Chat G P T        iPhone15 => iPhone十五
    H.264 => H 点二六四        50w粉丝 => 五十万粉丝        3k+点赞 => 三千加点赞        12.5x => 十二点五倍

A word is kept for the pronunciation lexicon; an acronym is spelt, unless data/acronym_words.tsv has it.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

from huisheng.text.normalization.numerals import cardinal, counting_number, digit_string, measure_word, number
from huisheng.text.normalization.rule import (
    Pattern,
    Rule,
    Tagged,
    either,
    every,
    followed_by,
    preceded_by,
    regex,
    unless,
)
from huisheng.text.normalization.rules.math import IN_FORMULA
from huisheng.text.normalization.tables import alternation, mapping, words
from huisheng.text.normalization.token import TokenKind

_WORDS: Final = words("acronym_words")
_SPELT: Final = words("spelt_words")
_SAID: Final = mapping("latin_words")
_PARTS: Final = re.compile("[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]")
_PRONOUNCEABLE: Final = re.compile(
    "[^AEIOUY]{0,2}[AEIOUY]{1,2}(?:[^AEIOUY]{1,2}[AEIOUY]{1,2})+[^AEIOUY]{0,2}"
)
_PLURAL: Final = re.compile("[A-Z]{2,}s")
_COUNTED_LETTERS: Final = frozenset({"T", "M"})
"""Letters that count something: 2T is 两 T; the second generation, 2G, is 二 G."""
_SCALES: Final = frozenset({"k", "K", "m", "M", "w", "W", "G", "T", "B", "x", "X"})
"""Letters behind a quantity; behind four digits any other makes a model: 5800X3D."""
_PICTURES: Final = frozenset({"2", "4", "8"})
"""Thousands of lines of a picture: 4k播放."""
_COUNTED_BEHIND: Final = followed_by(rf"\+?\s?{alternation(words('wan_behind'))}")
_IS_WATT: Final = either(
    followed_by(
        r"\s?(?:[快闪超无有秒][^，。\s]{0,3}充|充|大?功率|[^，。\s]{0,2}(?:灯|音箱|喇叭|电机|适配器))"
    ),
    preceded_by(r"(?:功率|充电|快充|PD|额定)[为是:约达]{0,2}\s?"),
)
_WAN_BESIDE: Final = either(
    followed_by(rf"\s?{alternation(words('wan_behind'))}"),
    preceded_by(rf"{alternation(words('wan_before'))}[为了达到近约超过有是: ]{{0,3}}"),
)
_SHORTEST_WORD: Final = 4
"""Letters in capitals; anything shorter is spelt."""


def plain(word: str) -> str:
    """ASCII letters only: é is e."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if c.isascii())


def _is_spelt(part: str) -> bool:
    """Whether letters are said one by one."""
    if part in _SPELT or not re.search("[AEIOUYaeiouy]", part):
        return True
    if not part.isupper() or part in _WORDS:
        return False
    return len(part) < _SHORTEST_WORD or _PRONOUNCEABLE.fullmatch(part) is None


def speak_word(word: str) -> str:
    """A run of letters as words and single letters: iOS is `i O S`, KPIs is `K P I's`, MacBook is itself."""
    if word in _SAID:
        return _SAID[word]
    if _PLURAL.fullmatch(word):
        return " ".join(word[:-1]) + "'s"
    stem, apostrophe, ending = word.partition("'")
    if apostrophe and not stem.isupper():
        return word
    parts = [stem] if stem in _WORDS | _SPELT else _PARTS.findall(stem)
    if not any(map(_is_spelt, parts)):
        return word
    spoken = " ".join(" ".join(part) if _is_spelt(part) else part for part in parts)
    return spoken + apostrophe + ending


def model_number(digits: str) -> str:
    """A number in a name: short or round ones as cardinals, others digit by digit: 15, 3000, 4090."""
    whole, point, decimals = digits.partition(".")
    if point:
        return model_number(whole) + "点" + "点".join(map(digit_string, decimals.split(".")))
    is_round = digits.strip("0") in {*"123456789"} and not digits.startswith("0")
    short = len(digits) <= 2 and not digits.startswith("0")
    return cardinal(digits) if short or is_round else digit_string(digits)


_MODEL_PART: Final = re.compile(r"(?P<letters>[A-Za-z]+)|(?P<digits>\d+(?:\.\d+)*)|[-_./]")


def speak_model(name: str) -> str:
    """Letters and numbers in turns; hyphens are silent."""
    spoken: list[str] = []
    for part in _MODEL_PART.finditer(name):
        if part["letters"]:
            spoken.append(speak_word(part["letters"]))
        elif part["digits"]:
            spoken.append(model_number(part["digits"]))
    return " ".join(spoken)


_FACTORS: Final = every(preceded_by(r"[+−=×÷(]"), followed_by(r"[-+−=×÷)]"))
"""Around letters that are multiplied: +ab+."""
_MEMORY: Final = r"(?:16|32|64|128|256|512|1024)GB?(?![A-Za-z\d])|[1-4]TB?(?![A-Za-z\d])"
"""At the end of the name of a telephone: iPhone15Pro256G."""
_TERMS: Final = Pattern(r"[a-z]{1,2}-\d{1,3}[a-z]{0,2}|([A-Za-z])\d-\1\d", re.NOFLAG)
"""What looks like a name and is a difference in a formula: x-2y, t2-t1."""


_SIZE: Final = r"(?:X{0,3}[SL]|M|[2-9]XL)"


def _size(size: str) -> str:
    """3XL is 三 X L."""
    return " ".join(cardinal(sign) if sign.isdecimal() else sign for sign in size)


def _word(tagged: Tagged) -> str:
    word = plain(tagged.fields["word"])
    if len(word) <= 2 and (tagged.after[:1] in {"²", "³", "^"} or _FACTORS(tagged)):
        return " ".join(word)
    return speak_word(word) or tagged.fields["word"]


def _model(tagged: Tagged) -> str:
    return speak_model(tagged.fields["name"])


def _before_letters(tagged: Tagged) -> str:
    """5G, 4K, 1080P, 2T: lines of a picture one by one, other numbers as they are."""
    value, letters, rest = (tagged.fields[name] for name in ("number", "letters", "rest"))
    if re.fullmatch("0[0-9]+", value) or (letters in {"p", "P"} and re.fullmatch("[0-9]{3,}", value)):
        said = digit_string(value)
    elif letters not in _SCALES and len(value) >= 4:
        said = model_number(value)
    else:
        said = counting_number(value) if letters in _COUNTED_LETTERS else number(value)
    name = " ".join(letters) if letters.islower() and len(letters) < 3 and not rest else speak_word(letters)
    return " ".join(filter(None, (said, name, model_number(rest) if rest else "")))


def _say_letters(tagged: Tagged) -> str:
    return " ".join(tagged.fields["letters"].replace(".", ""))


_LETTER: Final = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"


def _say_count(tagged: Tagged) -> str:
    """10w is 十万; 3k is multiplied out, 三千."""
    fields = tagged.fields
    if fields["letter"] in "wW":
        return counting_number(fields["number"]) + fields["more"] + "万"
    return number(f"{Decimal(fields['number']) * 1000:.0f}") + fields["more"]


def _counts(tagged: Tagged) -> bool:
    """Whether k or w behind a number is a thousand or ten thousand, not a kilo, a watt or a size."""
    letter, more = tagged.fields["letter"], tagged.after.startswith("+")
    if letter == "k":
        return more or (_COUNTED_BEHIND(tagged) and tagged.fields["number"] not in _PICTURES)
    if letter == "K":
        return _COUNTED_BEHIND(tagged) and tagged.fields["number"] not in _PICTURES
    return (letter == "w" and not _IS_WATT(tagged)) or (letter == "W" and more) or _WAN_BESIDE(tagged)


COUNTED: Final = Rule(
    "k or w for a thousand or ten thousand",
    TokenKind.NUMBER,
    "d",
    regex(r"(?P<number>\d{1,6}(?:\.\d{1,3})?)(?P<more>[多余几]?)(?P<letter>[wWkK])(?![A-Za-z\d])"),
    _say_count,
    _counts,
)
FACTOR: Final = Rule(
    "x for times",
    TokenKind.NUMBER,
    "d",
    regex(r"(?P<number>\d{1,4}(?:\.\d{1,3})?)[xX](?![A-Za-z\d*]|\s?[\d=+*/^²³)<>−-])"),
    lambda tagged: counting_number(tagged.fields["number"]) + "倍",
    either(
        lambda tagged: "." in tagged.fields["number"],
        followed_by(r"\s?(?:倍?速|速度|变焦|放大|光学|数码|镜头|估值|市盈率|杠杆)"),
        preceded_by(r"(?:P/?[EBS]|市盈率|市净率|估值|变焦|放大|倍率|杠杆|提升|提速|加速)\D{0,3}"),
    ),
)
LETTER_POINT: Final = Rule(
    "letter, point and number",
    TokenKind.LATIN,
    "l",
    regex(r"(?P<letter>[A-Z]|ID)\.(?P<number>\d{1,4})(?![\d.%])"),
    lambda tagged: f"{' '.join(tagged.fields['letter'])} 点{model_number(tagged.fields['number'])}",
    preceded_by(r"^|[^A-Za-z\d.]"),
)
FUNCTION: Final = Rule(
    "function before its variable",
    TokenKind.LATIN,
    "l",
    regex(r"(?P<function>arc(?:sin|cos|tan)|sin|cos|tan|cot|ln|lg|log)(?P<variable>[xy])(?![A-Za-z])"),
    lambda tagged: f"{speak_word(tagged.fields['function'])} {tagged.fields['variable']}",
)
ABBREVIATION: Final = Rule(
    "title with its dot",
    TokenKind.LATIN,
    "l",
    regex(
        r"(?P<word>(?:Mr|Mrs|Ms|Dr|St|Mt|vs|Ltd|Prof|Inc|Co|Jr|Sr|etc|LV|Lv|lv|Vol|vol|Fig|fig|Ver|ver)(?=\.\s?[\w,])"
        r"|(?:[Pp]|pp|Ch|ch|Ep|EP|Sec|Eq|Tab|Art)(?=\.\s?\d))\."
    ),
    _word,
)
DOTTED: Final = Rule(
    "dotted acronym",
    TokenKind.LATIN,
    "l",
    regex(r"(?P<letters>(?:[A-Za-z]\.|Ph\.){2,12}(?:[A-Za-z](?![A-Za-z]))?)"),
    _say_letters,
)
SIZES: Final = Rule(
    "range of sizes of clothes",
    TokenKind.LATIN,
    "dl",
    regex(rf"(?P<first>{_SIZE})\s?[-~–—至到]\s?(?P<last>{_SIZE})(?![A-Za-z\d-])"),
    lambda tagged: f"{_size(tagged.fields['first'])} 到 {_size(tagged.fields['last'])}",
    every(
        preceded_by(r"^|[^A-Za-z\d-]"),
        lambda tagged: "X" in tagged.fields["first"] + tagged.fields["last"] or tagged.after.startswith("码"),
    ),
)
MODEL: Final = Rule(
    "model name",
    TokenKind.LATIN,
    "l",
    regex(
        rf"(?=[A-Za-z-]{{1,40}}\d)(?P<name>[A-Za-z]++(?:-?(?:(?<!\d)(?!(?<=[A-Za-z]){_MEMORY})\d++(?:\.\d++)*+|[A-Za-z]++))*+)"
    ),
    _model,
    lambda tagged: _TERMS.compiled.fullmatch(tagged.fields["name"]) is None or not IN_FORMULA(tagged),
)
AFTER_NAME: Final = Rule(
    "number of a model",
    TokenKind.DIGITS,
    "d",
    regex(r"(?P<name>\d{1,4}(?:\.\d{1,3})?)(?![\d.,:%/-])"),
    _model,
    every(
        preceded_by(r"[A-Z][A-Za-z]*[ -]?|[a-z][A-Z]+[ -]?|[A-Za-z]_"),
        unless(followed_by("[A-Za-z]")),
        lambda tagged: not measure_word(tagged.after),
    ),
)
BEFORE_LETTERS: Final = Rule(
    "number with letters",
    TokenKind.LATIN,
    "d",
    regex(
        r"(?P<number>\d{1,9}(?:\.\d{1,3})?)(?:(?:-(?!(?:[xyznmkpq]|[a-z]\d)(?![A-Za-z\d-])))?| (?=[A-Z]))"
        r"(?P<letters>[A-Za-z]{1,3})(?![A-Za-z])(?P<rest>(?:\d{1,6}(?![A-Za-z\d]))?)"
    ),
    _before_letters,
)
WORD: Final = Rule(
    "word",
    TokenKind.LATIN,
    "l",
    regex(rf"(?P<word>[{_LETTER}]++(?:['’][A-Za-z]++)*+|.)"),
    _word,
)
