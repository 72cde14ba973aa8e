"""A package whose voices have two stages: a sentence in one go, heard while it is made.

`plan` says what to ask of the network, which is that of `engines/sambert/`, frame after frame, or of
`engines/parallel/`, all frames at once. Words leave as soon as their last sample is there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng import forking
from huisheng.audio.joining import silence
from huisheng.audio.loudness import amplitude
from huisheng.emotion.styles import shape
from huisheng.engines.clauses import Clause, clauses
from huisheng.engines.graphs import contradiction
from huisheng.engines.mixing import shares
from huisheng.engines.protocol import DEFAULT_OPTIONS, Capabilities, EngineOptions
from huisheng.engines.two_stage.plan import ItemFrames, Plan
from huisheng.engines.two_stage.protocol import AcousticNetwork, Assemble
from huisheng.engines.two_stage.spelling import spell_bytes
from huisheng.engines.two_stage.vectors import Table, emotion_vector, read_rows, speaker_vector
from huisheng.engines.two_stage.voices import details, inventory, voices
from huisheng.engines.vocoder.adapter import adapt_vocoder, load_vocoder
from huisheng.errors import EngineError, UnpronounceableSymbol
from huisheng.text.symbols.sambert import Symbol, encode, transcribe
from huisheng.types import (
    AudioChunk,
    EnglishWord,
    Mark,
    ResolvedOptions,
    Samples,
    Span,
    SpokenItem,
    Syllable,
    Timing,
    Utterance,
)
from huisheng.units import Decibels, Hertz, Seconds
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import SAMBERT, Manifest

_WHOLE: Final = (1 << 30,)
"""Spoken items after which a sentence may be cut: never, but where the network has no room."""

_LAST_BYTE: Final = 255

_SHOWN: Final = 20
"""Characters of a word, and of its symbols, that a message shows."""

_KEPT: Final = 256
"""Vectors of speakers, and of emotions, that are not computed again."""

Shares: TypeAlias = tuple[tuple[str, float], ...]
"""Speakers of a package and their shares in a voice."""


class SpelledItems(NamedTuple):
    """How items are spelt for the network.

    Attributes:
        symbols: L of them.
        ids: (L, fields) as the encoder reads them.
    """

    symbols: tuple[Symbol, ...]
    ids: NDArray[np.int64]


class TwoStageEngine:
    """One package. Its graphs are loaded once, by the first caller of `load` or `synthesize`.

    Args:
        manifest: what the package says of itself.
        package: reads and verifies it.
        assemble: opens its network.
        options: how it is made.

    Raises:
        VoicePackageError: the manifest is not one of this engine.
    """

    def __init__(
        self,
        manifest: Manifest,
        package: Callable[[], VoicePackage],
        assemble: Assemble,
        options: EngineOptions = DEFAULT_OPTIONS,
    ) -> None:
        self._package = package
        self._assemble = assemble
        self._options = options
        vocoder = "own" if options.vocoder is None else options.vocoder.digest()
        self._capabilities = Capabilities(manifest.engine, voices(manifest, vocoder))
        self._speakers = lru_cache(_KEPT)(partial(_speakers, self._capabilities, manifest.speakers))
        self._lock = forking.make_lock()
        self._model: VoiceModel | None = None

    @property
    def capabilities(self) -> Capabilities:
        """The speakers of the package."""
        return self._capabilities

    @property
    def loaded(self) -> bool:
        """Whether the graphs are in memory."""
        return self._model is not None

    @property
    def forkable(self) -> bool:
        """Its graphs keep no threads, and its helper's begins with the first utterance."""
        return True

    def load(self) -> None:
        """Read and verify the package, open its graphs.

        Raises:
            VoiceMissing: it, or that of the vocoder, is not installed any more.
            VoicePackageError: it is damaged, or the vocoder, which may not fit any more.
        """
        self._open()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Speak, word by word as they are ready.

        Raises:
            UnknownVoice: the voice is not in the package.
            UnknownEmotion: the voice does not show an emotion.
            UnpronounceableSymbol: the voice cannot say something, or not a word of such a length.
            EngineError: the runtime failed.
        """
        options, sentence = utterance.options, utterance.sentence
        speakers = self._speakers(options.voice)
        model = self._model or self._open()
        whole = model.spell_whole(sentence.items)
        if whole:
            parts: Sequence[Clause] = (Clause(sentence.items, sentence.span, 0.0, last=True),)
        else:
            parts = clauses(sentence, model.weigh, model.longest, _WHOLE)
        for clause in parts:
            spelling = whole or model.spell(clause.items)
            pieces, cutter = model.speak(clause.items, options, speakers, clause.span, spelling)
            for samples in pieces:
                if chunk := cutter.process(samples):
                    yield chunk
            yield cutter.flush()
            if clause.pause:
                yield model.rest(clause, options)

    def _open(self) -> VoiceModel:
        with self._lock:
            if self._model is None:
                vocoder = self._options.vocoder and self._options.vocoder.package()
                self._model = VoiceModel(self._package(), self._assemble, self._options, vocoder)
            return self._model


def _speakers(capabilities: Capabilities, speakers: Sequence[str], voice: str) -> Shares:
    """Speakers of the package and their shares in a voice."""
    ids = [info.id for info in capabilities.voices]
    return tuple(
        (speakers[ids.index(name)], share) for name, share in shares(capabilities.find(voice).id).items()
    )


class VoiceModel:
    """The graphs, tables and symbols of a package. It keeps no state: threads may share it.

    Args:
        package: of the voices.
        assemble: opens its network.
        options: how it is made.
        vocoder: package whose vocoder is used; its own when None.

    Raises:
        VoicePackageError: something in the package cannot be loaded, or contradicts the rest of it; or the
            vocoder does.
    """

    def __init__(
        self,
        package: VoicePackage,
        assemble: Assemble,
        options: EngineOptions = DEFAULT_OPTIONS,
        vocoder: VoicePackage | None = None,
    ) -> None:
        manifest = package.manifest
        known = details(manifest)
        self._rate = Hertz(manifest.sample_rate)
        self._hop = manifest.frame_samples
        self._inventory = inventory(manifest)
        self._in_bytes = known.reads == "bytes"
        sound = adapt_vocoder(vocoder, manifest) if vocoder else load_vocoder(package)
        self._network, self._pipeline = assemble(package, sound, options)
        if sound.columns != self._network.columns or not self._reads_all(manifest):
            raise contradiction(package)
        speakers = len(manifest.speakers), self._network.speaker_units
        emotions = len(known.emotions), self._network.emotion_units
        people = Table(manifest.speakers, read_rows(package, "speakers.npy", speakers))
        categories = Table(known.emotions, read_rows(package, "emotions.npy", emotions))
        gains = {person.id: person.gain for person in known.people}
        self._speaker = lru_cache(_KEPT)(partial(_speaker, people, gains))
        self._emotion = lru_cache(_KEPT)(partial(emotion_vector, categories, strengths=known.strengths))
        self.longest = known.longest

    def spell(self, items: tuple[SpokenItem, ...]) -> SpelledItems:
        """Items in the voice's own symbols.

        Raises:
            UnpronounceableSymbol: the voice cannot say something; what and where.
        """
        if self._in_bytes:
            return SpelledItems(*spell_bytes(items))
        symbols = transcribe(items, self._inventory)
        return SpelledItems(symbols, encode(symbols, self._inventory))

    def spell_whole(self, items: tuple[SpokenItem, ...]) -> SpelledItems | None:
        """The items of a sentence that surely fits into one call; None where it may have to be cut.

        Raises:
            UnpronounceableSymbol: a word is too long, or cannot be said at all; which, and where.
        """
        with suppress(UnpronounceableSymbol):
            spelling = self.spell(items)
            if len(spelling.symbols) + 2 * len(items) <= self.longest:  # at most what `weigh` sums up to
                return spelling
        self.check_words(items)
        return None

    def weigh(self, item: SpokenItem) -> int:
        """Symbols that an item takes at most: with a break after it, or among bytes a blank and a stop."""
        return len(self.spell((item,)).symbols) + self._in_bytes

    def check_words(self, items: Sequence[SpokenItem]) -> None:
        """Check that the network can read every word in one call.

        Raises:
            UnpronounceableSymbol: one is too long, or cannot be said at all; which, and where.
        """
        for item in items:
            if not isinstance(item, Mark):
                count = len(self.spell((item,)).symbols)
                if count > self.longest:
                    raise _too_long(item, count, self.longest)

    def rest(self, clause: Clause, options: ResolvedOptions) -> AudioChunk:
        """The silence after a clause, as long as Kokoro's with the same emotion and at the same speed."""
        seconds = clause.pause * shape(options.emotion, SAMBERT).pause / options.speed
        return AudioChunk(silence(seconds, self._rate), self._rate, (), clause.span)

    def plan(
        self,
        items: tuple[SpokenItem, ...],
        options: ResolvedOptions,
        speakers: Shares,
        spelling: SpelledItems | None = None,
    ) -> Plan:
        """What the network is asked for.

        Args:
            items: at least one of them is spoken.
            options: their speed, pitch and emotion; an item's own emotion goes before it.
            speakers: and their shares.
            spelling: of the items, where it is known.
        """
        symbols, ids = spelling or self.spell(items)
        own = [None if isinstance(item, Mark) else item.inflection.emotion for item in items]
        emotions = [self._emotion(own[symbol.item] or options.emotion) for symbol in symbols]
        people = np.tile(self._speaker(speakers).vector, (len(symbols), 1))
        return Plan(items, symbols, ids, people, np.stack(emotions), options.speed, options.pitch)

    def speak(
        self,
        items: tuple[SpokenItem, ...],
        options: ResolvedOptions,
        speakers: Shares,
        span: Span,
        spelling: SpelledItems | None = None,
    ) -> tuple[Iterator[Samples], ChunkCutter]:
        """(N,) samples, and what makes chunks of them that end where an item ends; together the whole,
        without a seam.
        """
        plan, outline = self._pipeline.outline(self.plan(items, options, speakers, spelling))
        frames = plan.item_frames(outline.frames)
        gain = self._speaker(speakers).gain
        return self._pipeline.samples(outline), ChunkCutter(
            items, frames, span, (self._hop, self._rate), gain
        )

    def _reads_all(self, manifest: Manifest) -> bool:
        """Whether symbols are counted without a gap, and the encoder has a row for each value of each field
        and for what follows them in its tables. Only reading the last rows tells.
        """
        if sorted(manifest.symbols.values()) != list(range(len(manifest.symbols))):
            return False
        last = [_LAST_BYTE] if self._in_bytes else [rows - 1 for rows in self._inventory.sizes[:4]]
        with suppress(EngineError):
            self._network.read(_probe(last, self._network))
            return True
        return False


class SpeakerVector(NamedTuple):
    """A speaker of a package, or a mixture of several.

    Attributes:
        vector: (S,) that the network reads.
        gain: factor that brings the speech to the common level.
    """

    vector: NDArray[np.float32]
    gain: np.float32


def _speaker(table: Table, gains: Mapping[str, float], shares: Shares) -> SpeakerVector:
    """A mixture of speakers by their shares; its gain in decibels is theirs by their shares."""
    vector = speaker_vector(table, dict(shares))
    total = sum(share * gains.get(name, 0.0) for name, share in shares)
    decibels = Decibels(total / sum(share for _, share in shares))
    return SpeakerVector(vector, np.float32(amplitude(decibels)))


class ChunkCutter:
    """Cuts a stream of samples where items end, so that no word is split between two chunks.

    Args:
        items: of the utterance.
        frames: of each, in order.
        span: source characters of the whole.
        clock: samples of a frame, and of a second.
        gain: factor of the samples.
    """

    def __init__(
        self,
        items: Sequence[SpokenItem],
        frames: Sequence[ItemFrames],
        span: Span,
        clock: tuple[int, Hertz],
        gain: np.float32,
    ) -> None:
        self._items = items
        self._waiting = list(frames)
        self._span = span
        self._hop, self._rate = clock
        self._gain = gain
        self._pieces: list[Samples] = []
        self._begin = 0
        self._have = 0

    def process(self, samples: Samples) -> AudioChunk | None:
        """The items that end within the next (N,) samples, if any; the last item waits for `flush`."""
        self._pieces.append(samples * self._gain)
        self._have += len(samples)
        ready = [item for item in self._waiting[:-1] if item.end * self._hop <= self._have]
        end = ready[-1].end * self._hop if ready else 0
        if end <= self._begin:
            return None
        return self._chunk(ready, end, self._items[ready[-1].item].span.end)

    def flush(self) -> AudioChunk:
        """What is left."""
        return self._chunk(self._waiting, self._have, self._span.end)

    def _chunk(self, ready: Sequence[ItemFrames], end: int, spoken: int) -> AudioChunk:
        samples = np.concatenate(self._pieces)
        begin, hop, rate = self._begin, self._hop, self._rate
        timings = [
            Timing(
                self._items[item].span,
                Seconds((first * hop - begin) / rate),
                Seconds((last * hop - begin) / rate),
            )
            for item, first, last in ready
        ]
        self._pieces, self._begin = [samples[end - begin :]], end
        self._waiting = self._waiting[len(ready) :]
        reached = min(max(self._span.start, spoken), self._span.end)
        return AudioChunk(samples[: end - begin], rate, tuple(timings), Span(self._span.start, reached))


def _probe(ids: Sequence[int], network: AcousticNetwork[Any]) -> Plan:
    """A plan of one symbol with these ids, without speaker and emotion."""
    speaker, emotion = (
        np.zeros((1, units), dtype=np.float32) for units in (network.speaker_units, network.emotion_units)
    )
    symbol = Symbol("#3", "tone_none", "s_none", "word_none", 0, Span(0, 0))
    return Plan((), (symbol,), np.array([ids], dtype=np.int64), speaker, emotion, 1.0, 0.0)


def _too_long(item: Syllable | EnglishWord, count: int, longest: int) -> UnpronounceableSymbol:
    """That a word has more symbols than the network reads in one call."""
    said = item.surface if isinstance(item, Syllable) else " ".join(item.phones)
    return UnpronounceableSymbol(
        said[:_SHOWN],
        item.text[:_SHOWN],
        item.span,
        f"它有 {count} 个符号，这个音色一次最多合成 {longest} 个，请用空格或标点拆分",
        f"it takes {count} symbols and this voice reads {longest} at once; split it with blanks or marks",
    )
