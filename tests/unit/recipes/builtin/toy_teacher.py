"""A teacher of a few nodes: the graphs of the toy engine, under every timbre and letter of the recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from recipes.builtin.planning import PlannedUtterance
from recipes.builtin.speakers import recipes
from tests.unit.engines.toy_kokoro import EDGE, EMOTION, GRAPHS, LOUDNESS, MIXED, SPEAKING

from huisheng.text.frontend import Frontend
from huisheng.text.symbols import kokoro
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Description, Proof
from huisheng.voice.publish import publish, staging

SILENCE: Final = EDGE
"""Frames before the first letter and behind the last, of the teacher."""

VOICES: Final = (
    *SPEAKING,
    *sorted(
        {voice for recipe in recipes().values() for voice in (*recipe.timbre, *recipe.prosody)}.union(
            MIXED
        ).difference(SPEAKING)
    ),
)
TEXTS: Final = (
    "今天天气真好，对吗？",
    "他说：“好！”",
    "骆驼踏着软沙走。",
    "这个App不错。",
    "嗯。",
)


def publish_teacher(voices: Path, frontend: Frontend) -> VoicePackage:
    """The package `kokoro`, which can say `TEXTS`."""
    letters = {
        letter.text
        for text in TEXTS
        for sentence in frontend.sentences(text)
        for letter in kokoro.transcribe(sentence.items)
    }
    with staging(voices) as staged:
        for file, content in GRAPHS.items():
            (staged / file).write_bytes(content)
        np.save(staged / "styles.npy", _styles())
        return publish(
            staged,
            Description(
                name="kokoro",
                version="toy",
                engine="kokoro",
                sample_rate=24_000,
                frame_samples=600,
                symbols={letter: number for number, letter in enumerate(sorted(letters), start=1)},
                speakers=VOICES,
                languages=("zh-CN", "en-US"),
                licence="Apache-2.0",
                origins=(),
                remarks="",
                proof=Proof(symbols=1, samples=600, max_abs_difference=0.0),
            ),
        )


def planned_utterance(number: int, text: str = TEXTS[0]) -> PlannedUtterance:
    """An utterance of a plan under an id of its own: said without an emotion, by the first speaker."""
    return PlannedUtterance(f"{number:012x}", text, "short", next(iter(recipes())), "neutral", 1.0, 1.0, 0.0)


def _styles() -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """(voices, 510, 256): timbre, louder for longer inputs, then prosody, which only foreign voices have."""
    table = np.zeros((len(VOICES), 510, 256), dtype=np.float32)
    table[:, :, :128] = LOUDNESS["speaker"] + np.arange(510, dtype=np.float32)[:, None] / 100.0
    table[:, :, :128] += np.arange(len(VOICES), dtype=np.float32)[:, None, None] / 1_000.0
    table[len(SPEAKING) :, :, 128:] = EMOTION
    return table
