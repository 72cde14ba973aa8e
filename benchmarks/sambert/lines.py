"""What is said: our own sentences, as many words of them as last about as long as is asked for."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

import torch
from benchmarks.long_text import text_of

from huisheng.acoustic.inputs import Inputs
from huisheng.engines.protocol import EngineOptions
from huisheng.engines.sambert import assemble
from huisheng.engines.sambert.network import Outline, SambertNetwork
from huisheng.engines.two_stage.engine import VoiceModel
from huisheng.engines.two_stage.plan import Plan
from huisheng.engines.two_stage.voices import details
from huisheng.text.frontend import Frontend
from huisheng.types import ResolvedOptions, Sentence, Span, SpokenItem
from huisheng.voice.load import VoicePackage

_CHARACTERS = 400
"""To choose words from."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """An utterance, spoken in one call.

    Attributes:
        asked: seconds.
        seconds: that it lasts.
        sentence: as the engine is given it.
        plan: what the network is asked.
        outline: what it says to that, before its decoder.
    """

    asked: float
    seconds: float
    sentence: Sentence
    plan: Plan
    outline: Outline

    @property
    def inputs(self) -> Inputs:
        """The same for torch, a batch of one."""
        return Inputs(
            symbols=torch.as_tensor(self.plan.ids)[None],
            emotions=torch.as_tensor(self.plan.emotions)[None],
            speakers=torch.as_tensor(self.plan.speakers)[None],
            lengths=torch.tensor([len(self.plan.ids)]),
        )


class Lines:
    """Finds utterances for a voice.

    Args:
        package: of the voice.
    """

    def __init__(self, package: VoicePackage) -> None:
        manifest = package.manifest
        self._model = VoiceModel(package, assemble, EngineOptions(1))
        self._network = SambertNetwork(package, details(manifest))
        self._shares = ((manifest.speakers[0], 1.0),)
        self._frame = manifest.frame_samples / manifest.sample_rate
        self._items = tuple(
            item for sentence in Frontend().sentences(text_of(_CHARACTERS)) for item in sentence.items
        )

    def line(self, seconds: float, options: ResolvedOptions) -> Line:
        """The first words, as many as come nearest."""

        def of(count: int) -> Line:
            return self._line(count, seconds, options)

        counts = range(1, len(self._items))
        longer = counts[bisect.bisect_left(counts, seconds, key=lambda count: of(count).seconds)]
        return min(of(max(1, longer - 1)), of(longer), key=lambda line: abs(line.seconds - seconds))

    def _line(self, count: int, asked: float, options: ResolvedOptions) -> Line:
        items: tuple[SpokenItem, ...] = self._items[:count]
        plan, outline = self._network.outline(self._model.plan(items, options, self._shares))
        span = Span(items[0].span.start, items[-1].span.end)
        sentence = Sentence(span, "".join(item.text for item in items), items)
        return Line(asked, outline.total * self._frame, sentence, plan, outline)
