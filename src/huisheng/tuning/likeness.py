"""Who the voices of a base and the new one seem to be, beside the person who was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.training.corpus import FULL_SCALE, CorpusReader, Utterance
from huisheng.tuning.base import Base
from huisheng.tuning.report import Likenesses
from huisheng.tuning.similarity import SpeakerEncoder, Vector, similarity
from huisheng.tuning.speaking import speak
from huisheng.types import Samples
from huisheng.units import Hertz


def likenesses(
    base: Base, tuned: ParallelNetworks, reader: CorpusReader, encoder: SpeakerEncoder
) -> Likenesses:
    """On the sentences that were held out.

    Args:
        base: that the new voice began with.
        tuned: networks whose last speaker is the new voice.
        reader: of the corpus.
        encoder: tells speakers apart.
    """
    chosen = [one for one in reader.utterances if one.held_out]
    rate = Hertz(reader.corpus.sample_rate)
    heard = [encoder.embed(_recorded(reader, one), rate) for one in chosen]
    before = {
        name: _mean(heard, _voices(base.networks, reader, chosen, speaker, encoder))
        for speaker, name in enumerate(base.speakers)
    }
    after = _mean(heard, _voices(tuned, reader, chosen, len(base.speakers), encoder))
    pairs = [similarity(one, other) for one, other in combinations(heard, 2)]
    return Likenesses(before, after, float(np.mean(pairs)) if pairs else 1.0)


def _recorded(reader: CorpusReader, one: Utterance) -> Samples:
    """(N,) of an utterance."""
    return reader.arrays(one).samples.astype(np.float32) / np.float32(FULL_SCALE)


def _voices(
    networks: ParallelNetworks,
    reader: CorpusReader,
    chosen: Sequence[Utterance],
    speaker: int,
    encoder: SpeakerEncoder,
) -> Iterator[Vector]:
    """(256,) of each sentence as a speaker of some networks says it."""
    for one in chosen:
        ids = reader.arrays(one).symbols.astype(np.int64)
        yield encoder.embed(speak(networks, ids, speaker, one.emotion), Hertz(reader.corpus.sample_rate))


def _mean(heard: Sequence[Vector], said: Iterator[Vector]) -> float:
    return float(np.mean([similarity(one, other) for one, other in zip(heard, said, strict=True)]))
