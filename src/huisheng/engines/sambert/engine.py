"""SAM-BERT + HiFi-GAN: a sentence in one go, heard while it is made.

The model was published as KAN-TTS; `acoustic/` and `vocoder/` describe it. Here its graphs are run: `plan`
says what to ask of the network, `network` makes frames, `vocoder` makes samples, and words leave as soon as
their last sample is there. Of a voice that makes all frames at once, `parallel` and `spectral` do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from huisheng import forking
from huisheng.audio.joining import silence
from huisheng.emotion.styles import shape
from huisheng.engines.clauses import Clause, clauses
from huisheng.engines.graphs import contradictory
from huisheng.engines.mixing import shares
from huisheng.engines.protocol import Capabilities
from huisheng.engines.sambert.lending import lent_vocoder, own_vocoder
from huisheng.engines.sambert.network import Network
from huisheng.engines.sambert.parallel import ParallelNetwork, ParallelPipeline
from huisheng.engines.sambert.pipeline import Pipeline
from huisheng.engines.sambert.plan import Heard, Plan
from huisheng.engines.sambert.protocol import Acoustic, Speaking
from huisheng.engines.sambert.spelling import spelt, spelt_in_bytes
from huisheng.engines.sambert.vectors import Table, emotion_vector, read_rows, speaker_vector
from huisheng.engines.sambert.voices import details, inventory, voices
from huisheng.errors import EngineError, UnpronounceableSymbol
from huisheng.text.symbols.sambert import Symbol
from huisheng.types import (
    AudioChunk,
    Emotion,
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
from huisheng.units import Decibels, Hertz, Seconds, amplitude
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import SAMBERT, Manifest

THREADS: Final = 2
"""That work on one utterance when it is alone; more are no use."""

_WHOLE: Final = (1 << 30,)
"""Spoken items after which a sentence may be cut: never, but where the network has no room."""

_LAST_BYTE: Final = 255

_SHOWN: Final = 20
"""Characters of a word, and of its symbols, that a message shows."""


class SambertEngine:
    """One package. Its graphs are loaded once, by the first caller of `load` or `synthesize`.

    Args:
        manifest: what the package says of itself.
        package: reads and verifies it.
        threads: that may work on one utterance, while there is no other; 0 for as many as are of use.
        vocoder: reads and verifies the package whose vocoder is used; its own when None.
        vocoder_digest: of that package, empty where it is not known.
        batch: utterances whose steps are made together, where a voice makes frame after frame.

    Raises:
        VoicePackageError: the manifest is not one of this engine.
    """

    def __init__(
        self,
        manifest: Manifest,
        package: Callable[[], VoicePackage],
        threads: int = 0,
        vocoder: Callable[[], VoicePackage] | None = None,
        vocoder_digest: str = "",
        batch: int = 1,
    ) -> None:
        self._manifest = manifest
        self._package = package
        self._threads = threads or THREADS
        self._vocoder = vocoder
        self._batch = batch
        told = voices(manifest) if vocoder is None else voices(manifest, vocoder_digest)
        self._capabilities = Capabilities(name=manifest.engine, voices=told)
        self._lock = forking.make_lock()
        self._model: Model | None = None

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
        self._opened()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Speak, word by word as they are ready.

        Raises:
            UnknownVoice: the voice is not in the package.
            UnknownEmotion: the voice does not show a feeling.
            UnpronounceableSymbol: the voice cannot say something, or not a word of such a length.
            EngineError: the runtime failed.
        """
        options = utterance.options
        speakers = self._speakers(self._capabilities.find(options.voice).id)
        model = self._opened()
        model.check_words(utterance.sentence.items)
        for clause in clauses(utterance.sentence, model.weigh, model.longest, _WHOLE):
            yield from model.speak(clause.items, options, speakers, clause.span)
            if clause.pause:
                yield model.rest(clause, options)

    def _speakers(self, voice: str) -> dict[str, float]:
        """Speakers of the package and their shares in a voice."""
        ids = [info.id for info in self._capabilities.voices]
        return {self._manifest.speakers[ids.index(name)]: share for name, share in shares(voice).items()}

    def _opened(self) -> Model:
        with self._lock:
            if self._model is None:
                lent = None if self._vocoder is None else self._vocoder()
                self._model = Model(self._package(), self._threads, lent, self._batch)
            return self._model


class Model:
    """The graphs, tables and symbols of a package. It keeps no state: threads may share it.

    Args:
        package: of the voices.
        threads: that may work on one utterance.
        lent: package whose vocoder is used; its own when None.
        batch: utterances whose steps are made together.

    Raises:
        VoicePackageError: something in the package cannot be loaded, or contradicts the rest of it; or the
            vocoder does.
    """

    def __init__(
        self,
        package: VoicePackage,
        threads: int = THREADS,
        lent: VoicePackage | None = None,
        batch: int = 1,
    ) -> None:
        manifest = package.manifest
        known = details(manifest)
        self._rate = Hertz(manifest.sample_rate)
        self._hop = manifest.frame_samples
        self._inventory = inventory(manifest)
        self._in_bytes = known.reads == "bytes"
        self._network, self._pipeline = _parts(package, threads, lent, batch)
        if not self._reads_all(manifest):
            raise contradictory(package)
        speakers = len(manifest.speakers), self._network.speaker_units
        emotions = len(known.emotions), self._network.emotion_units
        self._speakers = Table(manifest.speakers, read_rows(package, "speakers.npy", speakers))
        self._emotions = Table(known.emotions, read_rows(package, "emotions.npy", emotions))
        self._strengths = known.strengths
        self._gains = {person.id: person.gain for person in known.people}
        self.longest = known.longest

    def weigh(self, item: SpokenItem) -> int:
        """Symbols that an item takes at most: with a break after it, or among bytes a blank and a stop."""
        return len(self._spelt((item,))[0]) + self._in_bytes

    def check_words(self, items: Sequence[SpokenItem]) -> None:
        """Whether the network can read every word in one call.

        Raises:
            UnpronounceableSymbol: one is too long, or cannot be said at all; which, and where.
        """
        for item in items:
            if not isinstance(item, Mark):
                count = len(self._spelt((item,))[0])
                if count > self.longest:
                    raise _endless(item, count, self.longest)

    def rest(self, clause: Clause, options: ResolvedOptions) -> AudioChunk:
        """The silence after a clause, as long as Kokoro's in the same feeling and at the same speed."""
        seconds = clause.pause * shape(options.emotion, SAMBERT).pause / options.speed
        return AudioChunk(silence(seconds, self._rate), self._rate, (), clause.span)

    def plan(
        self, items: tuple[SpokenItem, ...], options: ResolvedOptions, speakers: dict[str, float]
    ) -> Plan:
        """What the network is asked for.

        Args:
            items: at least one of them is spoken.
            options: its speed, pitch and feeling; an item's own feeling goes before it.
            speakers: and their shares.
        """
        symbols, ids = self._spelt(items)
        speaker = speaker_vector(self._speakers, speakers)
        feelings = [_feeling(items[symbol.item], options.emotion) for symbol in symbols]
        vectors = {
            feeling: emotion_vector(self._emotions, feeling, self._strengths) for feeling in set(feelings)
        }
        return Plan(
            items,
            symbols,
            ids,
            np.tile(speaker, (len(symbols), 1)),
            np.stack([vectors[feeling] for feeling in feelings]),
            options.speed,
            options.pitch,
        )

    def speak(
        self, items: tuple[SpokenItem, ...], options: ResolvedOptions, speakers: dict[str, float], span: Span
    ) -> Iterator[AudioChunk]:
        """Chunks that end where an item ends; together the whole, without a seam."""
        plan, outline = self._pipeline.outline(self.plan(items, options, speakers))
        cutter = _Cutter(items, plan.heard(outline.frames), span, (self._hop, self._rate))
        gain = np.float32(amplitude(self._gain(speakers)))
        for samples in self._pipeline.samples(outline):
            yield from cutter.process(samples * gain)
        yield cutter.flush()

    def _gain(self, speakers: dict[str, float]) -> Decibels:
        """Of a mixture: that of its speakers, by their shares."""
        total = sum(share * self._gains.get(name, 0.0) for name, share in speakers.items())
        return Decibels(total / sum(speakers.values()))

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

    def _spelt(self, items: tuple[SpokenItem, ...]) -> tuple[tuple[Symbol, ...], NDArray[np.int64]]:
        """L symbols, and (L, fields) their ids."""
        return spelt_in_bytes(items) if self._in_bytes else spelt(items, self._inventory)


class _Cutter:
    """Cuts a stream of samples where items end, so that no word is split between two chunks.

    Args:
        items: of the utterance.
        heard: when each is heard, in order.
        span: source characters of the whole.
        clock: samples of a frame, and of a second.
    """

    def __init__(
        self, items: Sequence[SpokenItem], heard: Sequence[Heard], span: Span, clock: tuple[int, Hertz]
    ) -> None:
        self._items = items
        self._heard = list(heard)
        self._span = span
        self._hop, self._rate = clock
        self._pieces: list[Samples] = []
        self._begin = 0
        self._have = 0

    def process(self, samples: Samples) -> Iterator[AudioChunk]:
        """The items that end within the next samples, if any; the last item waits for `flush`."""
        self._pieces.append(samples)
        self._have += len(samples)
        ended = [heard for heard in self._heard[:-1] if heard.end * self._hop <= self._have]
        if ended and ended[-1].end * self._hop > self._begin:
            yield self._chunk(ended, ended[-1].end * self._hop, self._items[ended[-1].item].span.end)

    def flush(self) -> AudioChunk:
        """What is left."""
        return self._chunk(list(self._heard), self._have, self._span.end)

    def _chunk(self, ended: Sequence[Heard], end: int, spoken: int) -> AudioChunk:
        samples = np.concatenate(self._pieces)
        cut = end - self._begin
        timings = tuple(self._timing(heard) for heard in ended)
        self._pieces, self._begin = [samples[cut:]], end
        self._heard = self._heard[len(ended) :]
        reached = min(max(self._span.start, spoken), self._span.end)
        return AudioChunk(samples[:cut], self._rate, timings, Span(self._span.start, reached))

    def _timing(self, heard: Heard) -> Timing:
        start, end = (
            Seconds((frame * self._hop - self._begin) / self._rate) for frame in (heard.start, heard.end)
        )
        return Timing(self._items[heard.item].span, start, end)


def _parts(
    package: VoicePackage, threads: int, lent: VoicePackage | None, batch: int
) -> tuple[Acoustic[Any], Speaking[Any]]:  # what is outlined, only the two of them know
    """What a voice of either kind is made of.

    Raises:
        VoicePackageError: network and vocoder do not fit each other.
    """
    known = details(package.manifest)
    vocoder = own_vocoder(package) if lent is None else lent_vocoder(lent, package.manifest)
    if known.parallel is None:
        network = Network(package, known, batch)
        parts = network, Pipeline(network, vocoder, threads)
    else:
        network = ParallelNetwork(package, known.parallel, vocoder.ahead)
        parts = network, ParallelPipeline(network, vocoder, threads)
    if vocoder.columns != network.columns:
        raise contradictory(package)
    return parts


def _probe(ids: Sequence[int], network: Acoustic[Any]) -> Plan:
    """A plan of one symbol with these ids, said by nobody."""
    nobody, plainly = (
        np.zeros((1, units), dtype=np.float32) for units in (network.speaker_units, network.emotion_units)
    )
    symbol = Symbol("#3", "tone_none", "s_none", "word_none", 0, Span(0, 0))
    return Plan((), (symbol,), np.array([ids], dtype=np.int64), nobody, plainly, 1.0, 0.0)


def _endless(item: Syllable | EnglishWord, count: int, longest: int) -> UnpronounceableSymbol:
    """That a word has more symbols than the network reads in one call."""
    said = item.surface if isinstance(item, Syllable) else " ".join(item.phones)
    return UnpronounceableSymbol(
        said[:_SHOWN],
        item.text[:_SHOWN],
        item.span,
        f"它有 {count} 个符号，这个音色一次最多合成 {longest} 个，请用空格或标点拆分",
        f"it takes {count} symbols and this voice reads {longest} at once; split it with blanks or marks",
    )


def _feeling(item: SpokenItem, whole: Emotion) -> Emotion:
    own = None if isinstance(item, Mark) else item.inflection.emotion
    return own or whole
