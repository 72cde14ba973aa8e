"""Text in, speech out: the front-end, an engine and the sound path as one stream.

`speak` is the collected stream; there is no second way.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

from huisheng.audio.joining import silence
from huisheng.emotion.names import INTENSITY_RANGE, resolve
from huisheng.emotion.styles import shape
from huisheng.engines import make_engine
from huisheng.engines.protocol import Capabilities, Engine
from huisheng.engines.stand_ins import NAME_PART
from huisheng.errors import EmptyText, UnknownEmotion, UnknownMarkup, UnreadableText
from huisheng.runtime.budget import UNLIMITED, Budget, SpeechLength, estimate_length
from huisheng.runtime.cache.sentences import CachingEngine
from huisheng.runtime.options import ENGINE, LEXICON_FILE, TEXT, SynthesisOptions, check, takes_options
from huisheng.runtime.output import Leveller, Output, RateConverter, common_rate
from huisheng.runtime.reading import Explanation, explanation, source_text
from huisheng.runtime.segments import segments
from huisheng.runtime.speech import Speech
from huisheng.runtime.vocabulary import (
    check_emotions,
    check_languages,
    check_syllables,
    list_voices,
    make_vocabulary,
    voice_notices,
)
from huisheng.text.arriving import Arriving
from huisheng.text.frontend import Frontend
from huisheng.text.markup import shorthand
from huisheng.text.markup.script import MarkupVocabulary, Script, read
from huisheng.text.markup.substitution import with_lexicon
from huisheng.text.pronunciation.user import (
    LexiconFile,
    UserLexicon,
    conflicts,
    from_mapping,
    merge_lexicons,
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
from huisheng.units import Hertz, Seconds
from huisheng.voice.digests import join_digests

_MANDARIN: Final = "zh"
"""Language that the front-end reads characters in, where markup asks for no other."""

_Lexicons: TypeAlias = tuple[tuple[str, UserLexicon], ...]
"""Lexicons by the name of their level, the nearest first."""


@dataclass(frozen=True, slots=True)
class SpeechStream:
    """A text, or a part of a longer one, that is about to be spoken.

    Attributes:
        sample_rate: of every chunk: the lowest at which none of the voices in it loses anything.
        length: of all of them.
        chunks: piece by piece, each as soon as it is ready; closing them stops the work. Returns the pause in
            seconds that is due before a following part.
        notices: what is done otherwise than was asked.
    """

    sample_rate: Hertz
    length: SpeechLength
    chunks: Generator[AudioChunk, None, Seconds]
    notices: tuple[Notice, ...] = ()


class ResolvedRequest(NamedTuple):
    """What is known of a request before its text is read.

    Attributes:
        options: with the names resolved.
        voice: of the whole.
        sound: digest of the voices that the sound may depend on; empty where that of one is not known.
        notices: what is done otherwise than was asked.
        hidden: ids of voices that the request may not use.
    """

    options: ResolvedOptions
    voice: VoiceInfo
    sound: str
    notices: tuple[Notice, ...]
    hidden: frozenset[str] = frozenset()


class Synthesizer:
    """Speaks text with one engine. Safe to use from several threads.

    Args:
        engine: every voice that is installed when None.
        frontend: shared between synthesizers if given.
        lexicon: of the installation.
        hidden: ids of voices that are left out, as if they were not installed.

    Raises:
        InvalidArgument: the name of an engine or of a file in place of it.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        frontend: Frontend | None = None,
        lexicon: LexiconFile | None = None,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        if engine is not None:
            check("engine", engine, ENGINE)
        if lexicon is not None:
            check("lexicon", lexicon, LEXICON_FILE)
        self._engine = engine or make_engine()
        self._frontend = frontend or Frontend()
        self._lexicon = lexicon
        self._hidden = hidden
        self._vocabulary: tuple[Capabilities, MarkupVocabulary] | None = None
        """What markup may ask for, of the voices that were installed when it was last read."""
        self._last_look: Capabilities | None = None
        """What the engine could do when it was last asked."""

    @property
    def capabilities(self) -> Capabilities:
        """What the engine can do now: a look at what is installed."""
        self._last_look = look = self._engine.capabilities.without(self._hidden)
        return look

    def without(self, hidden: frozenset[str]) -> Synthesizer:
        """The same, for somebody who may not use some voices; by their ids."""
        return Synthesizer(self._engine, self._frontend, self._lexicon, hidden) if hidden else self

    @property
    def loaded(self) -> bool:
        """Whether the engine's model is in memory."""
        return self._engine.loaded

    @property
    def cache_counts(self) -> tuple[int, int]:
        """Sentences that were said from memory so far, and those that were looked for in vain."""
        engine = self._engine
        return (engine.hits, engine.misses) if isinstance(engine, CachingEngine) else (0, 0)

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

    @takes_options
    def speak(self, text: str, options: SynthesisOptions) -> Speech:
        """The whole text as one piece; raises as `synthesize` does."""
        stream = self.synthesize(text, options)
        return Speech.collect(text, stream.chunks, stream.notices)

    @takes_options
    def stream(self, text: str, options: SynthesisOptions) -> Generator[AudioChunk, None, Seconds]:
        """Speak piece by piece, each as soon as it is ready; raises as `synthesize` does, and at once."""
        return self.synthesize(text, options).chunks

    @takes_options
    def render(self, text: str, options: SynthesisOptions) -> SpeechStream:
        """Get ready to speak; raises as `synthesize` does."""
        return self.synthesize(text, options)

    @takes_options
    def delivery(self, options: SynthesisOptions) -> ResolvedOptions:
        """Check options and look up their names; raises as `resolve` does."""
        return _resolve(options, self.capabilities)[0]

    @takes_options
    def notices(self, text: str, options: SynthesisOptions) -> tuple[Notice, ...]:
        """What would be done otherwise than is asked, without speaking; raises as `list_notices` does."""
        return self.list_notices(text, options)

    def synthesize(
        self,
        text: str,
        options: SynthesisOptions,
        *,
        resolved: ResolvedRequest | None = None,
        budget: Budget = UNLIMITED,
    ) -> SpeechStream:
        """Get ready to speak.

        What is wrong with the request is raised here, before the first piece. Timings count from the first
        sample of their own chunk.

        Args:
            text: what is spoken.
            options: how.
            resolved: what `resolve` made of both, which has told its notices. While its voice is what it was,
                what is installed is not looked at again.
            budget: what it may cost; sound that is longer is refused by its chunks.

        Raises:
            SpokenTextTooLong, SpeechTooLong: it costs too much.
            EmptyText: nothing in the text can be spoken; UnreadableText where it holds letters.
            InvalidText: the text holds lone surrogates.
            MarkupError, LexiconError: by their names, with line and column.
            UnknownVoice, UnknownEmotion, OutOfRange: by their names.
            UnpronounceableSymbol: a voice does not speak the language of what it shall say.
            InvalidArgument: the text is no string.
            VoiceMissing: no voice is installed.
        """
        request = self._open(text, options, resolved, budget)
        return request.stream(request.sample_rate, Output(request.sample_rate, options.volume))

    def synthesize_part(
        self,
        text: str,
        options: SynthesisOptions,
        *,
        continued: bool,
        sample_rate: Hertz,
        resolved: ResolvedRequest | None = None,
        budget: Budget = UNLIMITED,
    ) -> SpeechStream:
        """Get ready to speak a part of a longer text, before volume and limiter, which belong to the whole.

        Put through one `Output`, with the pauses between them, the parts sound as the whole.

        Args:
            text: of the part.
            options: of the whole.
            continued: whether it is not the last.
            sample_rate: of the whole.
            resolved: the request that it is a part of, as for `synthesize`.
            budget: what this part may cost.

        Raises:
            RequestError: as `synthesize`.
        """
        return self._open(text, options, resolved, budget, continued=continued).stream(sample_rate)

    def resolve(self, text: str, options: SynthesisOptions) -> ResolvedRequest:
        """Look up the names in a request, and check what can be checked without reading its text.

        Raises:
            UnknownVoice, UnknownEmotion, OutOfRange: by their names.
            VoiceMissing: no voice is installed.
            UnknownMarkup: there is no such kind of markup.
            MarkupError: the text is a document and its markup is wrong; where and how.
        """
        capabilities = self.capabilities
        resolved, voice = _resolve(options, capabilities)
        notices = self._list_notices(text, options, capabilities)
        sound = _digest_voices(text, options, voice, capabilities)
        return ResolvedRequest(resolved, voice, sound, notices, self._hidden)

    def list_notices(self, text: str, options: SynthesisOptions) -> tuple[Notice, ...]:
        """What would be done otherwise than is asked, without speaking; raises as `resolve` does for markup.

        Only documents of SSML, and texts that may name another voice, are read for it.
        """
        return self._list_notices(text, options, self.capabilities)

    @takes_options
    def digest(self, text: str, options: SynthesisOptions) -> str:
        """SHA-256 of everything installed that the sound of a text depends on, beside the program itself.

        Empty where that is not known of a voice. Where the text may hold markup, it may depend on any voice.

        Raises:
            UnknownVoice: by its name.
            LexiconError, StorageError: the installation's lexicon cannot be read.
        """
        check("text", text, TEXT)
        capabilities = self.capabilities
        voice = capabilities.find(options.voice)
        return self.digest_with_lexicon(_digest_voices(text, options, voice, capabilities))

    def digest_with_lexicon(self, sound: str) -> str:
        """Digest of voices and of the installation's lexicon, if there is one; empty where the former is.

        Raises:
            LexiconError, StorageError: the lexicon cannot be read.
        """
        lexicon = self._lexicon.digest if sound and self._lexicon else ""
        return join_digests(sound, lexicon) if lexicon else sound

    def arriving(self, markup: str = "none", *, eager: bool = False) -> Arriving:
        """A text that will arrive in pieces.

        Args:
            markup: none or shorthand; a document of SSML is one piece.
            eager: whether to begin with the first clause rather than the first sentence.

        Raises:
            UnknownMarkup: it is neither.
            InvalidArgument: it is no string.
        """
        check("markup", markup, TEXT)
        if markup == "none":
            return Arriving(eager=eager)
        if markup != "shorthand":
            raise UnknownMarkup(markup, ("none", "shorthand"))
        known = self._find_vocabulary(self.capabilities)
        return Arriving(lambda sentence: shorthand.depth(sentence, known), eager=eager)

    def script(self, text: str, options: SynthesisOptions, budget: Budget = UNLIMITED) -> Script:
        """A text with what its markup and the lexicons ask for.

        Raises:
            SpokenTextTooLong: aliases make it longer than the budget allows.
            UnknownMarkup: there is no such kind of markup.
            MarkupError: the markup is wrong; where and how.
            LexiconError: an entry is wrong.
            StorageError: the installation's lexicon cannot be read.
            InvalidArgument: the text is no string.
        """
        return self._read(text, options.markup, self._find_lexicons(options), budget, self.capabilities)

    def explain(self, text: str, markup: str = "auto", lexicon: Mapping[str, str] | str = "") -> Explanation:
        """What would be said, and why; raises as `explain_reading`, and for an argument of a wrong type."""
        return self.explain_reading(text, SynthesisOptions(markup=markup, lexicon=lexicon))

    def explain_reading(
        self, text: str, options: SynthesisOptions, budget: Budget = UNLIMITED
    ) -> Explanation:
        """What would be said, and why; raises as `script` does.

        Raises:
            InvalidText: the text holds lone surrogates.
            SpokenTextTooLong: more is said of it than the budget allows.
        """
        lexicons = self._find_lexicons(options)
        script = self._read(text, options.markup, lexicons, budget, self.capabilities)
        budget.check_length(script)
        return explanation(self._frontend, script, conflicts(lexicons))

    def _open(
        self,
        text: str,
        options: SynthesisOptions,
        request: ResolvedRequest | None,
        budget: Budget,
        *,
        continued: bool = False,
    ) -> _Synthesis:
        """Check a request and read its first sentence."""
        capabilities = self._look(text, options, request)
        notices = () if request else tuple(voice_notices(capabilities, options.voice))
        resolved = request.options if request else _resolve(options, capabilities)[0]
        lexicons = self._find_lexicons(options)
        script = self._read(text, options.markup, lexicons, budget, capabilities, resolved)
        budget.check_length(script)
        length = estimate_length(script, resolved.speed)
        budget.require_seconds(budget.spent + length.shortest)
        sentences = filter(_is_audible, self._frontend.sentences(script, continued=continued))
        first = next(sentences, None)
        if first is None:
            raise _explain_silence(script.text)
        voices = (
            list_voices(script, capabilities, resolved)
            if script.changes
            else (capabilities.find(resolved.voice),)
        )
        if not all(_MANDARIN in voice.syllables for voice in voices):
            self._check_syllables(script, capabilities, resolved)
        return _Synthesis(
            self._engine,
            self._frontend,
            capabilities,
            script,
            itertools.chain([first], sentences),
            resolved,
            options.is_auto,
            common_rate(voices),
            length,
            distinct_notices((*notices, *script.notices)),
            budget,
        )

    def _look(self, text: str, options: SynthesisOptions, request: ResolvedRequest | None) -> Capabilities:
        """What the engine can do: at the last look, where the request depends on its voice alone and that is
        what it was when the request was resolved; else now.
        """
        last = self._last_look
        if last is None or request is None or _may_be_marked(text, options):
            return self.capabilities.without(request.hidden if request else ())
        voice = request.voice
        return last if voice.digest and voice in last.voices else self.capabilities

    def _read(
        self,
        text: str,
        markup: str,
        lexicons: _Lexicons,
        budget: Budget,
        capabilities: Capabilities,
        resolved: ResolvedOptions | None = None,
    ) -> Script:
        """A script; what the voices can do is checked for the options of a request, or for any voice."""
        check("text", text, TEXT)
        script = read(text, markup, self._find_vocabulary(capabilities))
        if script.directives:
            check_languages(script, capabilities, resolved.voice if resolved else "")
        if resolved and script.changes:
            check_emotions(script, capabilities, resolved)
        if not lexicons:
            return script
        return with_lexicon(script, merge_lexicons(lexicon for _, lexicon in lexicons), budget.characters)

    def _list_notices(
        self, text: str, options: SynthesisOptions, capabilities: Capabilities
    ) -> tuple[Notice, ...]:
        is_known = not options.voice or options.voice in capabilities.names
        notices = () if is_known else tuple(voice_notices(capabilities, options.voice))
        if not (_may_be_marked(text, options) and ("<" in text or NAME_PART in text.lower())):
            return notices
        script = read(text, options.markup, self._find_vocabulary(capabilities))
        return distinct_notices((*notices, *script.notices))

    def _find_vocabulary(self, capabilities: Capabilities) -> MarkupVocabulary:
        """What markup may ask for; made anew when other voices are installed."""
        known = self._vocabulary
        if known is None or known[0] is not capabilities:
            known = self._vocabulary = capabilities, make_vocabulary(capabilities)
        return known[1]

    def _check_syllables(self, script: Script, capabilities: Capabilities, resolved: ResolvedOptions) -> None:
        """What the text is read as is known only sentence by sentence, so for voices of dialects all of it is
        read beforehand.

        Raises:
            UnpronounceableSymbol: a voice does not speak the language of what it shall say.
        """
        for sentence in self._frontend.sentences(script):
            check_syllables(sentence, capabilities, resolved)

    def _find_lexicons(self, options: SynthesisOptions) -> _Lexicons:
        """The lexicons that there are, by level, the nearest first."""
        found: list[tuple[str, UserLexicon]] = []
        wanted = options.lexicon
        if wanted:
            found.append(("request", parse(wanted) if isinstance(wanted, str) else from_mapping(wanted)))
        if self._lexicon:
            found.append(("file", self._lexicon.current()))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Synthesis:
    """A request that has been checked.

    Attributes:
        engine: that speaks.
        frontend: that tells emotions from words.
        capabilities: of the engine, as they were when the request came.
        script: of the text.
        sentences: of the script, at least one, as they are read.
        options: of the whole.
        is_auto: whether the emotion of each sentence is told from its words.
        sample_rate: the lowest at which none of the voices loses anything.
        length: of the speech.
        notices: what is done otherwise than was asked.
        budget: what it may cost.
    """

    engine: Engine
    frontend: Frontend
    capabilities: Capabilities
    script: Script
    sentences: Iterator[Sentence]
    options: ResolvedOptions
    is_auto: bool
    sample_rate: Hertz
    length: SpeechLength
    notices: tuple[Notice, ...]
    budget: Budget

    def stream(self, sample_rate: Hertz, output: Output | None = None) -> SpeechStream:
        """The request as a stream; `output` is what its chunks are put through at the end."""
        return SpeechStream(sample_rate, self.length, self._speak(sample_rate, output), self.notices)

    def _speak(self, sample_rate: Hertz, output: Output | None) -> Generator[AudioChunk, None, Seconds]:
        """Sentences with the pauses between them; returns the pause after the last one.

        Raises:
            SpeechTooLong: in place of the first chunk that is more than the budget allows.
        """
        length: float = self.budget.spent
        pause, span = Seconds(0.0), Span(0, 0)

        def finish(chunk: AudioChunk) -> AudioChunk:
            nonlocal length
            length += chunk.duration
            self.budget.require_seconds(length)
            return output.process(chunk) if output else chunk

        for sentence in self.sentences:
            options = self._predict_emotion(sentence) if self.is_auto else self.options
            if pause > 0.0:
                yield finish(_rest(pause, sample_rate, span))
            for utterance, rest in segments(sentence, options, self._shifts):
                if utterance is not None:
                    span = utterance.sentence.span
                    with closing(self._say(utterance, sample_rate)) as chunks:
                        for chunk in chunks:
                            yield finish(chunk)
                if rest > 0.0:
                    yield finish(_rest(rest, sample_rate, span))
            stretch = shape(options.emotion, self.capabilities.name).pause / options.speed
            pause = Seconds(sentence.pause * stretch)
        if output:
            yield output.flush()
        return pause

    def _say(self, utterance: Utterance, sample_rate: Hertz) -> Generator[AudioChunk]:
        """What the engine says, its words at their levels, at the rate of the whole."""
        items = (item for item in utterance.sentence.items if not isinstance(item, Mark))
        levels = {item.span: item.inflection.volume for item in items}
        leveller = Leveller(levels) if any(levels.values()) else None
        converter: RateConverter | None = None
        supported = replace(utterance, options=self._limit_emotion(utterance.options))
        with closing(self.engine.synthesize(supported)) as chunks:
            for chunk in chunks:
                levelled = leveller.process(chunk) if leveller else chunk
                if chunk.sample_rate != sample_rate:
                    converter = converter or RateConverter(chunk.sample_rate, sample_rate)
                yield converter.process(levelled) if converter else levelled
        if converter:
            yield converter.flush()

    def _predict_emotion(self, sentence: Sentence) -> ResolvedOptions:
        """The options with the emotion that the words of a sentence suggest, at the intensity asked for."""
        suggested = self.frontend.predict_emotion(source_text(self.script, sentence))
        strength = self.options.emotion.intensity * (suggested.strength or 1.0)
        return self._limit_emotion(
            replace(self.options, emotion=resolve(suggested.label, min(INTENSITY_RANGE[1], strength)))
        )

    def _limit_emotion(self, options: ResolvedOptions) -> ResolvedOptions:
        """Neutral where a voice does not show an emotion; what was asked for has been checked."""
        if options is self.options:
            return options
        supported = self.capabilities.find(options.voice).emotions
        return options if options.emotion.name in supported else replace(options, emotion=Emotion())

    def _shifts(self, voice: str) -> bool:
        """Whether a voice can change its emotion in the middle of a sentence."""
        return self.capabilities.find(voice).shifts


def _resolve(options: SynthesisOptions, capabilities: Capabilities) -> tuple[ResolvedOptions, VoiceInfo]:
    emotion = resolve("" if options.is_auto else options.emotion, options.intensity)
    voice = capabilities.find(options.voice)
    for name, _ in emotion.parts:
        if name not in voice.emotions:
            raise UnknownEmotion(name, voice.emotions)
    return ResolvedOptions(voice.id, emotion, options.speed, options.pitch, options.volume), voice


def _may_be_marked(text: str, options: SynthesisOptions) -> bool:
    """Whether a text may hold markup, which can name any voice."""
    return options.markup != "none" and ("<" in text or "[" in text)


def _digest_voices(text: str, options: SynthesisOptions, voice: VoiceInfo, capabilities: Capabilities) -> str:
    """Digest of the voices that the sound of a text may depend on; empty where one is not known.

    Args:
        text: what is spoken.
        options: how.
        voice: of the whole.
        capabilities: what can be spoken with.
    """
    if not _may_be_marked(text, options):
        return voice.digest
    return join_digests(*(each.digest for each in capabilities.voices))


def _rest(seconds: float, sample_rate: Hertz, span: Span) -> AudioChunk:
    return AudioChunk(silence(seconds, sample_rate), sample_rate, (), span)


def _explain_silence(text: str) -> EmptyText:
    return UnreadableText() if any(character.isalpha() for character in text) else EmptyText()


def _is_audible(sentence: Sentence) -> bool:
    return any(not isinstance(item, Mark) for item in sentence.items)
