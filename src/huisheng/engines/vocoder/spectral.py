"""From frames to samples by filters: pulses at F0 and noise, each frame's spectrum multiplied by its gains.

The network says the gains; all that goes at the rate of samples is here, and takes a tenth of the time. A
frame of the network depends on a fixed stretch around it, F0 is summed up from the first frame on, and noise
is counted by steps, so a stream is the whole in pieces.
"""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.audio.source_filter import Transform, noise, phase, pulses
from huisheng.engines.graphs import Graph, contradiction
from huisheng.engines.vocoder.protocol import Mel
from huisheng.engines.windows import HelperQueue, make_halves, window_slices
from huisheng.errors import EngineError
from huisheng.types import Samples
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Parallel, Spectral

Curve: TypeAlias = NDArray[np.float32]
"""(T,) one value a frame."""

MIDDLE: Final = 200.0
"""Hz that a pitch of 0 stands for."""

PER_OCTAVE: Final = 2.0
"""Pitch from one octave to the next."""

TRACKS: Final = 2
"""Pitch and voicing, columns of a frame behind its mel."""

_NO_SAMPLES: Final[Samples] = np.zeros(0, dtype=np.float32)


class SpectralVocoder:
    """The vocoder of a package. It keeps no state: threads may share it.

    Args:
        package: that holds vocoder.onnx.
        known: of the voice, or of the vocoder alone.

    Raises:
        VoicePackageError: its graph cannot be loaded, or does not fit the manifest.
    """

    def __init__(self, package: VoicePackage, known: Parallel | Spectral) -> None:
        graph = Graph(package, "vocoder.onnx")
        mels = graph.width("mel")
        graph.check({"mel": ("T", mels), "pitch": ("T",), "voicing": ("T",)}, ["pulses", "noise"])
        hop = package.manifest.frame_samples
        pulses = Transform(known.fft, hop // known.steps)
        noise = Transform(known.noise_fft, hop // known.noise_steps)
        made = run_once(graph, package)
        wanted = (known.steps, pulses.bins, 2), (known.noise_steps, noise.bins)
        if (made["pulses"].shape, made["noise"].shape) != wanted:
            raise contradiction(package)
        self.columns = mels + TRACKS
        """M of the frames, pitch and voicing among them."""
        self._filters = Filters(graph, (pulses, noise), hop, known.vocoder_reach)
        self.ahead = self._filters.surroundings + self._filters.overlap
        """Frames that it waits for before a frame's samples are out."""
        self._rate = package.manifest.sample_rate

    def stream(self) -> SpectralStream:
        """For a new utterance."""
        return SpectralStream(self._filters, self._rate)


class FilterInput(NamedTuple):
    """Frames in a row.

    Attributes:
        mel: (T, M).
        pitch, voicing: (T,).
        pulses: (T·hop,) that are filtered.
        first: number of the first of them in the utterance.
    """

    mel: NDArray[np.float32]
    pitch: Curve
    voicing: Curve
    pulses: Samples
    first: int


class Filters:
    """What is done to pulses and noise.

    Args:
        graph: vocoder.onnx.
        transforms: in which pulses are filtered, and noise.
        hop: samples of a frame.
        reach: frames on either side that a frame's filter depends on.
    """

    def __init__(self, graph: Graph, transforms: tuple[Transform, Transform], hop: int, reach: int) -> None:
        self.hop = hop
        self._pulses, self._noise = transforms
        self._steps = hop // self._pulses.hop, hop // self._noise.hop
        self.overhang = self._pulses.overhang
        """Samples by which the filters of a frame reach beyond it, on either side."""
        self.overlap = -(-self.overhang // hop)
        """Frames before and after one that sound in it."""
        self.surroundings = max(reach, self.overlap + 1)
        """Frames that must be known before and after those that are filtered: F0 runs on a frame further."""
        self._graph = graph
        self._reach = reach
        self._noise_spectra = _spectra_of_noise(self._noise)
        self.least = 2 * reach
        """Frames that are worth making what surrounds them."""

    def __call__(self, given: FilterInput, start: int, end: int) -> Samples:
        """Filtered frames.

        Args:
            given: these frames and their surroundings, as far as the utterance goes.
            start: place of the first in it.
            end: place behind the last.

        Returns:
            ((end − start)·hop + 2·overhang,) what they add to the signal.
        """
        seen, own = window_slices(start, end, len(given.mel), self._reach)
        tracks = {"pitch": given.pitch[seen], "voicing": given.voicing[seen]}
        gains = self._graph({"mel": given.mel[seen], **tracks})
        before, after = own.start, own.stop
        pulse_steps, noise_steps = self._steps
        filters = gains["pulses"].view(np.complex64)[
            pulse_steps * before : pulse_steps * after, :, 0
        ]  # (P·n, F)
        made = self._pulses.signal(filters * self._pulses.spectra(self._around(given.pulses, start, end)))
        places = np.arange(noise_steps * (given.first + start), noise_steps * (given.first + end))
        noise_spectra = self._noise_spectra.take(places, axis=0, mode="wrap")  # (S·n, N)
        noise = self._noise.signal(gains["noise"][noise_steps * before : noise_steps * after] * noise_spectra)
        nearer = self.overhang - self._noise.overhang
        made[nearer : nearer + len(noise)] += noise
        return made

    def _around(self, samples: Samples, start: int, end: int) -> Samples:
        """(T·hop + 2·overhang,) of the T frames from `start` to `end`; zeros where the utterance is over."""
        hop, overhang = self.hop, self.overhang
        first, last = start * hop - overhang, end * hop + overhang
        missing = max(0, -first), max(0, last - len(samples))
        return np.pad(samples[max(0, first) : last], missing)


class SpectralStream:
    """The vocoder on one utterance: frames add up to samples, and are complete when none is to come there.

    Args:
        filters: of the voice.
        rate: Hz.
    """

    def __init__(self, filters: Filters, rate: int) -> None:
        self._filters = filters
        self._rate = rate
        self._tail = np.zeros(2 * filters.overhang, dtype=np.float32)
        self._early = filters.overhang
        self._frames: Mel | None = None
        self._first = self._done = 0
        self._turns = 0.0

    def process(self, frames: Mel, helper: HelperQueue | None = None) -> Samples:
        """(T, M) the next frames → (N,) the samples that no later frame adds to, possibly none.

        Args:
            frames: the next.
            helper: another thread that takes a half, if any does.
        """
        return self._make(frames, self._filters.surroundings, helper)

    def flush(self, frames: Mel | None = None, helper: HelperQueue | None = None) -> Samples:
        """(T, M) the last frames → (N,) the samples that are left. Call it once, at the end.

        Args:
            frames: the last ones, if there are any left.
            helper: as above.
        """
        samples = self._make(frames, 0, helper)
        return np.concatenate([samples, self._tail[self._early : self._filters.overhang]])

    def _make(self, frames: Mel | None, ahead: int, helper: HelperQueue | None) -> Samples:
        """The samples up to so many frames before the last of all, without those before the utterance; of the
        frames, only what later ones look at is kept.
        """
        if frames is not None:
            self._frames = frames if self._frames is None else np.concatenate([self._frames, frames])
        end = 0 if self._frames is None else len(self._frames) - ahead
        if self._frames is None or end <= self._done:
            return _NO_SAMPLES
        work = partial(self._filters, self._excite(self._frames))
        executor = helper and helper.executor
        halves = make_halves(work, (self._done, end), self._filters.least, executor)
        self._forget(self._frames, end)
        samples = np.concatenate([self._overlap_add(filtered) for filtered in halves])
        before = min(self._early, len(samples))
        self._early -= before
        return samples[before:]

    def _excite(self, frames: Mel) -> FilterInput:
        hop = self._filters.hop
        mel, pitch, voicing = frames[:, :-TRACKS], frames[:, -2], frames[:, -1]
        f0 = f0_of(pitch, voicing)
        driven = pulses(self._turns + phase(f0, hop, self._rate), f0, hop, self._rate)
        return FilterInput(mel, pitch, voicing, driven, self._first)

    def _overlap_add(self, filtered: Samples) -> Samples:
        """(T·hop,) samples of (T·hop + 2·overhang,) that only what came before adds to; the rest waits."""
        waiting = len(self._tail)
        filtered[:waiting] += self._tail
        done = len(filtered) - waiting
        self._tail = filtered[done:]
        return filtered[:done]

    def _forget(self, frames: Mel, end: int) -> None:
        """Drop what no frame from `end` on looks at."""
        gone = frames[: max(0, end - self._filters.surroundings)]
        f0 = f0_of(gone[:, -2], gone[:, -1]).astype(np.float64)
        self._turns += float(f0.sum()) * self._filters.hop / self._rate
        self._frames = frames[len(gone) :]
        self._first += len(gone)
        self._done = end - len(gone)


def _spectra_of_noise(transform: Transform) -> NDArray[np.complex64]:
    """(K, N) of the steps over which noise goes before it begins anew."""
    period = noise()
    count = len(period) // transform.hop
    places = np.arange(-transform.overhang, count * transform.hop + transform.overhang)
    return transform.spectra(period[places % (count * transform.hop)])


def run_once(graph: Graph, package: VoicePackage) -> dict[str, NDArray[np.float32]]:
    """What a graph of a package makes of one frame, by name: only that tells the shape of an output.

    Raises:
        VoicePackageError: it cannot make anything of one.
    """
    lengths = {axis: 1 for axes in graph.inputs.values() for axis in axes if isinstance(axis, str)}
    try:
        return graph({name: graph.zeros(name, lengths) for name in graph.inputs})
    except EngineError as error:
        raise contradiction(package) from error


def height_of(hertz: NDArray[np.float64]) -> Curve:
    """Pitch for F0 in Hz, all above 0; both of shape (T,)."""
    return (PER_OCTAVE * np.log2(hertz / MIDDLE)).astype(np.float32)


def f0_of(pitch: Curve, voicing: Curve) -> Curve:
    """(T,) Hz, 0 where a frame is not voiced."""
    return np.where(voicing > 0.0, MIDDLE * np.exp2(pitch / PER_OCTAVE), 0.0).astype(np.float32)
