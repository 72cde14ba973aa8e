"""绘声: Chinese text in, emotional speech out.

>>> from huisheng import Synthesizer
>>> Synthesizer().speak("你好，世界。", emotion="happy").save("hello.wav")  # doctest: +SKIP
"""

from __future__ import annotations

from huisheng.errors import HuishengError, RefusedError, RequestError, SetupError
from huisheng.runtime.speech import Speech
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.types import AudioChunk, Emotion, Span, Timing, VoiceInfo

__all__ = [
    "AudioChunk",
    "Emotion",
    "HuishengError",
    "RefusedError",
    "RequestError",
    "SetupError",
    "Span",
    "Speech",
    "Synthesizer",
    "Timing",
    "VoiceInfo",
]
