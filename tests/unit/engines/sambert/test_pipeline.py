"""With a helper or without: the same samples, and nothing at work while they are handed over."""

from __future__ import annotations

import threading
from collections.abc import Generator

import numpy as np
import pytest
from tests.unit.engines.sambert.tiny import LONG, model, package
from tests.unit.engines.toy_kokoro import say

from huisheng.engines.sambert.network import Outline, SambertNetwork
from huisheng.engines.sambert.pipeline import SambertPipeline
from huisheng.engines.two_stage.voices import details
from huisheng.engines.vocoder.hifigan import HifiganVocoder
from huisheng.engines.vocoder.protocol import Mel
from huisheng.errors import EngineError
from huisheng.types import ResolvedOptions
from huisheng.voice.load import VoicePackage

KINDS = pytest.mark.parametrize("kind", ["plain", "nsf"])
"""Kinds of vocoder: one that keeps its past, and one that looks ahead."""


def pipeline(made: VoicePackage, threads: int) -> SambertPipeline:
    known = details(made.manifest)
    return SambertPipeline(SambertNetwork(made, known), HifiganVocoder(made, known), threads)


def outline(kind: str = "plain") -> Outline:
    """The outline of a sentence of several pieces."""
    plan = model(kind).plan(say(LONG).items, ResolvedOptions(speed=0.25), (("f7", 1.0),))
    return model(kind)._network.outline(plan)[1]


@KINDS
def test_two_threads_make_the_same_samples_as_one(kind: str) -> None:
    one, two = (list(pipeline(package(kind), threads).samples(outline(kind))) for threads in (1, 2))

    assert [len(piece) for piece in one] == [len(piece) for piece in two]
    np.testing.assert_allclose(np.concatenate(two), np.concatenate(one), rtol=0, atol=1e-4)


@KINDS
def test_all_frames_become_samples(kind: str) -> None:
    samples = np.concatenate(list(pipeline(package(kind), 2).samples(outline(kind))))

    assert len(samples) == outline(kind).total * package(kind).manifest.frame_samples


def working() -> list[str]:
    """Names of the threads that help at the moment."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("helper")]


def test_one_thread_starts_no_other() -> None:
    before = working()

    list(pipeline(package(), 1).samples(outline()))

    assert working() == before


def test_a_closed_stream_leaves_the_helper_to_others() -> None:
    made = pipeline(package(), 2)
    stopped = made.samples(outline())
    next(stopped)

    with made._helper.claim() as queue:
        assert queue is not None


class Failing(SambertNetwork):
    """Makes one piece."""

    def mels(self, outline: Outline) -> Generator[Mel]:
        yield next(super().mels(outline))
        raise EngineError


@pytest.mark.parametrize("threads", [1, 2])
def test_what_fails_for_the_next_piece_is_told_after_the_one_that_is_there(threads: int) -> None:
    known = details(package().manifest)
    made = SambertPipeline(Failing(package(), known), HifiganVocoder(package(), known), threads)
    pieces = made.samples(outline())

    assert len(next(pieces))
    with pytest.raises(EngineError):
        next(pieces)
