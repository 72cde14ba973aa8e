"""From a plan to frames of the mel spectrogram: text and its variance at once, then the decoder step by step.

    symbols ──encoder──▶ text ──variance──▶ durations, coloured text ──▶ memory, r frames a step
    memory ──decoder──▶ coarse frames ──postnet──▶ frames, a few steps later

The memory of a chunk is made when the decoder comes to it, so that the length of an utterance costs nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.graphs import Axes, Graph, fits
from huisheng.engines.sambert.steps import Chunk, DecoderSteps
from huisheng.engines.two_stage.plan import Frames, Plan, Values
from huisheng.engines.two_stage.vectors import read_rows
from huisheng.errors import EngineError
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Sambert

Mel: TypeAlias = NDArray[np.float32]
"""(T, M) frames, normalised as in training; with a source the last two columns are F0 and voicing."""

CHUNKS: Final = (12, 24, 64, 128)
"""Steps of the decoder in one go, the last number again and again: the first sound comes soon, and what is
made while it is heard is made in longer and more efficient stretches."""

_FIELDS: Final = {"symbols": 4, "bytes": 1}
"""Ids of one symbol, by what the network reads."""

_SOUNDS: Final = 3
"""Sounds of hesitation that the encoder tells apart."""

_LONGEST_WAVE: Final = 10_000.0
"""Ratio of the longest to the shortest wavelength of positions (Vaswani et al. 2017, arXiv 1706.03762)."""


@dataclass(frozen=True, slots=True)
class Outline:
    """An utterance before it is spoken: what there is to say of each of its L symbols.

    Attributes:
        text: (L, P) coloured with pitch and energy.
        speakers: (L, S).
        emotions: (L, E).
        frames: (L,) that each lasts.
        band: steps that the decoder looks back and ahead.
    """

    text: NDArray[np.float32]
    speakers: NDArray[np.float32]
    emotions: NDArray[np.float32]
    frames: Frames
    band: int

    @property
    def total(self) -> int:
        """Frames of the whole."""
        return int(self.frames.sum())


class SambertNetwork:
    """The acoustic graphs of a package. It keeps no state: threads may share it.

    Args:
        package: that holds them.
        known: of the voice.
        batch: utterances whose steps are made together.

    Raises:
        VoicePackageError: a graph cannot be loaded, or does not fit the others or the manifest.
    """

    def __init__(self, package: VoicePackage, known: Sambert, batch: int = 1) -> None:
        self._encoder, self._variance, decoder, self._postnet = (
            Graph(package, f"{part}.onnx") for part in ("encoder", "variance", "decoder", "postnet")
        )
        self._known = known
        self.text_units, self.speaker_units, self.emotion_units = (
            self._variance.width(name) for name in ("text", "speaker", "emotion")
        )
        """Channels P, S and E of what the variance adaptor hears."""
        self.columns = self._postnet.width("coarse")
        """M of the frames."""
        self._check(decoder)
        self._steps = DecoderSteps(decoder, batch)
        sounds = (_SOUNDS, "symbols", self.text_units)
        self._hesitations = read_rows(package, "pauses.npy", sounds) if known.fills_pauses else None

    def outline(self, plan: Plan) -> tuple[Plan, Outline]:
        """What is to be said of each symbol; where the voice hesitates, symbols are added to the plan.

        Raises:
            EngineError: the runtime failed, or what it gave is no speech.
        """
        plan, text = self.read(plan)
        varied = self.vary(plan, text)
        if not np.isfinite(varied["log_durations"]).all():
            raise EngineError
        frames, longest = plan.frames(varied["log_durations"])
        if not frames.any():
            raise EngineError
        band = int(longest / self._known.group + 0.5)
        return plan, Outline(varied["coloured"], plan.speakers, plan.emotions, frames, band)

    def read(self, plan: Plan) -> tuple[Plan, NDArray[np.float32]]:
        """The (L, P) text of the symbols, and the plan with hesitations, if any, among them."""
        encoded = self._encoder({"symbols": plan.ids})
        if self._hesitations is None:
            return plan, encoded["text"]
        return insert_hesitations(
            plan, encoded["text"], encoded["pauses"].astype(np.int64), self._hesitations
        )

    def vary(self, plan: Plan, text: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """The variance adaptor's outputs for (L, P) text; a melody is widened around its own mean, which is
        asked for first.
        """
        pitch = self._known.pitch
        ratio = None if pitch is None else pitch[0] / pitch[1]
        middle = 0.0
        if (plan.controls.widths != 1.0).any():
            plain = self._adapt(plan, text, _identity(text))
            middle = float(plain["pitch"][plan.spoken].mean()) if plan.spoken.any() else 0.0
        return self._adapt(plan, text, plan.melody(ratio, middle))

    def lengths(self, outline: Outline) -> Iterator[int]:
        """Frames that the decoder makes for each of `mels`."""
        steps = -(-outline.total // self._known.group)
        return (self._known.group * count for count in schedule(steps))

    def mels(self, outline: Outline) -> Generator[Mel]:
        """Frames (T, M) in stretches that follow each other without a seam; together all of them."""
        coarse = Decoder(self._steps, self._known.group, outline)
        postnet = Postnet(self._postnet, outline.total)
        for chunk in coarse.chunks():
            yield postnet.process(chunk)

    def _check(self, decoder: Graph) -> None:
        """
        Raises:
            VoicePackageError: a graph takes or gives something else than what is asked for here.
        """
        known = self._known
        controls = dict.fromkeys(("pitch_scale", "pitch_bias", "energy_scale", "energy_bias"), ("L",))
        self._encoder.check(
            {"symbols": ("L", _FIELDS[known.reads])}, ["text", "pauses"] if known.fills_pauses else ["text"]
        )
        self._variance.check(
            {
                "text": ("L", self.text_units),
                "speaker": ("L", self.speaker_units),
                "emotion": ("L", self.emotion_units),
                **controls,
            },
            ["coloured", "log_durations", "pitch"],
        )
        memory = known.group * self.text_units + self.speaker_units + self.emotion_units
        decoder.check(_stepping(memory, self.columns, decoder), ["frames", "last", "next_band"])
        self._postnet.check(
            {"coarse": ("n", self.columns), "start": (1,), "total": (1,), "recent": ("k", self.columns)},
            ["mel", "next_recent"],
        )

    def _adapt(
        self, plan: Plan, text: NDArray[np.float32], melody: tuple[Values, Values]
    ) -> dict[str, NDArray[np.float32]]:
        """The same with the normalised F0 multiplied by the first values and then raised by the second."""
        (scale, bias), (effort, lift) = melody, plan.effort()
        return self._variance(
            {
                "text": text,
                "speaker": plan.speakers,
                "emotion": plan.emotions,
                "pitch_scale": scale,
                "pitch_bias": bias,
                "energy_scale": effort,
                "energy_bias": lift,
            }
        )


class Decoder:
    """The autoregressive decoder on one utterance.

    Args:
        steps: of the voice.
        group: r, frames of a step.
        outline: of the utterance.
    """

    def __init__(self, steps: DecoderSteps, group: int, outline: Outline) -> None:
        self._make = steps
        self._group = group
        self._outline = outline
        self._ends = np.cumsum(outline.frames)
        self._steps = -(-outline.total // group)
        self._width = steps.width(outline.band)
        self._past = steps.start(self._width)
        self._done = 0

    def chunks(self, sizes: tuple[int, ...] = CHUNKS) -> Iterator[Mel]:
        """Coarse frames (T, M), `sizes` steps at a time, the last size again and again."""
        for steps in schedule(self._steps, sizes):
            yield self.process(steps)

    def process(self, steps: int) -> Mel:
        """(≤ steps · r, M) the next frames."""
        first, last = self._done, min(self._done + steps, self._steps)
        pieces: list[Mel] = []
        while self._done < last:
            made = self._make(self._chunk(min(last, self._done + self._make.at_once)))
            self._past = made.past
            self._done += len(made.frames) // self._group
            pieces.append(made.frames)
        left = self._outline.total - first * self._group
        return np.concatenate(pieces)[:left]

    def _chunk(self, last: int) -> Chunk:
        """The steps from here up to, not including, `last`."""
        memory = self.memory(self._done, last + self._width)
        return Chunk(memory, self._penalty(np.arange(self._done, last)), self._past)

    def memory(self, first: int, last: int) -> NDArray[np.float32]:
        """What these steps read, of shape (last − first, r·P + S + E); zeros after the end of the utterance.

        The r texts of a step, then the speaker and the emotion of its first frame.
        """
        group, outline = self._group, self._outline
        frames = np.arange(first * group, min(last, self._steps) * group)
        valid = (frames < outline.total)[:, None]
        owners = np.minimum(np.searchsorted(self._ends, frames, side="right"), len(self._ends) - 1)
        places = (frames - self._ends[owners] + outline.frames[owners] + 1) * valid[:, 0]
        text = outline.text[owners] * valid + positions(places, outline.text.shape[1])
        starts = owners[::group]
        rows = np.concatenate(
            [
                text.reshape(len(starts), -1),
                outline.speakers[starts] * valid[::group],
                outline.emotions[starts] * valid[::group],
            ],
            axis=1,
        )
        memory = np.zeros((last - first, rows.shape[1]), dtype=np.float32)
        memory[: len(rows)] = rows
        return memory

    def _penalty(self, steps: NDArray[np.int64]) -> NDArray[np.float32]:
        """(n, 2, w + 1): −inf for steps behind that are before the first, ahead after the last, and beyond
        the utterance's own band.
        """
        band, width, places = self._outline.band, self._width, np.arange(self._width + 1)
        behind = (steps[:, None] - width + places >= 0) & (places >= width - band)
        ahead = (steps[:, None] + places < self._steps) & (places <= band)
        return np.where(np.stack([behind, ahead], axis=1), 0.0, -np.inf).astype(np.float32)


class Postnet:
    """The postnet on one utterance; what comes out lags behind what is put in, until that is all.

    Args:
        graph: postnet.onnx.
        total: frames of the utterance.
    """

    def __init__(self, graph: Graph, total: int) -> None:
        self._graph = graph
        self._total = total
        self._start = 0
        self._state = {
            name: graph.zeros(name) for name in graph.inputs if name not in ("coarse", "start", "total")
        }
        self._lag = len(self._state["recent"])
        self._held: Mel = graph.zeros("coarse")

    def process(self, coarse: Mel) -> Mel:
        """(n, M) the next coarse frames → (T, M) what is ready, possibly nothing."""
        frames = np.concatenate([self._held, coarse])
        if self._start + len(frames) == self._total:
            frames = np.concatenate([frames, np.zeros_like(self._state["recent"])])
        if self._start + len(frames) <= max(self._start, self._lag):
            self._held = frames  # the state of an LSTM that hears no frame is undefined in ONNX Runtime
            return frames[:0]
        inputs = {"coarse": frames, "start": np.array([self._start]), "total": np.array([self._total])}
        made = self._graph(inputs | self._state)
        self._state = {name: made[f"next_{name}"] for name in self._state}
        self._start += len(frames)
        self._held = frames[:0]
        return made["mel"]


def _stepping(memory: int, columns: int, decoder: Graph) -> dict[str, Axes]:
    """Inputs of the decoder for so many channels of memory and columns of a frame: of one row, or of any."""
    single: dict[str, Axes] = {
        "steps": (),
        "memory": ("S", memory),
        "penalty": ("n", 2, "W"),
        "frame": (1, columns),
        "band": ("layers", 2, "heads", "w", "depth"),
    }
    if fits(decoder.inputs.get("memory", ()), single["memory"]):
        return single
    rows = {name: ("B", *single[name]) for name in ("memory", "band")}
    return single | rows | {"penalty": ("n", "B", 2, "W"), "frame": ("B", columns)}


def schedule(steps: int, sizes: tuple[int, ...] = CHUNKS) -> Iterator[int]:
    """How many of so many steps are made in one go: `sizes`, the last size again and again, then the rest."""
    done = 0
    for size in chain(sizes, repeat(sizes[-1])):
        if done == steps:
            return
        yield min(size, steps - done)
        done += min(size, steps - done)


def positions(places: NDArray[np.int64], channels: int) -> NDArray[np.float32]:
    """(T,) number of each frame within its symbol, from 1, 0 at padding → (T, C): sines in even channels,
    cosines in odd ones, pairs of one wavelength.
    """
    channel = np.arange(channels)
    angles = places[:, None] / _LONGEST_WAVE ** (2 * (channel // 2) / channels)
    return np.where(channel % 2 == 0, np.sin(angles), np.cos(angles)).astype(np.float32)


def insert_hesitations(
    plan: Plan, text: NDArray[np.float32], pauses: NDArray[np.int64], sounds: NDArray[np.float32]
) -> tuple[Plan, NDArray[np.float32]]:
    """The plan and its (L, P) text with sounds of hesitation before some symbols.

    Args:
        plan: of L symbols.
        text: of the encoder.
        pauses: (L,) which sound comes before each symbol, counted from 1, 0 for none.
        sounds: (3, symbols of a sound, P) text of each.
    """
    length = sounds.shape[1]
    counts = np.where(pauses > 0, length + 1, 1)
    owners = np.repeat(np.arange(len(text)), counts)
    rows = [row for own, sound in zip(text, pauses, strict=True) for row in _insert(own, int(sound), sounds)]
    longer = replace(
        plan,
        symbols=tuple(plan.symbols[owner] for owner in owners),
        ids=plan.ids[owners],
        speakers=plan.speakers[owners],
        emotions=plan.emotions[owners],
    )
    return longer, np.stack(rows)


def _insert(
    own: NDArray[np.float32], sound: int, sounds: NDArray[np.float32]
) -> Iterator[NDArray[np.float32]]:
    if sound:
        yield from sounds[sound - 1]
    yield own


def _identity(text: NDArray[np.float32]) -> tuple[Values, Values]:
    """Factors and biases (L,) that leave a value of each symbol as it is, for (L, P) text."""
    return np.ones(len(text), dtype=np.float32), np.zeros(len(text), dtype=np.float32)
