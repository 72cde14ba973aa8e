"""Similarity of the base's speakers and of the new voice to the person who was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.training.corpus import FULL_SCALE, CorpusReader, CorpusUtterance
from huisheng.tuning.base import Base
from huisheng.tuning.inference import synthesize
from huisheng.tuning.report import SpeakerSimilarities
from huisheng.tuning.speaker_encoder import SpeakerEncoder, Vector, similarity
from huisheng.types import Samples
from huisheng.units import Hertz


def speaker_similarities(
    base: Base, tuned: ParallelNetworks, reader: CorpusReader, encoder: SpeakerEncoder
) -> SpeakerSimilarities:
    """Cosine similarities on the held-out sentences.

    Args:
        base: that the new voice was fine-tuned from.
        tuned: networks whose last speaker is the new voice.
        reader: of the corpus.
        encoder: tells speakers apart.
    """
    chosen = [one for one in reader.utterances if one.held_out]
    rate = Hertz(reader.corpus.sample_rate)
    recorded = [encoder.embed(_samples(reader, one), rate) for one in chosen]
    before = {
        name: _mean_similarity(recorded, _embed_synthesized(base.networks, reader, chosen, speaker, encoder))
        for speaker, name in enumerate(base.speakers)
    }
    after = _mean_similarity(recorded, _embed_synthesized(tuned, reader, chosen, len(base.speakers), encoder))
    pairs = [similarity(one, other) for one, other in combinations(recorded, 2)]
    return SpeakerSimilarities(before, after, float(np.mean(pairs)) if pairs else 1.0)


def _samples(reader: CorpusReader, one: CorpusUtterance) -> Samples:
    """(N,) samples of an utterance."""
    return reader.arrays(one).samples.astype(np.float32) / np.float32(FULL_SCALE)


def _embed_synthesized(
    networks: ParallelNetworks,
    reader: CorpusReader,
    chosen: Sequence[CorpusUtterance],
    speaker: int,
    encoder: SpeakerEncoder,
) -> Iterator[Vector]:
    """(256,) vector of each sentence, synthesized for one speaker."""
    for one in chosen:
        ids = reader.arrays(one).symbols.astype(np.int64)
        yield encoder.embed(synthesize(networks, ids, speaker, one.emotion), Hertz(reader.corpus.sample_rate))


def _mean_similarity(recorded: Sequence[Vector], synthesized: Iterator[Vector]) -> float:
    """Mean similarity of (256,) vectors in pairs."""
    return float(np.mean([similarity(one, other) for one, other in zip(recorded, synthesized, strict=True)]))
