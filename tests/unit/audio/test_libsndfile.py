"""An interrupt is raised when C code has returned, never inside a callback of it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import numpy as np
import pytest
import soundfile

from huisheng.audio.decoding import decoding
from huisheng.audio.encoding import make_encoder
from huisheng.types import Samples


@pytest.fixture(autouse=True)
def interruptible() -> Generator[None]:
    """SIGINT is ignored where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def interrupt_in(function: str) -> Generator[None]:
    """SIGINT comes when a function of this name is entered for the first time."""

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name == function:
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(None)


def tone() -> Samples:
    """(24000,) a second."""
    return (0.1 * np.sin(np.arange(24_000) / 9)).astype(np.float32)


def encode(name: str, first: Callable[[Callable[[], bytes]], bytes]) -> bytes:
    """Two seconds in a format; `first` is given what encodes the first of them."""
    encoder = make_encoder(name, 24_000)
    begun = first(lambda: encoder.encode(tone()))
    return begun + encoder.encode(tone()) + encoder.flush()


@pytest.mark.parametrize("name", ["mp3", "flac"])
def test_an_interrupt_while_libsndfile_writes_is_raised_when_it_has_written(name: str) -> None:
    encoder = make_encoder(name, 24_000)

    with interrupt_in("vio_write"), pytest.raises(KeyboardInterrupt):
        encoder.encode(tone())


@pytest.mark.parametrize("name", ["mp3", "flac", "opus"])
def test_going_on_after_an_interrupt_loses_no_byte(name: str) -> None:
    def interrupt(encode: Callable[[], bytes]) -> bytes:
        with interrupt_in("vio_write"), pytest.raises(KeyboardInterrupt):
            encode()
        return b""

    assert len(encode(name, interrupt)) == len(encode(name, lambda encode: encode()))


def test_an_interrupt_while_the_last_frames_are_written_is_raised_too() -> None:
    encoder = make_encoder("mp3", 24_000)
    encoder.encode(tone())

    with interrupt_in("vio_write"), pytest.raises(KeyboardInterrupt):
        encoder.flush()


def test_an_interrupt_while_a_recording_is_read_is_raised(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "tone.flac", tone(), 24_000)

    with (
        decoding(tmp_path / "tone.flac") as decoder,
        interrupt_in("vio_read"),
        pytest.raises(KeyboardInterrupt),
    ):
        list(decoder.blocks())


def test_handlers_are_as_before_when_all_is_written() -> None:
    make_encoder("mp3", 24_000).encode(tone())

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
