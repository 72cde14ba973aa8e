"""HiFi-GAN: from frames to samples, piece by piece, the same samples however the frames are cut.

One call of the graph keeps one core busy. Two calls wait for each other once, at their end; two threads
within a call wait after every convolution, for whichever of them was held up. The second call is given frames
before its own, of which the graph makes as little as it can.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.graphs import Axes, Graph, contradiction
from huisheng.engines.vocoder.protocol import Mel, VocoderStream
from huisheng.engines.vocoder.source import HarmonicSource
from huisheng.engines.windows import FrameTime, HelperQueue, Margin, Window, around
from huisheng.types import Samples
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Hifigan, Sambert

Array: TypeAlias = NDArray[np.float32]

State: TypeAlias = Mapping[str, Array]
"""What a causal vocoder keeps of its past, by the names of its inputs."""

STATELESS: Final[State] = MappingProxyType({})
"""What a vocoder keeps that looks ahead."""

_STEP: Final = 4
"""Frames by which a helper's share is longer or shorter, so that it varies little."""
_LEAST: Final = 8
"""Frames that are worth making what surrounds them, most of it in the first stage."""


class HifiganVocoder:
    """The vocoder of a package. It keeps no state: threads may share it.

    Args:
        package: that holds vocoder.onnx.
        known: of the voice, or of the vocoder alone.

    Raises:
        VoicePackageError: its graph cannot be loaded, or does not fit the manifest.
    """

    def __init__(self, package: VoicePackage, known: Sambert | Hifigan) -> None:
        graph = Graph(package, "vocoder.onnx")
        mels = graph.width("mel", 1)
        given = _graph_inputs(known, mels)
        graph.check(given, ["samples"])
        if known.causal != (graph.inputs.keys() > given.keys()):  # only a causal one keeps its past
            raise contradiction(package)
        self.columns = mels if known.source is None else mels + 2
        """M of the frames that it is given, with F0 and voicing where there is a source."""
        self.ahead = 0 if known.causal else known.right
        """Frames that it waits for before a frame's samples are out."""
        hop = package.manifest.frame_samples
        self._graph = HifiganGraph(graph, Margin(known.left, known.right), hop)
        self._known = known
        self._rate = package.manifest.sample_rate
        self._hop = hop

    def stream(self) -> VocoderStream:
        """For a new utterance."""
        if self._known.causal:
            return CausalStream(self._graph, self._source())
        return WindowedStream(self._graph, self._source(), self._hop)

    def _source(self) -> HarmonicSource | None:
        source = self._known.source
        if source is None:
            return None
        return HarmonicSource(source, self._hop, self._rate)


class CausalStream:
    """A vocoder that looks at no later frame: every call goes on from the state that the last one left.

    Args:
        graph: of the vocoder.
        source: what drives it, or None.
    """

    def __init__(self, graph: HifiganGraph, source: HarmonicSource | None) -> None:
        self._graph = graph
        self._source = source
        self._state: State = {
            name: graph.graph.zeros(name)
            for name in graph.graph.inputs
            if name not in ("mel", "source", "cut")
        }

    def process(self, frames: Mel, helper: HelperQueue | None = None) -> Samples:
        """(T, M) the next frames → (T·hop,)."""
        if not len(frames):
            return np.zeros(0, dtype=np.float32)
        inputs = _inputs(*_separate_source(frames, self._source))
        samples, self._state = self._graph(inputs, (0, len(frames)), self._state, helper)
        return samples

    def flush(self, frames: Mel | None = None, helper: HelperQueue | None = None) -> Samples:
        """(T, M) the last frames, if any are left → (T·hop,); nothing is held back."""
        return np.zeros(0, dtype=np.float32) if frames is None else self.process(frames, helper)


class WindowedStream:
    """A vocoder that looks ahead: every stretch is made with its surroundings.

    Args:
        graph: of the vocoder.
        source: what drives it, or None.
        hop: samples of a frame.
    """

    def __init__(self, graph: HifiganGraph, source: HarmonicSource | None, hop: int) -> None:
        self._graph = graph
        self._source = source
        self._hop = hop
        self._mel: Mel | None = None
        self._partials: NDArray[np.float32] | None = None
        self._done = 0

    def process(self, frames: Mel, helper: HelperQueue | None = None) -> Samples:
        """(T, M) the next frames → (N,) samples of the frames whose surroundings are known."""
        return self._ready(self._take(frames) - self._graph.margin.after, helper)

    def flush(self, frames: Mel | None = None, helper: HelperQueue | None = None) -> Samples:
        """(T, M) the last frames, if any are left → (N,) samples of all that waited for what comes after."""
        return self._ready(self._take(frames), helper)

    def _take(self, frames: Mel | None) -> int:
        """How many frames are kept with the next (T, M)."""
        if frames is not None:
            mel, partials = _separate_source(frames, self._source)
            self._mel = mel if self._mel is None else np.concatenate([self._mel, mel])
            if partials is not None:
                kept = () if self._partials is None else (self._partials,)
                self._partials = np.concatenate([*kept, partials], axis=1)
        return 0 if self._mel is None else len(self._mel)

    def _ready(self, end: int, helper: HelperQueue | None = None) -> Samples:
        """(N,) of the frames up to, not including, `end`; only what later stretches look at is kept."""
        if self._mel is None or end <= self._done:
            return np.zeros(0, dtype=np.float32)
        samples, _ = self._graph(_inputs(self._mel, self._partials), (self._done, end), helper=helper)
        forgotten = max(0, end - self._graph.margin.before)
        self._mel, self._done = self._mel[forgotten:], end - forgotten
        if self._partials is not None:
            self._partials = self._partials[:, forgotten * self._hop :]
        return samples


def _graph_inputs(known: Sambert | Hifigan, mels: int) -> dict[str, Axes]:
    """Inputs of the graph, without its states, for a spectrogram of so many bins."""
    given: dict[str, Axes] = {"mel": (1, mels, 1, "T"), "cut": (2,)}
    if known.source is not None:
        given["source"] = (1, known.source.harmonics + 1, 1, "N")
    return given


def _separate_source(frames: Mel, source: HarmonicSource | None) -> tuple[Mel, NDArray[np.float32] | None]:
    """(T, M) the spectrogram, and (K, N) what drives the vocoder, made of the last two columns."""
    if source is None:
        return frames, None
    return frames[:, :-2], source.process(frames[:, -2], frames[:, -1])


def _inputs(mel: Mel, partials: NDArray[np.float32] | None) -> dict[str, NDArray[np.float32]]:
    """Inputs as images of one row: (1, M, 1, T) and (1, K, 1, N)."""
    inputs = {"mel": np.ascontiguousarray(mel.T)[None, :, None]}
    return inputs if partials is None else inputs | {"source": partials[None, :, None]}


class HifiganGraph:
    """The graph of a vocoder.

    Args:
        graph: vocoder.onnx.
        margin: that it cuts where it is told to.
        hop: samples of a frame.
    """

    def __init__(self, graph: Graph, margin: Margin, hop: int) -> None:
        self.graph = graph
        self.margin = margin
        self._hop = hop
        self._frame_time = FrameTime()

    def __call__(
        self,
        inputs: Mapping[str, Array],
        stretch: tuple[int, int],
        state: State = STATELESS,
        helper: HelperQueue | None = None,
    ) -> tuple[Samples, State]:
        """
        Args:
            inputs: mel (1, M, 1, T), and source (1, K, 1, T·hop) where there is one.
            stretch: the first of the frames to be made, and the frame after the last. Their margins lie
                around them, as far as the utterance goes.
            state: of a causal vocoder, of the frames before; then the stretch begins with the first frame.
            helper: another thread that helps, if any.

        Returns:
            (T·hop,) samples of the T frames of the stretch, and the state of the frames up to its end.

        Raises:
            EngineError: the runtime failed.
        """
        start, end = stretch
        seam = end - self._helper_share(end - start, helper)
        frames = inputs["mel"].shape[3]
        first = around(start, seam, frames, self.margin)
        if helper is None or seam == end:
            made = self._make(inputs, first, state)
            return self._own(made, first), _next(made, state)
        second = around(seam, end, frames, self.margin)
        nothing = {name: past[..., :0] for name, past in state.items()}
        coming = helper.executor.submit(self._make, inputs, second, nothing)
        samples = self._own(self._make(inputs, first, state), first)
        made = coming.result()
        return np.concatenate([samples, self._own(made, second)]), _next(made, state)

    def _helper_share(self, frames: int, helper: HelperQueue | None) -> int:
        """How many of the last frames another thread makes, so that both are done at the same time; their
        margin is left to this one.
        """
        if helper is None or not self._frame_time.seconds:
            return 0
        left = frames - helper.busy / self._frame_time.seconds
        share = int(max(0.0, left) / 2) // _STEP * _STEP
        return share if share >= _LEAST and frames - share >= self.margin.before else 0

    def _make(self, inputs: Mapping[str, Array], window: Window, state: State) -> dict[str, Array]:
        """Every output of the graph."""
        start, end = window.start - window.before, window.end + window.after
        given: dict[str, NDArray[Any]] = {"cut": np.array(self._whole_margins(window), dtype=np.int64)}
        for name, values in inputs.items():
            rate = 1 if name == "mel" else self._hop
            given[name] = values[..., start * rate : end * rate]
        with self._frame_time.measure(window.end - window.start):
            return self.graph({**given, **state})

    def _own(self, made: Mapping[str, Array], window: Window) -> Samples:
        """Those of the window's frames: a margin that is not whole is not cut by the graph."""
        margins = zip(self._whole_margins(window), (window.before, window.after), strict=True)
        before, after = (0 if whole else frames * self._hop for whole, frames in margins)
        samples = made["samples"].reshape(-1)
        return samples[before : len(samples) - after]

    def _whole_margins(self, window: Window) -> tuple[bool, bool]:
        """Whether the margins before and after a window are whole, and the graph cuts them."""
        return window.before == self.margin.before, window.after == self.margin.after


def _next(made: Mapping[str, Array], state: State) -> State:
    return {name: made[f"next_{name}"] for name in state}
