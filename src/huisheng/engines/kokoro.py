"""Kokoro-82M: StyleTTS 2 with an iSTFT vocoder (Li et al. 2023, arXiv 2306.07691), on ONNX Runtime.

The model is cut at its two joints (`export/kokoro.py`), so that emotion is shaped inside it:

    symbols ──durations──▶ frames a symbol ──curves──▶ F0, energy ──decoder──▶ samples
                               ▲ rate, pauses             ▲ shift, range, end
    style = prosody half and timbre half; other voices can be mixed into either

An emotion is measured from the speaker's own neutral curves for the same words, so every voice is moved by
the same amount. A sentence is spoken clause by clause: the decoder normalises over its whole input, which
makes
windows of it inexact, and a short first clause is heard early.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from huisheng import forking
from huisheng.audio.joining import fade_edges, silence
from huisheng.audio.loudness import amplitude
from huisheng.emotion import shaping
from huisheng.emotion.shaping import Curve, Frames
from huisheng.emotion.styles import STYLES, Blends, Shape, shape
from huisheng.engines.clauses import Clause, clauses
from huisheng.engines.graphs import Graph
from huisheng.engines.kokoro_voices import MANDARIN, SAMPLE_RATE, SPEAKERS, VOICES, KokoroSpeaker, Mixture
from huisheng.engines.protocol import Capabilities
from huisheng.errors import UnknownVoice, VoicePackageError
from huisheng.text.symbols.kokoro import Role, Symbol, transcribe
from huisheng.types import PLAIN, AudioChunk, Inflection, Mark, Samples, SpokenItem, Timing, Utterance
from huisheng.units import Seconds
from huisheng.voice.digests import join_digests, package_digest
from huisheng.voice.load import VoicePackage, load_package

Half: TypeAlias = NDArray[np.float32]
"""(1, 128): the timbre or the prosody half of a style."""

Tokens: TypeAlias = NDArray[np.int64]
"""(1, L + 2): ids of the symbols between two zeros."""

FRAME: Final = 600
"""Samples that one frame of the durations lasts: 25 ms."""

POINTS: Final = 2
"""Values of F0 and of energy in one frame."""

LONGEST: Final = 500
"""Symbols in one call; the table of styles ends at 509."""

SPEECH_ENERGY: Final = 1.0
"""The energy curve is above this where the model speaks; −9 is its silence."""

TIMBRE, PROSODY = slice(0, 128), slice(128, 256)
"""The halves of a style."""

_QUIETEST: Final = 0.003
"""−50 dB below the loudest sample: what lies before and after is trimmed."""
_LEAD, _TAIL = 0.015, 0.045
"""Seconds kept around the speech when it is trimmed."""
_FADE: Final = 5.0
"""Milliseconds."""
_SLOWEST: Final = 0.25
"""Speed of a word, with that of the whole: the decoder's memory grows with the length of a clause."""
_FARTHEST: Final = 10.0
"""Factor of the speed and of the melody's width of a word."""

VOICES_USED: Final = frozenset(
    (*MANDARIN, *(voice for speaker in SPEAKERS for voice, _ in (*speaker.prosody, *speaker.timbre)))
) | frozenset(
    blend.voice
    for style in STYLES.values()
    for blends in (style.blends.get("kokoro", Blends()),)
    for blend in (*blends.prosody, *blends.timbre)
)
"""Names in the model's table of styles."""

CAPABILITIES: Final = Capabilities(name="kokoro", voices=VOICES)


class KokoroEngine:
    """The engine. Its model is loaded once, by the first caller of `load` or `synthesize`.

    Args:
        threads: of ONNX Runtime; 0 lets it choose (one a core).
        package: where the model comes from.
        digest: of that package; empty where it is not known until it is loaded.
    """

    def __init__(
        self,
        threads: int = 0,
        package: Callable[[], VoicePackage] = lambda: load_package("kokoro"),
        digest: str = "",
    ) -> None:
        self._threads = threads
        self._package = package
        self._capabilities = _capabilities_of(digest)
        self._lock = forking.make_lock()
        self._model: KokoroModel | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Eight Mandarin voices, every emotion."""
        return self._capabilities

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._model is not None

    @property
    def forkable(self) -> bool:
        """Its graphs keep threads, but for one thread each."""
        return self._threads == 1

    def load(self) -> None:
        """Read and verify the package, open its graphs.

        Raises:
            VoiceMissing: it is not installed.
            VoicePackageError: it is damaged.
        """
        self._open()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Speak clause by clause.

        Raises:
            UnknownVoice: `options.voice` is none of ours.
            EngineError: the runtime failed.
        """
        options = utterance.options
        speaker = find(options.voice)
        model = self._open()
        emotion = shape(options.emotion, CAPABILITIES.name)
        for clause in clauses(utterance.sentence, _weigh, LONGEST):
            task = Task(clause, model.spell(clause), speaker, emotion, options.speed, options.pitch)
            yield make_chunk(task, *model.speak(task))

    def _open(self) -> KokoroModel:
        with self._lock:
            if self._model is None:
                package = self._package()
                self._model = KokoroModel(package, self._threads)
                self._capabilities = _capabilities_of(package_digest(package.manifest))
            return self._model


def _capabilities_of(digest: str) -> Capabilities:
    """What the voices of a package with this digest can do."""
    voices = (replace(voice, digest=join_digests(digest, voice.id)) for voice in VOICES)
    return replace(CAPABILITIES, voices=tuple(voices))


@dataclass(frozen=True, slots=True)
class Task:
    """One call of the model.

    Attributes:
        clause: what is said.
        symbols: (L,) how it is spelt.
        speaker: that says it.
        emotion: as this engine shapes it.
        speed: ratio.
        pitch: semitones.
    """

    clause: Clause
    symbols: tuple[Symbol, ...]
    speaker: KokoroSpeaker
    emotion: Shape
    speed: float
    pitch: float


class Melody(NamedTuple):
    """What the decoder is told about time and pitch: (L + 2,) frames, (2T,) F0 in Hz, (2T,) energy."""

    frames: Frames
    f0: Curve
    energy: Curve

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """Where the model speaks, of shape (2T,)."""
        return (self.energy > SPEECH_ENERGY) & (self.f0 > shaping.LOWEST_F0)


class KokoroModel:
    """The three graphs, the styles and the symbols of a package. It keeps no state: threads may share it."""

    def __init__(self, package: VoicePackage, threads: int) -> None:
        self._ids = package.manifest.symbols
        self._rows = {name: row for row, name in enumerate(package.manifest.speakers)}
        if missing := sorted(VOICES_USED - self._rows.keys()):
            raise VoicePackageError(
                f"语音包缺少声音 {'、'.join(missing)}，请运行 huisheng voices pull kokoro 重新安装。",
                f"The package lacks {', '.join(missing)}; run huisheng voices pull kokoro to mend it.",
            )
        self._styles = cast(
            "NDArray[np.float32]", np.load(package.path("styles.npy"), mmap_mode="r", allow_pickle=False)
        )  # (voices, 510, 256), read from disk row by row
        self._durations, self._curves, self._decoder = (
            Graph(package, f"{part}.onnx", threads) for part in ("durations", "curves", "decoder")
        )

    def spell(self, clause: Clause) -> tuple[Symbol, ...]:
        """The clause in the model's own symbols."""
        return tuple(symbol for symbol in transcribe(clause.items) if symbol.text in self._ids)

    def speak(self, task: Task) -> tuple[Samples, Frames]:
        """(N,) samples with the silences around them, and (L + 2,) frames, N = `FRAME` times their sum."""
        melody = self.melody(task)
        return self.sound(task, melody), melody.frames

    def sound(self, task: Task, melody: Melody) -> Samples:
        """(N,) samples of a melody with the silences around them."""
        inputs = {
            "tokens": self._tokens(task),
            "durations": melody.frames[None].astype(np.float32),
            "f0": melody.f0[None],
            "energy": melody.energy[None],
            "timbre": self._timbre(task),
        }
        return self._decoder(inputs)["audio"].reshape(-1)

    def melody(self, task: Task) -> Melody:
        """The speaker's own time and pitch, moved by emotion, speed and pitch."""
        tokens = self._tokens(task)
        own = self._prosody(task, ())
        plain, hidden = self._times(tokens, own)
        if not task.emotion.prosody:
            melody = self._pitch(time_symbols(task, plain, plain), hidden, own)
            return shape_melody(task, melody, melody)
        mixed = self._prosody(task, task.emotion.prosody)
        weights, mixed_hidden = self._times(tokens, mixed)
        melody = self._pitch(time_symbols(task, plain, weights), mixed_hidden, mixed)
        return shape_melody(task, melody, self._pitch(plain.astype(np.int64), hidden, own))

    def _tokens(self, task: Task) -> Tokens:
        return np.array([[0, *(self._ids[symbol.text] for symbol in task.symbols), 0]], dtype=np.int64)

    def _prosody(self, task: Task, blends: Mixture) -> Half:
        """(1, 128): the speaker's prosody for an input of this length; `blends` take its place by share."""
        kept = 1.0 - sum(share for _, share in blends)
        own = tuple((voice, share * kept) for voice, share in task.speaker.prosody)
        return self._mix((*own, *blends), len(task.symbols), PROSODY)

    def _timbre(self, task: Task) -> Half:
        """(1, 128): the speaker's timbre, moved towards the blends and half as far from the middle of all.

        Mixed in its place alone, the blends would bring every two speakers nearer to each other.
        """
        blends = task.emotion.timbre
        half = sum(share for _, share in blends) / 2.0
        own = tuple((voice, share * (1.0 - half)) for voice, share in task.speaker.timbre)
        middle = tuple((voice, -half / len(MANDARIN)) for voice in MANDARIN)
        return self._mix((*own, *blends, *middle), len(task.symbols), TIMBRE)

    def _mix(self, parts: Mixture, length: int, half: slice) -> Half:
        """(1, 128): the weighted sum of the same half of several styles for inputs of `length` symbols."""
        rows = [self._styles[self._rows[voice], length, half] * share for voice, share in parts]
        return np.stack(rows).sum(axis=0, keepdims=True, dtype=np.float32)

    def _times(self, tokens: Tokens, prosody: Half) -> tuple[Curve, Curve]:
        """(L + 2,) frames as the model rounds them, and its hidden states (1, L + 2, 640)."""
        speed = np.ones(1, dtype=np.float32)
        made = self._durations({"tokens": tokens, "prosody": prosody, "speed": speed})
        return np.maximum(np.rint(made["durations"][0]), 1.0), made["hidden"]

    def _pitch(self, frames: Frames, hidden: Curve, prosody: Half) -> Melody:
        durations = frames[None].astype(np.float32)
        made = self._curves({"durations": durations, "hidden": hidden, "prosody": prosody})
        return Melody(frames, made["f0"][0], made["energy"][0])


def time_symbols(task: Task, plain: Curve, weights: Curve) -> Frames:
    """Frames for every symbol and the two silences around them.

    Speech gets the speaker's own neutral length divided by rate and speed, in the proportions of `weights`;
    marks inside the clause get their pause. The silences around stay as the model wants them: it mutes
    what begins too early.

    Args:
        task: what is said, and how.
        plain: (L + 2,) frames of the speaker's own prosody.
        weights: (L + 2,) frames of the mixed one.

    Returns:
        (L + 2,) frames.
    """
    speech = np.array([False, *(symbol.role is not Role.MARK for symbol in task.symbols), False])
    tempo = _each(task, lambda inflection: min(max(inflection.speed, _SLOWEST / task.speed), _FARTHEST))
    frames = np.rint(weights + _pauses(task)).astype(np.int64)
    total = float((plain / tempo)[speech].sum()) / (task.emotion.rate * task.speed)
    frames[speech] = shaping.fit((weights / tempo * _lengthening(task))[speech], total)
    return frames


def _each(task: Task, value: Callable[[Inflection], float]) -> Curve:
    """(L + 2,) a value of the inflection of every symbol; that of plain speech in the silences around."""
    items = task.clause.items
    inflections = (items[symbol.item] for symbol in task.symbols)
    values = (value(PLAIN if isinstance(item, Mark) else item.inflection) for item in inflections)
    return np.array([value(PLAIN), *values, value(PLAIN)], dtype=np.float32)


def _lengthening(task: Task) -> Curve:
    """(L + 2,) factors: the item before each mark, and the last one, is drawn out."""
    finals = task.clause.finals
    factor = task.emotion.final_lengthening
    factors = (factor if symbol.item in finals else 1.0 for symbol in task.symbols)
    return np.array([1.0, *factors, 1.0], dtype=np.float32)


def _pauses(task: Task) -> Curve:
    """(L + 2,) frames to add at each mark inside the clause, beyond the pause that the model makes of it."""
    last = max(task.clause.finals)
    stretch = max(0.0, task.emotion.pause / task.speed - 1.0) * SAMPLE_RATE / FRAME
    extra = [
        item.pause * stretch if isinstance(item, Mark) and symbol.item < last else 0.0
        for symbol in task.symbols
        for item in (task.clause.items[symbol.item],)
    ]
    return np.array([0.0, *extra, 0.0], dtype=np.float32)


def shape_melody(task: Task, melody: Melody, neutral: Melody) -> Melody:
    """Pitch carried from the register it has into the one that is wanted, counted from `neutral`."""
    source = shaping.register(melody.f0, melody.voiced)
    plain = shaping.register(neutral.f0, neutral.voiced)
    if source is None or plain is None:
        return melody
    target = plain.move(task.emotion.f0_shift, task.emotion.f0_range).transpose(task.pitch)
    f0 = melody.f0 if target == source else shaping.move(melody.f0, melody.voiced, source, target)
    f0 = _inflect(task, melody, f0)
    if task.clause.last and task.emotion.final_f0:
        f0 = shaping.bend(f0, melody.voiced, _last_item(task, melody.frames), task.emotion.final_f0)
    effort = np.where(melody.energy > 0.0, task.emotion.energy, 1.0).astype(np.float32)
    return Melody(melody.frames, f0, melody.energy * effort)


def _inflect(task: Task, melody: Melody, f0: Curve) -> Curve:
    """(2T,) F0 in Hz, higher and wider where single words ask for it."""
    lift = _each(task, lambda inflection: inflection.pitch)
    width = _each(task, lambda inflection: min(inflection.range, _FARTHEST))
    middle = shaping.register(f0, melody.voiced)
    if middle is None or not (lift.any() or (width != 1.0).any()):
        return f0
    counts = melody.frames * POINTS
    return shaping.lift(f0, melody.voiced, np.repeat(lift, counts), np.repeat(width, counts), middle.mean)


def _last_item(task: Task, frames: Frames) -> slice:
    """Where the last spoken item lies on the curves."""
    last = max(symbol.item for symbol in task.symbols if symbol.role is Role.SPOKEN)
    places = [place for place, symbol in enumerate(task.symbols, start=1) if symbol.item == last]
    ends = np.cumsum(frames) * POINTS
    return slice(int(ends[places[0] - 1]), int(ends[places[-1]]))


def make_chunk(task: Task, samples: Samples, frames: Frames) -> AudioChunk:
    """Trimmed to the speech, brought to its level, followed by the clause's pause.

    Args:
        task: that was spoken.
        samples: (N,) as the model makes them.
        frames: (L,) of each symbol.
    """
    start, stop = _speech(samples)
    gain = np.float32(amplitude(task.speaker.gain + task.emotion.level))
    speech = fade_edges(samples[start:stop] * gain, SAMPLE_RATE, _FADE)
    pause = silence(task.clause.pause * task.emotion.pause / task.speed, SAMPLE_RATE)
    bounds = np.clip(np.cumsum(frames) * FRAME, start, stop) - start
    return AudioChunk(np.concatenate([speech, pause]), SAMPLE_RATE, _timings(task, bounds), task.clause.span)


def _speech(samples: Samples) -> tuple[int, int]:
    """First and last sample worth keeping of (N,) samples, with a little air."""
    loud = np.flatnonzero(np.abs(samples) > _QUIETEST * np.abs(samples).max(initial=0.0))
    if not len(loud):
        return 0, len(samples)
    start = int(loud[0]) - round(_LEAD * SAMPLE_RATE)
    stop = int(loud[-1]) + 1 + round(_TAIL * SAMPLE_RATE)
    return max(0, start), min(len(samples), stop)


def _timings(task: Task, bounds: NDArray[np.int64]) -> tuple[Timing, ...]:
    """When each spoken item is heard; `bounds` (L + 2,) holds the sample at which each symbol ends."""
    heard: dict[int, tuple[int, int]] = {}
    for place, symbol in enumerate(task.symbols, start=1):
        if symbol.role is Role.SPOKEN:
            first, _ = heard.get(symbol.item, (int(bounds[place - 1]), 0))
            heard[symbol.item] = (first, int(bounds[place]))
    return tuple(
        Timing(task.clause.items[item].span, Seconds(first / SAMPLE_RATE), Seconds(last / SAMPLE_RATE))
        for item, (first, last) in heard.items()
    )


def find(voice: str) -> KokoroSpeaker:
    """The speaker with this id; the first one when empty.

    Raises:
        UnknownVoice: there is none.
    """
    for speaker in SPEAKERS:
        if voice in ("", speaker.info.id):
            return speaker
    raise UnknownVoice(voice, tuple(info.id for info in VOICES))


def _weigh(item: SpokenItem) -> int:
    """Symbols that an item takes, with the blank after it."""
    return len(transcribe((item,))) + 1
