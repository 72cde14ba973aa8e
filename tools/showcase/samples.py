"""Speak one sentence in every emotion with the built-in voice: `make samples` writes docs/samples/.

Equal texts and an equal program give equal files: the number in a file's AIGC label is a digest of what is
said, where a usual file gets a random one. On another processor the samples may differ by rounding.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from huisheng.audio.encoding import find_sample_rate, make_encoder
from huisheng.emotion.names import resolve
from huisheng.emotion.styles import STYLES
from huisheng.labels.aigc import make_label
from huisheng.runtime.speech import Speech
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.types import EmotionName

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "docs/samples"
LIST: Final = Path(__file__).with_name("samples.tsv")
RATE: Final = find_sample_rate(24_000)

_HEAD: Final = """\
# 样例 Samples

内置音色合成，每种情感一句，未经处理。重新生成：`make samples`；文本在 `tools/showcase/samples.tsv`。

One sentence in each emotion, spoken by the built-in voice and left as it came. Made by `make samples`.

| 情感 emotion | 音色 voice | 文本 text | 时长 duration |
| :-- | :-- | :-- | --: |
"""


class Sample(NamedTuple):
    """One line of the list."""

    emotion: EmotionName
    voice: str
    text: str

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.emotion}.mp3"

    @property
    def produce_id(self) -> str:
        """32 hexadecimal digits that stand for voice, emotion and text (UUID version 5)."""
        return uuid.uuid5(uuid.NAMESPACE_OID, "\t".join(self)).hex


def read_samples() -> tuple[Sample, ...]:
    """The list.

    Raises:
        UnknownEmotion: a line names one that does not exist.
    """
    lines = LIST.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return tuple(Sample(resolve(emotion).name, voice, text) for emotion, voice, text in rows)


def write(samples: Iterable[Sample], synthesizer: Synthesizer, folder: Path) -> None:
    """Speak each sample into the folder, with a page that gives the transcripts.

    Raises:
        HuishengError: the built-in voice cannot be loaded.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[str] = []
    for sample in samples:
        speech = synthesizer.speak(sample.text, voice=sample.voice, emotion=sample.emotion)
        (folder / sample.name).write_bytes(encode(sample, speech))
        rows.append(_row(sample, speech))
    (folder / "README.md").write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def encode(sample: Sample, speech: Speech) -> bytes:
    """MP3, 24 kHz, one channel, 64 kbit/s."""
    label = make_label(produce_id=sample.produce_id).to_json()
    encoder = make_encoder("mp3", RATE, label=label, frames=len(speech.samples))
    return encoder.encode(speech.samples) + encoder.flush()


def _row(sample: Sample, speech: Speech) -> str:
    heard = f"[{STYLES[sample.emotion].label} {sample.emotion}]({sample.name})"
    return f"| {heard} | `{sample.voice}` | {sample.text} | {speech.duration:.1f} s |"


def main(arguments: Sequence[str]) -> int:
    """Write them all; another folder may be named."""
    folder = Path(arguments[0]) if arguments else FOLDER
    samples = read_samples()
    write(samples, Synthesizer(), folder)
    size = sum((folder / sample.name).stat().st_size for sample in samples)
    print(f"已写入 {folder}：{len(samples)} 个文件，{size / 1000:.0f} kB。")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
