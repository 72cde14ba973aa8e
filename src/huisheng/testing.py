"""Stand-ins that honour the Protocols, for our tests and for those of our users."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import get_args

import numpy as np

from huisheng.engines.protocol import Capabilities
from huisheng.types import AudioChunk, EmotionName, Mark, Span, Timing, Utterance, VoiceInfo
from huisheng.units import Hertz, Seconds

SILENT_VOICE = VoiceInfo(
    id="silent",
    name="无声",
    name_en="Silent",
    description="只有静音，供测试。",
    description_en="Says silence, for tests.",
    gender="female",
    languages=("zh-CN",),
    engine="silent",
    sample_rate=Hertz(24_000),
    emotions=get_args(EmotionName),
)


class SilentEngine:
    """Says silence at a fixed pace: the whole system can run on it in milliseconds.

    Args:
        seconds_per_item: length of one syllable or English word at speed 1.
        voice: its only one.
    """

    def __init__(self, seconds_per_item: float = 0.2, voice: VoiceInfo = SILENT_VOICE) -> None:
        self._seconds = seconds_per_item
        self._voice = voice
        self._loaded = threading.Event()
        self._capabilities = Capabilities(name="silent", voices=(voice,))

    @property
    def capabilities(self) -> Capabilities:
        """One voice."""
        return self._capabilities

    @property
    def loaded(self) -> bool:
        """Whether `load` was called."""
        return self._loaded.is_set()

    @property
    def forkable(self) -> bool:
        """There is nothing that a fork could lose."""
        return True

    def load(self) -> None:
        """Nothing to load."""
        self._loaded.set()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """One chunk of silence, as long as the items last, each with its timing."""
        self.load()
        rate = self._voice.sample_rate
        length = self._seconds / utterance.options.speed
        spoken = [item for item in utterance.sentence.items if not isinstance(item, Mark)]
        timings = tuple(
            Timing(item.span, Seconds(k * length), Seconds((k + 1) * length)) for k, item in enumerate(spoken)
        )
        samples = np.zeros(round(len(spoken) * length * rate), dtype=np.float32)
        end = utterance.sentence.span.end
        yield AudioChunk(samples, rate, timings, Span(utterance.sentence.span.start, end))
