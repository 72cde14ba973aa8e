"""Text in, speech out: the front-end, an engine and the sound path as one stream.

`speak` is the collected stream; there is no second way.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypedDict, Unpack, get_args

from huisheng.audio.joining import silence
from huisheng.emotion.names import resolve
from huisheng.emotion.styles import shape
from huisheng.engines import make_engine
from huisheng.engines.digests import joined
from huisheng.engines.protocol import Capabilities, Engine
from huisheng.engines.stand_ins import may_name
from huisheng.errors import EmptyText, OutOfRange, UnknownEmotion, UnknownMarkup, UnreadableText
from huisheng.runtime import arguments
from huisheng.runtime.budget import UNLIMITED, Budget, expected_speech, shortest_speech
from huisheng.runtime.cache.sentences import CachingEngine
from huisheng.runtime.levels import Leveller
from huisheng.runtime.output import Output
from huisheng.runtime.rates import common_rate, converted
from huisheng.runtime.reading import Explanation, explanation, written
from huisheng.runtime.speech import Speech
from huisheng.runtime.stretches import stretches
from huisheng.runtime.vocabulary import (
    check_emotions,
    check_languages,
    check_syllables,
    delivery_notices,
    vocabulary,
    voices_heard,
)
from huisheng.text.arriving import Arriving
from huisheng.text.frontend import Frontend
from huisheng.text.markup import shorthand
from huisheng.text.markup.script import Markup, Script, read
from huisheng.text.markup.substitution import with_lexicon
from huisheng.text.pronunciation.user import (
    LexiconFile,
    UserLexicon,
    conflicts,
    from_mapping,
    layered,
    parse,
)
from huisheng.types import (
    AudioChunk,
    Emotion,
    Mark,
    Notice,
    ResolvedOptions,
    Sentence,
    Span,
    Utterance,
    VoiceInfo,
    distinct_notices,
)
from huisheng.units import Hertz, Seconds, amplitude

RANGES: Final = {"speed": (0.5, 2.0), "pitch": (-12.0, 12.0), "volume": (-20.0, 20.0)}
"""What may be asked for: a ratio, semitones, decibels."""

MARKUPS: Final[tuple[str, ...]] = get_args(Markup)
"""What a text may be written in."""

AUTO: Final = frozenset({"auto", "自动"})
"""Names of the feeling that the words suggest."""

_MANDARIN: Final = "zh"
"""Language that the front-end reads characters in, where markup asks for no other."""

_Levels: TypeAlias = tuple[tuple[str, UserLexicon], ...]
"""Lexicons by the name of their level, the nearest first."""


class Manner(TypedDict, total=False):
    """How something is said, as a caller writes it.

    Attributes:
        voice: id or display name; empty for the default voice.
        emotion: name or alias; auto for what the words suggest, sentence by sentence.
        intensity: 0…2, 1 as designed.
        speed: 0.5…2.0.
        pitch: −12…+12 semitones.
        volume: −20…+20 dB.
        markup: what the text is written in; auto tells SSML and shorthand by themselves.
        lexicon: word → pinyin, or `=` and what to say instead, or the text of a lexicon file; it goes over
            that of the installation.
    """

    voice: str
    emotion: str
    intensity: float
    speed: float
    pitch: float
    volume: float
    markup: str
    lexicon: Mapping[str, str] | str


@dataclass(frozen=True, slots=True)
class Rendition:
    """A text that is about to be spoken.

    Attributes:
        sample_rate: of every chunk: the lowest at which none of the voices in it loses anything.
        expected: seconds that they last, about.
        shortest: seconds that they last at least.
        chunks: piece by piece, each as soon as it is ready; closing them stops the work.
        notices: what is done otherwise than was asked.
    """

    sample_rate: Hertz
    expected: Seconds
    shortest: Seconds
    chunks: Generator[AudioChunk]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Recital:
    """A part of a longer speech that is about to be spoken, before volume and limiter, which are those of the
    whole: put through one `Output`, with the pauses between them, the parts sound as the whole.

    Attributes:
        sample_rate: of every chunk.
        expected: seconds that they last, about.
        shortest: seconds that they last at least.
        chunks: piece by piece; closing them stops the work. Returns the pause in seconds that is due before
            the next part.
        notices: what is done otherwise than was asked.
    """

    sample_rate: Hertz
    expected: Seconds
    shortest: Seconds
    chunks: Generator[AudioChunk, None, Seconds]
    notices: tuple[Notice, ...] = ()


class Synthesizer:
    """Speaks text with one engine. Safe to use from several threads.

    Args:
        engine: every voice that is installed when None.
        frontend: shared between synthesizers if given.
        lexicon: of the installation.

    Raises:
        InvalidArgument: the name of an engine or of a file in place of it.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        frontend: Frontend | None = None,
        lexicon: LexiconFile | None = None,
    ) -> None:
        arguments.check_parts(engine, lexicon)
        self._engine = engine or make_engine()
        self._frontend = frontend or Frontend()
        self._lexicon = lexicon

    @property
    def capabilities(self) -> Capabilities:
        """Of the engine."""
        return self._engine.capabilities

    @property
    def loaded(self) -> bool:
        """Whether the engine's model is in memory."""
        return self._engine.loaded

    @property
    def cache_counts(self) -> tuple[int, int]:
        """Sentences that were said from memory so far, and those that were looked for in vain."""
        engine = self._engine
        return (engine.hits, engine.misses) if isinstance(engine, CachingEngine) else (0, 0)

    def digest(self, text: str, **manner: Unpack[Manner]) -> str:
        """SHA-256 of everything installed that the sound of a text depends on, beside the program itself.

        Empty where that is not known of a voice. Where the text may hold markup, it may depend on any voice.

        Raises:
            UnknownVoice: by its name.
            LexiconError, StorageError: the installation's lexicon cannot be read.
            UnknownArgument, InvalidArgument: an argument is misspelt, or of a wrong type.
        """
        arguments.check("text", text, arguments.TEXT)
        arguments.check_manner(manner)
        capabilities = self.capabilities
        marked = manner.get("markup", "auto") != "none" and any(sign in text for sign in "<[")
        voices = capabilities.voices if marked else (capabilities.find(manner.get("voice", "")),)
        sounds = joined(*(voice.digest for voice in voices))
        return sounds and joined(sounds, (self._lexicon and self._lexicon.digest) or "none")

    def load(self) -> None:
        """Bring model and dictionaries into memory now rather than at the first request."""
        self._frontend.load()
        self._engine.load()

    def load_shared(self) -> None:
        """Bring into memory what processes that are forked from this one can share.

        Raises:
            SetupError: the model cannot be loaded.
        """
        self._frontend.load()
        if self._engine.forkable:
            self._engine.load()

    def stream(self, text: str, **manner: Unpack[Manner]) -> Generator[AudioChunk]:
        """Speak piece by piece, each as soon as it is ready; raises as `render` does."""
        return self.render(text, **manner).chunks

    def render(self, text: str, *, budget: Budget = UNLIMITED, **manner: Unpack[Manner]) -> Rendition:
        """Get ready to speak.

        What is wrong with the request is raised here, before the first piece. Timings count from the first
        sample of their own chunk.

        Args:
            text: what is spoken.
            budget: what it may cost; sound that is longer is refused by its chunks.
            manner: how.

        Raises:
            SpokenTextTooLong, SpeechTooLong: it costs too much.
            EmptyText: nothing in the text can be spoken; UnreadableText where it holds letters.
            InvalidText: the text holds lone surrogates.
            MarkupError, LexiconError: by their names, with line and column.
            UnknownVoice, UnknownEmotion, OutOfRange: by their names.
            UnpronounceableSymbol: a voice does not speak the language of what it shall say.
            UnknownArgument, InvalidArgument: an argument is misspelt, or of a wrong type.
            VoiceMissing: no voice is installed.
        """
        arguments.check_manner(manner)
        recital = self.recite(text, budget=budget, **manner)
        volume = manner.get("volume", 0.0)
        chunks = _levelled(recital, amplitude(volume))
        return Rendition(recital.sample_rate, recital.expected, recital.shortest, chunks, recital.notices)

    def recite(
        self,
        text: str,
        *,
        continued: bool = False,
        sample_rate: Hertz | None = None,
        budget: Budget = UNLIMITED,
        **manner: Unpack[Manner],
    ) -> Recital:
        """Get ready to speak a part of a longer text; raises as `render` does.

        Args:
            text: of the part.
            continued: whether it is not the last.
            sample_rate: of the whole; when None, as `render` chooses it.
            budget: what this part may cost.
            manner: of the whole.
        """
        arguments.check_manner(manner, ("continued", "sample_rate"))
        delivery = self.delivery(**manner)
        lexicons = self._lexicons(manner.get("lexicon", ""))
        script = self._directed(text, manner.get("markup", "auto"), lexicons, budget, delivery)
        budget.check(script)
        every = self._frontend.sentences(script, continued=continued)
        sentences = (sentence for sentence in every if _audible(sentence))
        first = next(sentences, None)
        if first is None:
            raise _nothing_audible(script.text)
        told = itertools.chain([first], sentences)
        heard = voices_heard(script, self.capabilities, delivery)
        self._check_syllables(script, heard, delivery)
        rate = sample_rate or common_rate(heard)
        notices = self._noticed(script, manner)
        if is_auto(manner):
            felt = ((each, self._felt(each, script, delivery)) for each in told)
        else:
            felt = ((each, delivery) for each in told)
        expected = expected_speech(script, delivery.speed)
        return Recital(
            rate, expected, shortest_speech(script), budget.hold(self._spoken(felt, rate)), notices
        )

    def notices(self, text: str, **manner: Unpack[Manner]) -> tuple[Notice, ...]:
        """What would be done otherwise than is asked, without speaking.

        Only documents of SSML, and texts that may name another voice, are read for it.

        Raises:
            UnknownMarkup: there is no such kind of markup.
            MarkupError: the markup is wrong; where and how.
        """
        marked = "<" in text or may_name(text)
        markup = manner.get("markup", "auto") if marked else "none"
        return self._noticed(read(text, markup, vocabulary(self.capabilities)), manner)

    def _noticed(self, script: Script, manner: Manner) -> tuple[Notice, ...]:
        of_voice = delivery_notices(self.capabilities, manner.get("voice", ""))
        return distinct_notices((*of_voice, *script.notices))

    def arriving(self, markup: str = "none", *, eager: bool = False) -> Arriving:
        """A text that will arrive in pieces.

        Args:
            markup: none or shorthand; a document of SSML is one piece.
            eager: whether to begin with the first clause rather than the first sentence.

        Raises:
            UnknownMarkup: it is neither.
            InvalidArgument: it is no string.
        """
        arguments.check("markup", markup, arguments.TEXT)
        if markup == "none":
            return Arriving(eager=eager)
        if markup != "shorthand":
            raise UnknownMarkup(markup, ("none", "shorthand"))
        known = vocabulary(self.capabilities)
        return Arriving(lambda sentence: shorthand.depth(sentence, known), eager=eager)

    def script(
        self,
        text: str,
        markup: str = "auto",
        lexicon: Mapping[str, str] | str = "",
        budget: Budget = UNLIMITED,
    ) -> Script:
        """A text with what its markup and the lexicons ask for.

        Raises:
            SpokenTextTooLong: aliases make it longer than the budget allows.
            UnknownMarkup: there is no such kind of markup.
            MarkupError: the markup is wrong; where and how.
            LexiconError: an entry is wrong.
            StorageError: the installation's lexicon cannot be read.
            InvalidArgument: an argument is of a wrong type.
        """
        return self._directed(text, markup, self._lexicons(lexicon), budget)

    def _directed(
        self,
        text: str,
        markup: str,
        lexicons: _Levels,
        budget: Budget,
        delivery: ResolvedOptions | None = None,
    ) -> Script:
        """A script; what the voices can do is checked for a delivery, or for that of anybody."""
        arguments.check("text", text, arguments.TEXT)
        arguments.check("markup", markup, arguments.TEXT)
        capabilities = self.capabilities
        marked = read(text, markup, vocabulary(capabilities))
        check_languages(marked, capabilities, delivery.voice if delivery else "")
        if delivery:
            check_emotions(marked, capabilities, delivery)
        words = layered(lexicon for _, lexicon in lexicons)
        return with_lexicon(marked, words, budget.characters) if words else marked

    def _check_syllables(self, script: Script, heard: Iterable[VoiceInfo], delivery: ResolvedOptions) -> None:
        """What the text is read as is known only sentence by sentence, so for voices of dialects all of it is
        read beforehand.

        Raises:
            UnpronounceableSymbol: a voice does not speak the language of what it shall say.
        """
        if all(_MANDARIN in voice.syllables for voice in heard):
            return
        for sentence in self._frontend.sentences(script):
            check_syllables(sentence, self.capabilities, delivery)

    def _lexicons(self, asked: Mapping[str, str] | str) -> _Levels:
        """The lexicons by level, the nearest first."""
        arguments.check("lexicon", asked, arguments.LEXICON)
        request = parse(asked) if isinstance(asked, str) else from_mapping(asked)
        return ("request", request), ("file", self._lexicon.current() if self._lexicon else UserLexicon())

    def explain(
        self,
        text: str,
        markup: str = "auto",
        lexicon: Mapping[str, str] | str = "",
        budget: Budget = UNLIMITED,
    ) -> Explanation:
        """What would be said, and why; raises as `script` does.

        Raises:
            InvalidText: the text holds lone surrogates.
            SpokenTextTooLong: more is said of it than the budget allows.
        """
        lexicons = self._lexicons(lexicon)
        script = self._directed(text, markup, lexicons, budget)
        budget.check_length(script)
        return explanation(self._frontend, script, conflicts(lexicons))

    def speak(self, text: str, **manner: Unpack[Manner]) -> Speech:
        """The whole text as one piece; raises as `stream` does."""
        rendition = self.render(text, **manner)
        return Speech.collect(text, rendition.chunks, rendition.notices)

    def delivery(self, **manner: Unpack[Manner]) -> ResolvedOptions:
        """Check what a caller asked for.

        Raises:
            UnknownVoice, UnknownEmotion, OutOfRange, UnknownArgument, InvalidArgument: by their names.
            LexiconError: a lexicon has too many entries; they are not read yet.
        """
        arguments.check_manner(manner)
        arguments.check_lexicon(manner.get("lexicon", ""))
        numbers: dict[str, float] = {}
        for name, (low, high) in RANGES.items():
            default = ResolvedOptions.__dataclass_fields__[name].default
            value = numbers[name] = arguments.as_float(manner.get(name, default))
            if not low <= value <= high:
                raise OutOfRange(name, value, low, high)
        intensity = arguments.as_float(manner.get("intensity", 1.0))
        emotion = resolve("" if is_auto(manner) else manner.get("emotion", ""), intensity)
        voice = self.capabilities.find(manner.get("voice", ""))
        for felt, _ in emotion.parts:
            if felt not in voice.emotions:
                raise UnknownEmotion(felt, voice.emotions)
        return ResolvedOptions(voice=voice.id, emotion=emotion, **numbers)

    def _felt(self, sentence: Sentence, script: Script, delivery: ResolvedOptions) -> ResolvedOptions:
        """The delivery with the feeling that the words of a sentence suggest, at the intensity asked for."""
        mood = self._frontend.predict_emotion(written(script, sentence))
        felt = resolve(mood.label, min(2.0, delivery.emotion.intensity * (mood.strength or 1.0)))
        return self._shown(replace(delivery, emotion=felt))

    def _shown(self, delivery: ResolvedOptions) -> ResolvedOptions:
        """Neutral where a voice does not show what the words suggest; what was asked for has been checked."""
        shown = self.capabilities.find(delivery.voice).emotions
        return delivery if delivery.emotion.name in shown else replace(delivery, emotion=Emotion())

    def _shifts(self, voice: str) -> bool:
        """Whether a voice can change its feeling in the middle of a sentence."""
        return self.capabilities.find(voice).shifts

    def _spoken(
        self, sentences: Iterable[tuple[Sentence, ResolvedOptions]], sample_rate: Hertz
    ) -> Generator[AudioChunk, None, Seconds]:
        """Sentences, each in its delivery, with the pauses between them; returns the last one's."""
        pause = Seconds(0.0)
        span = Span(0, 0)
        for sentence, delivery in sentences:
            yield from _rest(pause, sample_rate, span)
            for utterance, rest in stretches(sentence, delivery, self._shifts):
                if utterance is not None:
                    yield from self._said(utterance, sample_rate)
                    span = utterance.sentence.span
                yield from _rest(rest, sample_rate, span)
            stretch = shape(delivery.emotion, self.capabilities.name).pause / delivery.speed
            pause = Seconds(sentence.pause * stretch)
        return pause

    def _said(self, utterance: Utterance, sample_rate: Hertz) -> Generator[AudioChunk]:
        said = (item for item in utterance.sentence.items if not isinstance(item, Mark))
        leveller = Leveller({item.span: item.inflection.volume for item in said})
        shown = replace(utterance, options=self._shown(utterance.options))
        with closing(self._engine.synthesize(shown)) as chunks:
            yield from converted(map(leveller.process, chunks), sample_rate)


def _levelled(recital: Recital, gain: float) -> Generator[AudioChunk]:
    output = Output(recital.sample_rate, gain)
    with closing(recital.chunks) as chunks:
        for chunk in chunks:
            yield output.process(chunk)
    yield output.flush()


def _rest(seconds: float, sample_rate: Hertz, span: Span) -> Iterator[AudioChunk]:
    """Silence; nothing where there is none."""
    if seconds > 0.0:
        yield AudioChunk(silence(seconds, sample_rate), sample_rate, (), span)


def is_auto(manner: Manner) -> bool:
    """Whether the feeling is to be told from the words."""
    return manner.get("emotion", "").strip().lower() in AUTO


def _nothing_audible(text: str) -> EmptyText:
    return UnreadableText() if any(character.isalpha() for character in text) else EmptyText()


def _audible(sentence: Sentence) -> bool:
    return any(not isinstance(item, Mark) for item in sentence.items)
