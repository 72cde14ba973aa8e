"""The built-in voice says a text that arrives in pieces as it says the whole."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from huisheng.audio.encoding import Coding
from huisheng.runtime.options import SynthesisOptions
from huisheng.runtime.speech import Speech
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.doors.stream_track import EncodedSound, Track
from huisheng.types import Passage
from huisheng.units import Hertz
from huisheng.voice.store import HOME_VARIABLE

RATE = Hertz(24_000)
TEXTS = [
    "他说：“今天的气温是3.5度，我们走吧！”然后就走了。真的吗？……好；行。\n第二行，没有句号",
    "人工智能，让机器像人一样思考！它能写诗，能画画，也能陪你聊天。你想试试吗？",
]
OPTIONS = [
    SynthesisOptions(markup="none"),
    SynthesisOptions(markup="none", emotion="auto", volume=20.0, speed=1.3),
]


@pytest.fixture(scope="module")
def synthesizer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synthesizer]:
    """The synthesizer of a user who has installed nothing."""
    home: Path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(home))
        synthesizer = Synthesizer()
        synthesizer.load()
        yield synthesizer


def pieces(text: str, seed: int) -> Iterator[str]:
    """A text cut as a language model might, one to six characters at a time."""
    lengths = random.Random(seed)
    while text:
        length = lengths.randint(1, 6)
        yield text[:length]
        text = text[length:]


def passages(synthesizer: Synthesizer, text: str, seed: int) -> Iterator[Passage]:
    arriving = synthesizer.arriving()
    for piece in pieces(text, seed):
        yield from arriving.take(piece)
    yield from arriving.flush()


def stream_sound(
    synthesizer: Synthesizer, passage: Passage, track: Track, options: SynthesisOptions
) -> Iterator[EncodedSound | None]:
    chunks = synthesizer.synthesize_part(
        passage.text, options, continued=passage.continued, sample_rate=RATE
    ).chunks
    while True:
        try:
            chunk = next(chunks)
        except StopIteration as end:
            track.add_pause(end.value)
            return
        yield track.add(chunk, passage.start)


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "auto-loud-fast"])
@pytest.mark.parametrize("text", TEXTS, ids=["quotation", "clauses"])
def test_the_sound_of_the_pieces_is_that_of_the_whole(
    synthesizer: Synthesizer, text: str, options: SynthesisOptions
) -> None:
    track = Track(Coding("pcm", RATE, "{}"), RATE, options.volume)

    sounds = [
        sound
        for passage in passages(synthesizer, text, seed=len(text))
        for sound in stream_sound(synthesizer, passage, track, options)
    ]

    heard = b"".join(sound.encoded for sound in (*sounds, track.finish()) if sound)
    samples = np.frombuffer(heard, dtype="<i2") / 32_768.0
    whole = Speech.collect(text, synthesizer.synthesize(text, options).chunks).samples
    assert len(samples) == len(whole)
    assert np.abs(samples - whole).max() <= 1e-4
