"""Does a stream give the samples that the whole would give?

The whole is what the networks make of one utterance in one go: every frame first, then every sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from benchmarks.voice.opening import SILENT
from benchmarks.voice.readers import frontend
from benchmarks.voice.teaching import WHOLE

from huisheng.engines import parallel, sambert
from huisheng.engines.clauses import Clause, clauses
from huisheng.engines.parallel.network import ParallelNetwork
from huisheng.engines.two_stage.engine import VoiceModel
from huisheng.types import ResolvedOptions
from huisheng.voice.load import read_package
from huisheng.voice.manifest import SAMBERT


def largest_difference(package: Path, texts: Sequence[str]) -> float | None:
    """Between the samples of stream and whole, over every first sentence of the texts by every speaker.

    None where the engine is none that streams within a sentence.
    """
    found = None if package == SILENT else read_package(package)
    if found is None or found.manifest.engine != SAMBERT:
        return None
    at_once = found.manifest.sambert is not None and found.manifest.sambert.parallel is not None
    model = VoiceModel(found, parallel.assemble if at_once else sambert.assemble)
    sentences = [next(frontend().sentences(text)) for text in texts]
    calls = [call for each in sentences for call in clauses(each, model.weigh, model.longest, WHOLE)]
    return max(_difference(model, call, speaker) for speaker in found.manifest.speakers for call in calls)


def _difference(model: VoiceModel, call: Clause, speaker: str) -> float:
    plan = model.plan(call.items, ResolvedOptions(), ((speaker, 1.0),))
    network, outline = model._network, model._network.outline(plan)[1]
    streamed = np.concatenate(list(model._pipeline.samples(outline)))
    at_once = model._pipeline.stream()
    if isinstance(network, ParallelNetwork):
        mel = network.mel(outline, (0, outline.total))
    else:  # every frame goes back into the decoder: there is no other way to make them
        mel = np.concatenate(list(network.mels(outline)))
    whole = np.concatenate([at_once.process(mel), at_once.flush()])
    return float(np.abs(streamed - whole).max())
