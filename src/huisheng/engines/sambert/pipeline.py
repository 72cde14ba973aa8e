"""Frames and samples at the same time, while there is a second core to work on.

    this thread     samples of piece k, the first part        samples of piece k + 1, …
    the helper      frames of piece k + 1 │ the rest of k     frames of piece k + 2 │ …

The helper makes so much of the samples that both are done at the same time. Without a helper frames
and samples are made in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

import numpy as np

from huisheng.engines.protocol import EngineOptions
from huisheng.engines.sambert.network import Outline, SambertNetwork
from huisheng.engines.two_stage.plan import Plan
from huisheng.engines.two_stage.protocol import THREADS
from huisheng.engines.two_stage.voices import details
from huisheng.engines.vocoder.protocol import Mel, Vocoder, VocoderStream
from huisheng.engines.windows import FrameTime, HelperQueue, HelperThread
from huisheng.types import Samples
from huisheng.voice.load import VoicePackage

_NO_FRAMES: Final[Mel] = np.zeros((0, 0), dtype=np.float32)


class SambertPipeline:
    """The networks of a package at work. It keeps no state of an utterance: threads may share it.

    Args:
        network: makes frames.
        vocoder: makes samples of them.
        threads: that may work on one utterance, while it is alone; more than two are no use.
    """

    def __init__(self, network: SambertNetwork, vocoder: Vocoder, threads: int) -> None:
        self._network = network
        self._vocoder = vocoder
        self._helper = HelperThread(wanted=threads > 1)
        self._frame_time = FrameTime()

    def outline(self, plan: Plan) -> tuple[Plan, Outline]:
        """What is to be said of each symbol; where the voice hesitates, symbols are added to the plan.

        Raises:
            EngineError: the runtime failed, or what it gave is no speech.
        """
        return self._network.outline(plan)

    def stream(self) -> VocoderStream:
        """The vocoder on a new utterance, whose frames are already there."""
        return self._vocoder.stream()

    def samples(self, outline: Outline) -> Iterator[Samples]:
        """Pieces (N,) that follow each other; together the whole. Nothing works on while one is handed over.

        Raises:
            EngineError: the runtime failed.
        """
        stream = self.stream()
        mels, lengths = self._network.mels(outline), self._network.lengths(outline)
        mel = self._frames(mels, next(lengths))
        for length in chain(lengths, (0,)):
            with self._helper.claim() as executor:
                coming = executor.submit(self._frames, mels, length) if executor else None
                samples = stream.process(
                    mel, HelperQueue(executor, self._frame_time.seconds * length) if executor else None
                )
            yield samples
            mel = coming.result() if coming else self._frames(mels, length)
        yield stream.flush()

    def _frames(self, mels: Iterator[Mel], length: int) -> Mel:
        """(T, M) the next ones, which take the decoder `length` frames; none when there are no more."""
        with self._frame_time.measure(length):
            return next(mels, _NO_FRAMES)


def assemble(
    package: VoicePackage, vocoder: Vocoder, options: EngineOptions
) -> tuple[SambertNetwork, SambertPipeline]:
    """The network of a package, and it at work with a vocoder.

    Raises:
        VoicePackageError: a graph cannot be loaded, or does not fit the others or the manifest.
    """
    network = SambertNetwork(package, details(package.manifest), options.batch)
    return network, SambertPipeline(network, vocoder, options.threads or THREADS)
