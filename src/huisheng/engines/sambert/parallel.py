"""From a plan to samples, where all frames could be made at once.

    symbols ──encoder──▶ text ──durations──▶ frames of text ──contours──▶ pitch, voicing, energy
    frames of text and their contours ──decoder──▶ mel ──spectral──▶ samples, window by window

Contours are cheap and made for the whole utterance, so that what a request wants of the melody can look at
all of it; a second core makes a half of them. A frame of the decoder depends on a fixed stretch around it, so
a window with that much around it is exact, and the first is small.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.graphs import Graph, contradictory
from huisheng.engines.sambert.contours import Contours, wished
from huisheng.engines.sambert.helper import Help, Helper, divided
from huisheng.engines.sambert.network import Mel
from huisheng.engines.sambert.plan import Frames, Plan
from huisheng.engines.sambert.protocol import Sound, Sounding
from huisheng.engines.sambert.spectral import TRACKS, tried
from huisheng.engines.sambert.windows import Margin, around
from huisheng.errors import EngineError
from huisheng.types import Samples
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Parallel

WINDOWS: Final = (24, 400)
"""Frames that are heard in one go, the last number again and again: the first sound comes soon, the rest in
long stretches, since what surrounds a window is made twice."""

_FIELDS: Final = 4
"""Ids of a symbol."""

_PLACES: Final = 3
"""Numbers that tell where a frame stands in its symbol."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """An utterance before it is spoken: T frames of L symbols.

    Attributes:
        frames: (L,) that each symbol lasts.
        text: (T, C + 3) text, speaker and feeling of each frame, and its place in its symbol.
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
        """Channels P, S and E of what the duration predictor hears."""
        self._check()
        mel = tried(self._decoder, package)["mel"]
        if mel.ndim != 2:
            raise contradictory(package)
        self.columns = mel.shape[1] + TRACKS
        """M of the frames, pitch and voicing among them."""
        self._reach = Margin(known.decoder_reach, known.decoder_reach)
        self._sung_reach = known.contours_reach
        self._ahead = ahead
        self._energy = None if known.energy is None else known.energy[0] / known.energy[1]

    def read(self, plan: Plan) -> tuple[Plan, NDArray[np.float32]]:
        """The plan, and the (L, P) text of its symbols."""
        return plan, self._encoder({"symbols": plan.ids})["text"]

    def outline(self, plan: Plan, queue: Executor | None = None) -> tuple[Plan, Score]:
        """The plan, and how long each of its symbols is and how it is sung.

        Args:
            plan: of the utterance.
            queue: where another thread takes a half of the melody, if any does.

        Raises:
            EngineError: the runtime failed, or what it gave is no speech.
        """
        plan, text = self.read(plan)
        heard = {"text": text, "speaker": plan.speakers, "emotion": plan.emotions}
        log_durations = self._durations(heard)["log_durations"]
        if not np.isfinite(log_durations).all():
            raise EngineError
        frames, _ = plan.frames(log_durations)
        if not frames.any():
            raise EngineError
        rows = spread(np.concatenate([text, plan.speakers, plan.emotions], axis=1), frames)
        said = self._sung(rows, queue)
        if not np.isfinite(said).all():
            raise EngineError
        contours = wished(plan, frames, said, self._energy)
        return plan, Score(frames, rows, contours, plan.heard(frames)[0].end)

    def windows(self, outline: Score) -> Iterator[tuple[int, int]]:
        """Where each of `mels` begins and ends: the first brings out a word at least, and is longer than what
        is heard of it, since the vocoder looks ahead; no rest is smaller than what surrounds it.
        """
        done, (first, *others) = 0, WINDOWS
        for size in chain([max(first, outline.opening) + self._ahead], others, repeat(others[-1])):
            if outline.total - done - size < self._reach.before + self._ahead:
                break
            yield done, done + size
            done += size
        yield done, outline.total

    def mels(self, outline: Score) -> Iterator[Mel]:
        """(T, M) frames, pitch and voicing behind the mel, in windows that follow each other without a seam;
        together all of them.
        """
        return (self.mel(outline, window) for window in self.windows(outline))

    def mel(self, outline: Score, window: tuple[int, int], queue: Executor | None = None) -> Mel:
        """(n, M) the frames of a window.

        Args:
            outline: of the utterance.
            window: first frame, and the one after the last.
            queue: where another thread takes a half, if any does.
        """
        halves = divided(partial(self._made, outline), window, 2 * self._reach.before, queue)
        return np.concatenate(halves)

    def _sung(self, rows: NDArray[np.float32], queue: Executor | None) -> Contours:
        """Of all (T, C + 3) frames, as predicted; in halves only where it is known how far they overlap."""
        reach = self._sung_reach or 0
        helper = None if self._sung_reach is None else queue

        def sung(start: int, end: int) -> NDArray[np.float32]:
            """(3, end − start)"""
            window = around(start, end, len(rows), Margin(reach, reach))
            made = self._contours({"frames": rows[start - window.before : end + window.after]})
            own = slice(window.before, window.before + end - start)
            return np.stack([made[name][own] for name in Contours._fields])

        halves = divided(sung, (0, len(rows)), 2 * reach, helper)
        return Contours(*np.concatenate(halves, axis=1))

    def _made(self, score: Score, start: int, end: int) -> Mel:
        """(end − start, M) frames."""
        window = around(start, end, score.total, self._reach)
        seen = slice(start - window.before, end + window.after)
        pitch, voicing, energy = (track[seen] for track in score.contours)
        said = self._decoder(
            {"frames": score.text[seen], "pitch": pitch, "voicing": voicing, "energy": energy}
        )
        own = slice(window.before, window.before + end - start)
        return np.concatenate([said["mel"], pitch[:, None], voicing[:, None]], axis=1)[own]

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

    While nobody else speaks, a helper makes a half of each window's frames, then of its samples.

    Args:
        network: makes frames.
        vocoder: makes samples of them.
        threads: that may work on one utterance, while it is alone; more than two are no use.
    """

    def __init__(self, network: ParallelNetwork, vocoder: Sounding, threads: int) -> None:
        self._network = network
        self._vocoder = vocoder
        self._helper = Helper(wanted=threads > 1)

    def outline(self, plan: Plan) -> tuple[Plan, Score]:
        """What is to be said of each symbol of a plan.

        Raises:
            EngineError: the runtime failed, or what it gave is no speech.
        """
        with self._helper.claimed() as queue:
            return self._network.outline(plan, queue)

    def stream(self) -> Sound:
        """The vocoder on a new utterance, whose frames are already there."""
        return self._vocoder.stream()

    def samples(self, outline: Score) -> Generator[Samples]:
        """Pieces (N,) that follow each other; together the whole. Nothing works on while one is handed over.

        Raises:
            EngineError: the runtime failed.
        """
        stream = self.stream()
        for window in self._network.windows(outline):
            with self._helper.claimed() as queue:
                mel = self._network.mel(outline, window, queue)
                work = stream.flush if window[1] == outline.total else stream.process
                samples = work(mel, Help(queue, 0.0) if queue else None)
            yield samples


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
