"""From frames to samples, piece by piece: the same samples however the frames are cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.graphs import Axes, Graph, contradictory
from huisheng.engines.sambert.helper import Help
from huisheng.engines.sambert.network import Mel
from huisheng.engines.sambert.protocol import Sound
from huisheng.engines.sambert.source import Source
from huisheng.engines.sambert.windows import Margin, State, Windows
from huisheng.types import Samples
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Hifigan, Sambert


class Vocoder:
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
        given = _given(known, mels)
        graph.check(given, ["samples"])
        if known.causal != (graph.inputs.keys() > given.keys()):  # only a causal one keeps its past
            raise contradictory(package)
        self.columns = mels if known.source is None else mels + 2
        """M of the frames that it is given, with F0 and voicing where there is a source."""
        self.ahead = 0 if known.causal else known.right
        """Frames that it waits for before a frame's samples are out."""
        hop = package.manifest.frame_samples
        self._windows = Windows(graph, Margin(known.left, known.right), hop)
        self._known = known
        self._rate = package.manifest.sample_rate
        self._hop = hop

    def stream(self) -> Sound:
        """For a new utterance."""
        if self._known.causal:
            return CausalStream(self._windows, self._source())
        return WindowedStream(self._windows, self._source(), self._hop)

    def _source(self) -> Source | None:
        source = self._known.source
        if source is None:
            return None
        return Source(source, self._hop, self._rate)


class CausalStream:
    """A vocoder that looks at no later frame: every call goes on from the state that the last one left.

    Args:
        windows: its graph.
        source: what drives it, or None.
    """

    def __init__(self, windows: Windows, source: Source | None) -> None:
        self._windows = windows
        self._source = source
        graph = windows.graph
        self._state: State = {
            name: graph.zeros(name) for name in graph.inputs if name not in ("mel", "source", "cut")
        }

    def process(self, frames: Mel, beside: Help | None = None) -> Samples:
        """(T, M) the next frames → (T·hop,)."""
        if not len(frames):
            return np.zeros(0, dtype=np.float32)
        inputs = _inputs(*_driven(frames, self._source))
        samples, self._state = self._windows(inputs, (0, len(frames)), self._state, beside)
        return samples

    def flush(self, frames: Mel | None = None, beside: Help | None = None) -> Samples:
        """(T, M) the last frames, if any are left → (T·hop,); nothing is held back."""
        return np.zeros(0, dtype=np.float32) if frames is None else self.process(frames, beside)


class WindowedStream:
    """A vocoder that looks ahead: every stretch is made with its surroundings.

    Args:
        windows: its graph.
        source: what drives it, or None.
        hop: samples of a frame.
    """

    def __init__(self, windows: Windows, source: Source | None, hop: int) -> None:
        self._windows = windows
        self._source = source
        self._hop = hop
        self._mel: Mel | None = None
        self._partials: NDArray[np.float32] | None = None
        self._done = 0

    def process(self, frames: Mel, beside: Help | None = None) -> Samples:
        """(T, M) the next frames → (N,) samples of the frames whose surroundings are known."""
        return self._ready(self._taken(frames) - self._windows.margin.after, beside)

    def flush(self, frames: Mel | None = None, beside: Help | None = None) -> Samples:
        """(T, M) the last frames, if any are left → (N,) samples of all that waited for what comes after."""
        return self._ready(self._taken(frames), beside)

    def _taken(self, frames: Mel | None) -> int:
        """How many frames are kept with the next (T, M)."""
        if frames is not None:
            mel, partials = _driven(frames, self._source)
            self._mel = mel if self._mel is None else np.concatenate([self._mel, mel])
            if partials is not None:
                kept = () if self._partials is None else (self._partials,)
                self._partials = np.concatenate([*kept, partials], axis=1)
        return 0 if self._mel is None else len(self._mel)

    def _ready(self, end: int, beside: Help | None = None) -> Samples:
        """(N,) of the frames up to, not including, `end`; only what later stretches look at is kept."""
        if self._mel is None or end <= self._done:
            return np.zeros(0, dtype=np.float32)
        samples, _ = self._windows(_inputs(self._mel, self._partials), (self._done, end), beside=beside)
        forgotten = max(0, end - self._windows.margin.before)
        self._mel, self._done = self._mel[forgotten:], end - forgotten
        if self._partials is not None:
            self._partials = self._partials[:, forgotten * self._hop :]
        return samples


def _given(known: Sambert | Hifigan, mels: int) -> dict[str, Axes]:
    """Inputs of the graph, without its states, for a spectrogram of so many bins."""
    given: dict[str, Axes] = {"mel": (1, mels, 1, "T"), "cut": (2,)}
    if known.source is not None:
        given["source"] = (1, known.source.harmonics + 1, 1, "N")
    return given


def _driven(frames: Mel, source: Source | None) -> tuple[Mel, NDArray[np.float32] | None]:
    """(T, M) the spectrogram, and (K, N) what drives the vocoder, made of the last two columns."""
    if source is None:
        return frames, None
    return frames[:, :-2], source.process(frames[:, -2], frames[:, -1])


def _inputs(mel: Mel, partials: NDArray[np.float32] | None) -> dict[str, NDArray[np.float32]]:
    """As images of one row: (1, M, 1, T) and (1, K, 1, N)."""
    inputs = {"mel": np.ascontiguousarray(mel.T)[None, :, None]}
    return inputs if partials is None else inputs | {"source": partials[None, :, None]}
