"""From a plan to samples, where all frames could be made at once.

    symbols ──encoder──▶ text ──durations──▶ frames of text ──contours──▶ pitch, voicing, energy
    frames of text and their contours ──decoder──▶ mel ──spectral──▶ samples, window by window

Contours are cheap and made for the whole utterance, so that what a request wants of the melody can look at
all of it; a second core makes a half of them. A frame of the decoder depends on a fixed stretch around it, so
a window with that much around it is exact, and the first is small.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huisheng.emotion.shaping import HIGHEST_F0, LOWEST_F0
from huisheng.engines.graphs import Graph, contradiction
from huisheng.engines.protocol import EngineOptions
from huisheng.engines.two_stage.plan import Frames, Plan
from huisheng.engines.two_stage.protocol import THREADS
from huisheng.engines.two_stage.voices import details
from huisheng.engines.vocoder.protocol import Mel, Vocoder, VocoderStream
from huisheng.engines.vocoder.spectral import MIDDLE, PER_OCTAVE, TRACKS, Curve, run_once
from huisheng.engines.windows import HelperQueue, HelperThread, make_halves, window_slices
from huisheng.errors import EngineError
from huisheng.types import Samples
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Parallel

WINDOWS: Final = (24, 400)
"""Frames that are heard in one go, the last number again and again: the first sound comes soon, the rest in
long stretches, since what surrounds a window is made twice."""

_FIELDS: Final = 4
"""Ids of a symbol."""

_SEMITONES: Final = 12.0 / PER_OCTAVE
"""Per unit of pitch."""

_PLACES: Final = 3
"""Numbers that tell where a frame stands in its symbol."""


class Contours(NamedTuple):
    """Melody, voicing and effort of every frame.

    Attributes:
        pitch: (T,) height of F0, `f0_of` Hz, finite also where nothing is voiced.
        voicing: (T,) 1 where a frame is voiced, else 0.
        energy: (T,) normalised.
    """

    pitch: Curve
    voicing: Curve
    energy: Curve


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """An utterance before it is spoken: T frames of L symbols.

    Attributes:
        frames: (L,) that each symbol lasts.
        text: (T, C + 3) text, speaker and emotion of each frame, and its place in its symbol.
        contours: (T,) each.
        opening: frames until the first word is over.
    """

    frames: Frames
    text: NDArray[np.float32]
    contours: Contours
    opening: int = 0

    @property
    def total(self) -> int:
        """T."""
        return len(self.text)


class ParallelNetwork:
    """The acoustic graphs of a package. It keeps no state: threads may share it.

    Args:
        package: that holds them.
        known: of the voice.
        ahead: frames that the vocoder waits for before a frame's samples are out.

    Raises:
        VoicePackageError: a graph cannot be loaded, or does not fit the others.
    """

    def __init__(self, package: VoicePackage, known: Parallel, ahead: int) -> None:
        self._encoder, self._durations, self._contours, self._decoder = (
            Graph(package, f"{part}.onnx") for part in ("encoder", "durations", "contours", "decoder")
        )
        self.text_units, self.speaker_units, self.emotion_units = (
            self._durations.width(name) for name in ("text", "speaker", "emotion")
        )
        """Channels P, S and E of what the duration predictor reads."""
        self._check()
        mel = run_once(self._decoder, package)["mel"]
        if mel.ndim != 2:
            raise contradiction(package)
        self.columns = mel.shape[1] + TRACKS
        """M of the frames, pitch and voicing among them."""
        self._reach = known.decoder_reach
        self._contours_reach = known.contours_reach
        self._ahead = ahead
        self._energy = None if known.energy is None else known.energy[0] / known.energy[1]

    def read(self, plan: Plan) -> tuple[Plan, NDArray[np.float32]]:
        """The plan, and the (L, P) text of its symbols."""
        return plan, self._encoder({"symbols": plan.ids})["text"]

    def outline(self, plan: Plan, executor: Executor | None = None) -> tuple[Plan, Score]:
        """The plan, and how long each of its symbols is and how it is sung.

        Args:
            plan: of the utterance.
            executor: where another thread takes a half of the melody, if any does.

        Raises:
            EngineError: the runtime failed, or what it gave is no speech.
        """
        plan, text = self.read(plan)
        inputs = {"text": text, "speaker": plan.speakers, "emotion": plan.emotions}
        log_durations = self._durations(inputs)["log_durations"]
        if not np.isfinite(log_durations).all():
            raise EngineError
        frames, _ = plan.frames(log_durations)
        if not frames.any():
            raise EngineError
        rows = spread(np.concatenate([text, plan.speakers, plan.emotions], axis=1), frames)
        said = self._predict_contours(rows, executor)
        if not np.isfinite(said).all():
            raise EngineError
        contours = shape_contours(plan, frames, said, self._energy)
        return plan, Score(frames, rows, contours, plan.item_frames(frames)[0].end)

    def windows(self, outline: Score) -> list[tuple[int, int]]:
        """Where each of `mels` begins and ends: the first brings out a word at least, and is longer than what
        it brings out, since the vocoder looks ahead; no rest is smaller than what surrounds it.
        """
        first, others = WINDOWS
        total = len(outline.text)
        ends, end = [0], max(first, outline.opening) + self._ahead
        while total - end >= self._reach + self._ahead:
            ends.append(end)
            end += others
        return list(pairwise([*ends, total]))

    def mels(self, outline: Score) -> Iterator[Mel]:
        """(T, M) frames, pitch and voicing behind the mel, in windows that follow each other without a seam;
        together all of them.
        """
        return (self.mel(outline, window) for window in self.windows(outline))

    def mel(self, outline: Score, window: tuple[int, int], executor: Executor | None = None) -> Mel:
        """(T, M) the frames of a window.

        Args:
            outline: of the utterance.
            window: first frame, and the one after the last.
            executor: where another thread takes a half, if any does.
        """
        halves = make_halves(partial(self._make, outline), window, 2 * self._reach, executor)
        return np.concatenate(halves)

    def _predict_contours(self, rows: NDArray[np.float32], executor: Executor | None) -> Contours:
        """Contours of all (T, C + 3) frames; made in halves only where it is known how far they overlap."""
        reach = self._contours_reach or 0

        def predict(start: int, end: int) -> NDArray[np.float32]:
            """Contours of frames `start` up to `end`, of shape (3, T)."""
            given, own = window_slices(start, end, len(rows), reach)
            made = self._contours({"frames": rows[given]})
            return np.stack([made[name][own] for name in Contours._fields])

        helper = None if self._contours_reach is None else executor
        halves = make_halves(predict, (0, len(rows)), 2 * reach, helper)
        return Contours(*np.concatenate(halves, axis=1))

    def _make(self, score: Score, start: int, end: int) -> Mel:
        """(end − start, M) frames."""
        given, own = window_slices(start, end, len(score.text), self._reach)
        pitch, voicing, energy = [track[given] for track in score.contours]
        made = self._decoder(
            {"frames": score.text[given], "pitch": pitch, "voicing": voicing, "energy": energy}
        )
        return np.concatenate([made["mel"], pitch[:, None], voicing[:, None]], axis=1)[own]

    def _check(self) -> None:
        """
        Raises:
            VoicePackageError: a graph takes or gives something else than what is asked for here.
        """
        units = {"text": self.text_units, "speaker": self.speaker_units, "emotion": self.emotion_units}
        frames = {"frames": ("T", sum(units.values()) + _PLACES)}
        tracks = dict.fromkeys(("pitch", "voicing", "energy"), ("T",))
        self._encoder.check({"symbols": ("L", _FIELDS)}, ["text"])
        self._durations.check({name: ("L", width) for name, width in units.items()}, ["log_durations"])
        self._contours.check(frames, list(tracks))
        self._decoder.check(frames | tracks, ["mel"])


class ParallelPipeline:
    """The networks of a package at work. It keeps no state of an utterance: threads may share it.

    While there is no other utterance, a helper makes a half of each window's frames, then of its samples.

    Args:
        network: makes frames.
        vocoder: makes samples of them.
        threads: that may work on one utterance, while it is alone; more than two are no use.
    """

    def __init__(self, network: ParallelNetwork, vocoder: Vocoder, threads: int) -> None:
        self._network = network
        self._vocoder = vocoder
        self._helper = HelperThread(wanted=threads > 1)

    def outline(self, plan: Plan) -> tuple[Plan, Score]:
        """What is to be said of each symbol of a plan.

        Raises:
            EngineError: the runtime failed, or what it gave is no speech.
        """
        with self._helper.claim() as executor:
            return self._network.outline(plan, executor)

    def stream(self) -> VocoderStream:
        """The vocoder on a new utterance, whose frames are already there."""
        return self._vocoder.stream()

    def samples(self, outline: Score) -> Generator[Samples]:
        """Pieces (N,) that follow each other; together the whole. Nothing works on while one is handed over.

        Raises:
            EngineError: the runtime failed.
        """
        stream = self._vocoder.stream()
        for window in self._network.windows(outline):
            with self._helper.claim() as executor:
                mel = self._network.mel(outline, window, executor)
                work = stream.flush if window[1] == len(outline.text) else stream.process
                samples = work(mel, HelperQueue(executor) if executor else None)
            yield samples


def assemble(
    package: VoicePackage, vocoder: Vocoder, options: EngineOptions
) -> tuple[ParallelNetwork, ParallelPipeline]:
    """The network of a package, and it at work with a vocoder.

    Raises:
        VoicePackageError: the manifest says nothing of a parallel network, or a graph cannot be loaded, or
            does not fit the others.
    """
    known = details(package.manifest).parallel
    if known is None:
        raise contradiction(package)
    network = ParallelNetwork(package, known, vocoder.ahead)
    return network, ParallelPipeline(network, vocoder, options.threads or THREADS)


def spread(symbols: NDArray[np.float32], frames: Frames) -> NDArray[np.float32]:
    """Each symbol as often as it lasts, with its place.

    Args:
        symbols: (L, C).
        frames: (L,) that each lasts, T together.

    Returns:
        (T, C + 3), behind a symbol the logarithms of the frames from its start, to its end, and of all of it.
    """
    owners = np.repeat(np.arange(len(symbols)), frames)
    lengths = frames[owners]
    places = np.arange(len(owners)) - (np.cumsum(frames) - frames)[owners] + 1  # (T,) from 1
    counts = np.stack([places, lengths + 1 - places, lengths], axis=1)
    return np.concatenate([symbols[owners], np.log1p(counts, dtype=np.float32)], axis=1)


def shape_contours(plan: Plan, frames: Frames, said: Contours, ratio: float | None) -> Contours:
    """Contours as a plan wants them: words higher, wider around the mean of the whole, with more effort.

    Args:
        plan: of L symbols.
        frames: (L,) that each lasts, T together.
        said: as predicted, voicing as log odds, all finite.
        ratio: mean energy over its deviation; None where the corpus is not known.
    """
    factor, bias = plan.effort(ratio)
    asked = np.stack([plan.controls.widths, plan.controls.intervals, factor, bias]).astype(np.float64)
    widths, intervals, factors, biases = np.repeat(asked, frames, axis=1)  # (4, L) → (4, T)
    voiced = said.voicing > 0.0
    heights = said.pitch.astype(np.float64) * _SEMITONES
    middle = heights[voiced].mean() if voiced.any() else 0.0
    moved = middle + (heights - middle) * widths + intervals
    lowest, highest = [12.0 * math.log2(end / MIDDLE) for end in (LOWEST_F0, HIGHEST_F0)]
    return Contours(
        (np.clip(moved, lowest, highest) / _SEMITONES).astype(np.float32),
        voiced.astype(np.float32),
        (said.energy * factors + biases).astype(np.float32),
    )
