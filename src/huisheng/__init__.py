"""绘声: Chinese text in, emotional speech out.

>>> from huisheng import Synthesizer
>>> Synthesizer().speak("你好，世界。", emotion="happy").save("hello.wav")  # doctest: +SKIP

The public names are loaded when they are first asked for, so that a program which only reads text does not
wait for what makes sound.
"""

from __future__ import annotations

import os
from importlib import import_module

os.putenv("ORT_DISABLE_TELEMETRY", "1")
"""ONNX Runtime (1.29 and later) else reports to its maker, by a thread that a forked process waits for in
vain when it ends. It looks once, when it is loaded."""

__version__: str

TYPE_CHECKING = False  # type checkers take it for true; loading `typing` would be most of the time this takes

if TYPE_CHECKING:
    from typing import Final

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

_HOMES: Final = {
    "AudioChunk": "huisheng.types",
    "Emotion": "huisheng.types",
    "HuishengError": "huisheng.errors",
    "RefusedError": "huisheng.errors",
    "RequestError": "huisheng.errors",
    "SetupError": "huisheng.errors",
    "Span": "huisheng.types",
    "Speech": "huisheng.runtime.speech",
    "Synthesizer": "huisheng.runtime.synthesizer",
    "Timing": "huisheng.types",
    "VoiceInfo": "huisheng.types",
}


def __getattr__(name: str) -> object:
    """A public name, from the module that it lives in (PEP 562)."""
    if name == "__version__":
        return _version()
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def _version() -> str:
    """The version of the installed distribution; empty where the source is used without one."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  loads much, seldom needed

    try:
        return version(__name__)
    except PackageNotFoundError:
        return ""


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
