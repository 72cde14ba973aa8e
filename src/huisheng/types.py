"""Frozen values that cross packages.

Text becomes `Sentence`s, a sentence with a way of speaking is an `Utterance`, an engine turns it into
`AudioChunk`s. Offsets count Unicode characters of the source text, everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from huisheng.units import Hertz, Seconds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Samples: TypeAlias = "NDArray[np.float32]"
"""(N,) mono samples, nominally −1…+1. The name is for type checkers: a command starts without numpy."""


class Span(NamedTuple):
    """A stretch of the source text: characters `start` up to, not including, `end`."""

    start: int
    end: int

    def shifted(self, offset: int) -> Span:
        """The same stretch, counted from a text that begins `offset` characters earlier."""
        return Span(self.start + offset, self.end + offset)


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a longer text that is spoken in one go.

    Attributes:
        start: where it begins in the whole.
        text: never empty.
        continued: whether the whole goes on behind it.
    """

    start: int
    text: str
    continued: bool = True


class Break(IntEnum):
    """How strongly two neighbours are kept apart, weakest first."""

    NONE = 0
    SYLLABLE = 1
    WORD = 2
    PHRASE = 3
    SENTENCE = 4


class Intonation(Enum):
    """The melody that a mark asks for.

    `LIST` is an item and `CONTINUATION` a clause with more to come, `QUOTATION` what is quoted.
    """

    STATEMENT = "statement"
    QUESTION = "question"
    EXCLAMATION = "exclamation"
    SUSPENSION = "suspension"
    CONTINUATION = "continuation"
    LIST = "list"
    QUOTATION = "quotation"


EmotionName: TypeAlias = Literal[
    "neutral", "happy", "sad", "angry", "fearful", "surprised", "calm", "affectionate", "formal"
]


@dataclass(frozen=True, slots=True)
class Emotion:
    """An emotion and how strongly it shows.

    Attributes:
        name: of the emotion.
        intensity: 0…2, 1 as designed, 0 is neutral.
        also: other emotions at the same time, each at its own intensity.
    """

    name: EmotionName = "neutral"
    intensity: float = 1.0
    also: tuple[tuple[EmotionName, float], ...] = ()

    @property
    def parts(self) -> tuple[tuple[EmotionName, float], ...]:
        """Every emotion in it with its intensity."""
        return ((self.name, self.intensity), *self.also)

    @property
    def label(self) -> str:
        """The names of all parts, as a request writes them without shares."""
        return "+".join(name for name, _ in self.parts)


@dataclass(frozen=True, slots=True)
class Inflection:
    """How a stretch of a text is said, on top of the options of the whole: what markup asks for.

    Attributes:
        voice: id; empty for that of the whole.
        emotion: None for that of the whole.
        speed: factor.
        pitch: semitones to add.
        range: factor of the melody's width.
        volume: decibels to add.
        emphasis: −1 reduced, 0 none, 1 moderate, 2 strong.
        effort: factor of the voice's energy, for engines that predict one; it changes how a voice sounds, not
            only how loud it is.
    """

    voice: str = ""
    emotion: Emotion | None = None
    speed: float = 1.0
    pitch: float = 0.0
    range: float = 1.0
    volume: float = 0.0
    emphasis: int = 0
    effort: float = 1.0


PLAIN: Final = Inflection()
"""Said as the rest."""


GroundsSource: TypeAlias = Literal["markup", "user", "number", "word", "name", "model", "rule", "character"]
"""What a reading rests on: markup, the user's lexicon, a number written out, a dictionary's word, a surname,
the model of polyphones, a rule, or the commonest reading of the character."""


class Grounds(NamedTuple):
    """Why a syllable is read as it is.

    Attributes:
        source: what decided.
        others: other readings that were possible, the likeliest first.
        confidence: 0…1, of the decision.
    """

    source: GroundsSource = "word"
    others: tuple[str, ...] = ()
    confidence: float = 1.0


CERTAIN: Final = Grounds()
"""A dictionary's word."""


@dataclass(frozen=True, slots=True)
class Note:
    """How a stretch of the source that is not plain text became words.

    Attributes:
        span: the source characters.
        spoken: what is said for them.
        rule: the rule that recognised them.
        others: what else they could have meant, the likeliest first.
    """

    span: Span
    spoken: str
    rule: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Syllable:
    """One spoken syllable, Mandarin unless markup says otherwise.

    Attributes:
        span: the source characters it stands for; syllables made from one token share its span.
        text: the spoken character (with 儿 where the final is retroflex).
        pinyin: dictionary reading, tone digit at the end, `v` for ü, 5 for the neutral tone.
        surface: the same after sandhi.
        after: the break that follows.
        grounds: why it is read so.
        inflection: how it is said, beside the rest.
        language: zh, or yue where `pinyin` and `surface` are jyutping.
    """

    span: Span
    text: str
    pinyin: str
    surface: str
    after: Break = Break.SYLLABLE
    grounds: Grounds = CERTAIN
    inflection: Inflection = PLAIN
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class EnglishWord:
    """One English word or letter inside the text.

    Attributes:
        span: the source characters it stands for.
        text: the word as it is said (`NBA` is three items, one a letter).
        phones: ARPAbet with stress digits on the vowels, for example `("HH", "AH0", "L", "OW1")`.
        after: the break that follows.
        inflection: how it is said, beside the rest.
    """

    span: Span
    text: str
    phones: tuple[str, ...]
    after: Break = Break.WORD
    inflection: Inflection = PLAIN


@dataclass(frozen=True, slots=True)
class Mark:
    """A punctuation mark, as a pause.

    Attributes:
        span: the mark in the source (repeated marks are one); empty where it is heard and not written.
        text: the mark in its normal form, one of `，、；：。！？…—“”（）`.
        pause: seconds of silence that suit it at normal speed.
        after: PHRASE or SENTENCE.
        exact: whether markup asks for just this silence, at any speed.
        intonation: melody of the words that it ends.
    """

    span: Span
    text: str
    pause: Seconds
    after: Break = Break.PHRASE
    exact: bool = False
    intonation: Intonation = Intonation.STATEMENT


SpokenItem: TypeAlias = Syllable | EnglishWord | Mark


@dataclass(frozen=True, slots=True)
class Sentence:
    """A unit of speech: at most 200 source characters, read and annotated.

    Attributes:
        span: the source characters that it covers; the sentences of a text cover it once, in order.
        spoken: what will be said, in characters.
        items: syllables, English words and marks, in the order they are said.
        intonation: by its last mark.
        pause: silence after it at normal speed, by its last mark and by line breaks.
        notes: what was not plain text, in order.
    """

    span: Span
    spoken: str
    items: tuple[SpokenItem, ...]
    intonation: Intonation = Intonation.STATEMENT
    pause: Seconds = Seconds(0.0)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class ResolvedOptions:
    """How something is said.

    Attributes:
        voice: id of the voice; empty for the engine's default.
        emotion: name and intensity.
        speed: 0.5…2.0, 1 normal.
        pitch: −12…+12 semitones.
        volume: −20…+20 dB.
    """

    voice: str = ""
    emotion: Emotion = field(default_factory=Emotion)
    speed: float = 1.0
    pitch: float = 0.0
    volume: float = 0.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """What an engine is asked to say: one sentence and its options."""

    sentence: Sentence
    options: ResolvedOptions


@dataclass(frozen=True, slots=True)
class Timing:
    """When a stretch of the source is heard. `start` and `end` in seconds from the beginning of the audio."""

    span: Span
    start: Seconds
    end: Seconds

    def shifted(self, offset: float) -> Timing:
        """The same, `offset` seconds later."""
        return replace(self, start=Seconds(self.start + offset), end=Seconds(self.end + offset))


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A piece of speech.

    Attributes:
        samples: (N,) float32.
        sample_rate: of the samples.
        timings: in reading order, seconds from this chunk's first sample.
        span: the source characters that have been spoken when this chunk ends.
    """

    samples: Samples
    sample_rate: Hertz
    timings: tuple[Timing, ...] = ()
    span: Span = Span(0, 0)

    @property
    def duration(self) -> Seconds:
        """Length in seconds."""
        return Seconds(len(self.samples) / self.sample_rate)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that is done otherwise than a request literally asks for; it is told beside the answer.

    Attributes:
        code: for programs, in small letters.
        message: one Chinese sentence for a person.
        english: the same in English, in ASCII.
    """

    code: str
    message: str
    english: str


MOST_NOTICES: Final = 16
"""Notices that one answer tells."""


def distinct_notices(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Each once, in order, as many as an answer tells."""
    return tuple(dict.fromkeys(notices))[:MOST_NOTICES]


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """A voice as a person chooses it.

    Attributes:
        id: ASCII, stable, used in requests.
        name: Chinese display name.
        name_en: the same for English readers.
        description: one Chinese sentence on what it sounds like and suits.
        description_en: the same in English.
        gender: of the voice as heard, where a person has listened to it.
        languages: BCP 47 tags.
        engine: name of the engine that speaks it.
        sample_rate: at which it is spoken.
        emotions: those it shows, neutral among them; others are refused.
        shifts: whether its emotion may change in the middle of a sentence.
        family: voices of one family can be mixed; empty for one that cannot.
        syllables: languages of the syllables that it can say, as `Syllable.language`.
        digest: of everything in its package that its sound depends on: another digest, another sound; empty
            where that is not known.
    """

    id: str
    name: str
    name_en: str
    description: str
    description_en: str
    gender: Literal["female", "male", "unknown"]
    languages: tuple[str, ...]
    engine: str
    sample_rate: Hertz
    emotions: tuple[EmotionName, ...]
    shifts: bool = False
    family: str = ""
    syllables: tuple[str, ...] = ("zh",)
    digest: str = ""
