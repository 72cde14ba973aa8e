"""The options of a synthesis, each written down once: name, type, range, default, and words for people.

The fields of HTTP and WebSocket requests, flags of the command line, signatures in Python, OpenAPI and the
tables of the reference are made from `OPTIONS`. A new option is a field of `SynthesisOptions`, its
use, and its test.
"""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from numbers import Integral, Real
from pathlib import Path
from types import MappingProxyType
from typing import (
    Annotated,
    Any,
    Concatenate,
    Final,
    NamedTuple,
    ParamSpec,
    Protocol,
    TypeVar,
    cast,
    get_args,
    get_type_hints,
    overload,
)

from huisheng.emotion.names import INTENSITY_RANGE, MOST_PARTS, NAMES, aliases
from huisheng.errors import InvalidArgument, OutOfRange, UnknownArgument
from huisheng.text.markup.script import Markup
from huisheng.text.pronunciation.user import LexiconFile, check_size

S = TypeVar("S")
R_co = TypeVar("R_co", covariant=True)
P = ParamSpec("P")

AUTO: Final = frozenset({"auto", "自动"})
"""Names of the emotion that the words suggest."""


class Kind(NamedTuple):
    """What an argument may be.

    Attributes:
        types: of its values; true and false are no numbers.
        name: Chinese.
        english: the same in English.
        accepts: further tells whether a value is one.
    """

    types: tuple[type, ...]
    name: str
    english: str
    accepts: Callable[[Any], bool] | None = None


def _is_engine(value: object) -> bool:
    return hasattr(value, "synthesize")


def _is_lexicon(value: Mapping[object, object] | str) -> bool:
    if isinstance(value, str):
        return True
    return all(isinstance(word, str) and isinstance(reading, str) for word, reading in value.items())


TEXT: Final = Kind((str,), "字符串（str）", "a string")
NUMBER: Final = Kind((Real,), "数字", "a number")
WHOLE: Final = Kind((Integral,), "整数", "a whole number")
PATH: Final = Kind((str, Path), "路径（str 或 Path）", "a path")
ENGINE: Final = Kind(
    (object,),
    "语音引擎，例如 huisheng.engines.make_engine('kokoro') 的结果",
    "an engine, such as huisheng.engines.make_engine('kokoro') gives",
    _is_engine,
)
LEXICON_FILE: Final = Kind(
    (LexiconFile,),
    "huisheng.text.pronunciation.user.LexiconFile；只用于一次的词典请交给 speak",
    "a huisheng.text.pronunciation.user.LexiconFile; give a lexicon for one text to speak",
)
LEXICON: Final = Kind(
    (str, Mapping),
    "字典（词和读法都是字符串），或词典文件的内容",
    "a mapping of strings to strings, or the text of a lexicon file",
    _is_lexicon,
)


def check(name: str, value: object, kind: Kind) -> None:
    """Check an argument.

    Raises:
        InvalidArgument: the value is of another kind.
    """
    is_one = isinstance(value, kind.types) and not isinstance(value, bool)
    if not is_one or (kind.accepts and not kind.accepts(value)):
        raise InvalidArgument(name, kind.name, kind.english, value)


class Option(NamedTuple):
    """What an interface tells of an option beside its name, its type and its default.

    Attributes:
        kind: of its values.
        chinese: what it is; `{range}` stands for the bounds, `{voices}` and `{emotions}` for the place where
            an interface lists them.
        english: the same.
        bounds: smallest and largest value, both allowed; None where it is no number.
        choices: its values; with `pattern` those that have names.
        pattern: regular expression of further values; empty where there are none.
        example: a value; None where the default is one.
    """

    kind: Kind
    chinese: str
    english: str
    bounds: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    example: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesisOptions:
    """How a text is spoken, as a caller asks for it; names are looked up by `Synthesizer.resolve`.

    Raises:
        InvalidArgument: a value is of a wrong type.
        LexiconError: the lexicon has too many entries; they are not read yet.
        OutOfRange: a number is outside its bounds.
    """

    voice: Annotated[
        str,
        Option(
            TEXT,
            "音色的 id 或名称，见 {voices}；空为默认音色。",
            "Voice id or name; empty for the default.",
            example="tinglan",
        ),
    ] = ""
    emotion: Annotated[
        str,
        Option(
            TEXT,
            "情感或别名，见 {emotions}；几种用 + 连接，如 happy:0.6+surprised:0.4；auto 按文字推测。",
            "Emotion or alias; several joined by +; auto by the words.",
            choices=(*NAMES, *sorted(AUTO), *aliases()),
            pattern=rf"^[^+]+(\+[^+]+){{1,{MOST_PARTS - 1}}}$",
            example="happy",
        ),
    ] = "neutral"
    intensity: Annotated[
        float,
        Option(
            NUMBER,
            "情感强度，{range}，1 为标准强度。",
            "Intensity of the emotion; 1 is usual.",
            bounds=INTENSITY_RANGE,
        ),
    ] = 1.0
    speed: Annotated[
        float, Option(NUMBER, "语速（倍），{range}。", "Speed, a ratio.", bounds=(0.5, 2.0), example=1.2)
    ] = 1.0
    pitch: Annotated[
        float, Option(NUMBER, "音高（半音），{range}。", "Pitch in semitones.", bounds=(-12.0, 12.0))
    ] = 0.0
    volume: Annotated[
        float, Option(NUMBER, "音量（dB），{range}。", "Volume in decibels.", bounds=(-20.0, 20.0))
    ] = 0.0
    markup: Annotated[
        str,
        Option(
            TEXT,
            "文字里的标记：auto 自动识别。",
            "How the text is marked up; auto finds out.",
            choices=get_args(Markup),
        ),
    ] = "auto"
    lexicon: Annotated[
        Mapping[str, str] | str,
        Option(
            LEXICON,
            "词 → 拼音，或“=替换文字”；也可以是词典文件的内容。",
            "Word to pinyin, or = and an alias.",
            example={"重庆": "chong2 qing4"},
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Check the values; numbers of any kind become floats."""
        for name, described in OPTIONS.items():
            check(name, getattr(self, name), described.option.kind)
        if not isinstance(self.lexicon, str):
            check_size(self.lexicon)
        for name, (low, high) in BOUNDS.items():
            value = _nearest_float(getattr(self, name))
            if not low <= value <= high:
                raise OutOfRange(name, value, low, high)
            object.__setattr__(self, name, value)

    @classmethod
    def parse(cls, given: Mapping[str, object]) -> SynthesisOptions:
        """Options by their names.

        Raises:
            UnknownArgument: there is no option of a name.
            InvalidArgument, LexiconError, OutOfRange: as above.
        """
        for name in given:
            if name not in OPTIONS:
                nearest = difflib.get_close_matches(name, OPTIONS, 1)
                raise UnknownArgument(name, "".join(nearest), tuple(OPTIONS))
        return cls(**cast("dict[str, Any]", given))

    @property
    def is_auto(self) -> bool:
        """Whether the emotion is to be told from the words."""
        return self.emotion.strip().lower() in AUTO


class DescribedOption(NamedTuple):
    """An option with what its field tells.

    Attributes:
        type: of its values.
        default: its value where none is given.
        option: the rest.
    """

    type: Any
    default: Any
    option: Option

    def describe(self, **listings: str) -> str:
        """Chinese and English sentences for people.

        Args:
            listings: where the interface lists `voices` and `emotions`.
        """
        return f"{self.describe_in_chinese(**listings)}{self.option.english}"

    def describe_in_chinese(self, **listings: str) -> str:
        """The Chinese sentence alone; `listings` as in `describe`."""
        bounds = self.option.bounds
        return self.option.chinese.format(range=format_bounds(bounds) if bounds else "", **listings)


def format_bounds(bounds: tuple[float, float]) -> str:
    """Two bounds, for people."""
    return f"{bounds[0]:g}–{bounds[1]:g}".replace("-", "−")


def describe_options(options: type[SynthesisOptions]) -> Mapping[str, DescribedOption]:
    """What the fields of a class of options tell, by their names, in order."""
    hints = get_type_hints(options, include_extras=True)
    described: dict[str, DescribedOption] = {}
    for field in fields(options):
        kind, option = get_args(hints[field.name])
        described[field.name] = DescribedOption(kind, field.default, option)
    return MappingProxyType(described)


OPTIONS: Final = describe_options(SynthesisOptions)
"""Every option by its name, in order."""

BOUNDS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {name: described.option.bounds for name, described in OPTIONS.items() if described.option.bounds}
)
"""Smallest and largest value of each number: ratios, semitones, decibels."""


def _nearest_float(number: float) -> float:
    """A number of any kind as a float; infinite where it is too large."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


class _OptionKeywords(Protocol[P]):
    """A decorator: the last parameter of a method becomes keyword arguments."""

    @overload
    def __call__(
        self, method: Callable[[S, str, SynthesisOptions], R_co], /
    ) -> Callable[Concatenate[S, str, P], R_co]: ...
    @overload
    def __call__(
        self, method: Callable[[S, SynthesisOptions], R_co], /
    ) -> Callable[Concatenate[S, P], R_co]: ...


def _keywords_of(options: Callable[P, SynthesisOptions]) -> _OptionKeywords[P]:
    keywords = inspect.signature(options).parameters.values()

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        own = inspect.signature(method)
        leading = list(own.parameters.values())[:-1]

        @wraps(method)
        def call(*positional: object, **given: object) -> object:
            named = {each.name: given.pop(each.name) for each in leading if each.name in given}
            return method(*positional, **named, options=SynthesisOptions.parse(given))

        vars(call)["__signature__"] = own.replace(parameters=[*leading, *keywords])
        return call

    return cast("_OptionKeywords[P]", decorate)


takes_options: Final = _keywords_of(SynthesisOptions)
"""Lets a method that has `options` as its last parameter be called with each of them by its name."""
