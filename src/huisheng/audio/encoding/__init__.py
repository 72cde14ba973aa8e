"""Samples to files and streams: one encoder for each format, all with the same two methods."""

from __future__ import annotations

from huisheng.audio.encoding.formats import (
    ALIASES,
    FORMATS,
    AudioFormat,
    Coder,
    Coding,
    FormatInfo,
    declare_length,
    find_format,
    find_sample_rate,
    make_encoder,
)
from huisheng.audio.encoding.protocol import Encoder

__all__ = [
    "ALIASES",
    "FORMATS",
    "AudioFormat",
    "Coder",
    "Coding",
    "Encoder",
    "FormatInfo",
    "declare_length",
    "find_format",
    "find_sample_rate",
    "make_encoder",
]
