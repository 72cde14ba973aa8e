"""What a sound depends on, as a name for it: equal names, equal sound."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from huisheng.types import (
    PLAIN,
    Emotion,
    EnglishWord,
    Inflection,
    Mark,
    Span,
    SpokenItem,
    Utterance,
)

_PACKAGE: Final = Path(__file__).parents[2]
"""The folder of `huisheng`."""

_PARTS: Final = ("types.py", "units.py", "text", "emotion", "engines", "audio", "runtime")
"""Whose code and data sound depends on; the voices have digests of their own."""

_FOREIGN: Final = ("huisheng", "numpy", "onnxruntime", "jieba", "pypinyin", "misaki", "soundfile", "soxr")
"""Distributions whose version sound depends on."""


@cache
def program_digest() -> str:
    """SHA-256 of everything in the program that sound depends on, so that no upgrade serves old sound.

    Read once, at the first call: about 50 ms.
    """
    digest = hashlib.sha256(_json({name: _version(name) for name in _FOREIGN}))
    for path in _files():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(_PACKAGE).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def request_key(parts: Mapping[str, object]) -> str:
    """The key of an answer.

    Args:
        parts: everything the answer depends on beside the program, as JSON: the text, digests of the voices
            and of the lexicon, controls, format.
    """
    return hashlib.sha256(_json(["request", program_digest(), dict(parts)])).hexdigest()


def utterance_key(utterance: Utterance, voice_digest: str) -> str:
    """The key of what an engine says: how it is read and delivered, not where in a text it stands.

    Volume, the pause after a sentence and the grounds of its readings belong to others than the engine.

    Args:
        utterance: of one voice.
        voice_digest: `VoiceInfo.digest` of it, not empty.
    """
    sentence = utterance.sentence
    start = sentence.span.start
    options = utterance.options
    parts = {
        "voice": voice_digest,
        "options": [_emotion(options.emotion), float(options.speed), float(options.pitch)],
        "length": sentence.span.end - start,
        "intonation": sentence.intonation.value,
        "items": [_item(item, start) for item in sentence.items],
    }
    return hashlib.sha256(_json(["utterance", program_digest(), parts])).hexdigest()


def normalize_text(text: str) -> str:
    """A text without differences that cannot be heard: in NFC, with one kind of line ends, no blanks around
    it.

    Offsets are not the same: an answer that counts characters of the source depends on the text as it came.
    """
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").strip())


def _json(value: object) -> bytes:
    """One way of writing for equal values; lone surrogates are escaped, NaN is refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def _emotion(emotion: Emotion | None) -> object:
    return None if emotion is None else [[name, float(intensity)] for name, intensity in emotion.parts]


def _item(item: SpokenItem, start: int) -> list[object]:
    """Everything an engine may hear in an item, its place counted from the start of the sentence."""
    place = tuple(Span(*item.span).shifted(-start))
    common = [place, item.text, int(item.after)]
    if isinstance(item, Mark):
        return ["mark", *common, float(item.pause), item.exact, item.intonation.value]
    inflection = _inflection(item.inflection)
    if isinstance(item, EnglishWord):
        return ["english", *common, inflection, list(item.phones)]
    return ["syllable", *common, inflection, item.pinyin, item.surface, item.language]


def _inflection(inflection: Inflection) -> dict[str, Any] | None:
    """Without its voice, which is that of the whole utterance; None for what is said as the rest."""
    own = replace(inflection, voice="")
    if own == PLAIN:
        return None
    return asdict(own) | {"emotion": _emotion(inflection.emotion)}


def _files() -> Iterator[Path]:
    for part in _PARTS:
        path = _PACKAGE / part
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in found if file.is_file() and "__pycache__" not in file.parts)


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
