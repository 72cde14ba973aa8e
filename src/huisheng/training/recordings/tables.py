"""Lists of transcripts as corpora have them: one recording a line, its name and its text in columns.

LJSpeech    name|text|text with numbers written out
GPT-SoVITS  path|speaker|language|text
VITS        path|number of the speaker|text
Kaldi       name text
others      a header line, or name and text, between tabs or commas
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

Row: TypeAlias = Sequence[str]

DELIMITERS: Final = ("|", "\t", ",", " ")
"""In the order in which they are believed; the blank divides a line only once."""

_FILE_TITLES: Final = frozenset(
    {"file", "filename", "file_name", "path", "audio", "audio_path", "audio_filepath", "audio_file", "wav"}
    | {"wav_path", "name", "id", "utt", "utt_id", "文件", "文件名", "音频", "录音", "编号"}
)
_TEXT_TITLES: Final = frozenset(
    {"text", "transcript", "transcription", "sentence", "content", "文本", "内容", "文字", "句子", "转写"}
)
_SPEAKER_TITLES: Final = frozenset({"speaker", "speaker_id", "spk", "spk_id", "说话人", "发音人"})
_LANGUAGES: Final = frozenset(
    {"zh", "zh-cn", "cn", "en", "en-us", "ja", "jp", "ko", "yue", "all_zh", "all_yue", "auto"}
)
_HAN: Final = re.compile("[\u3400-\u9fff]")
_NUMBER: Final = re.compile(r"\d{1,9}")


class TableEntry(NamedTuple):
    """One line: whose text it is, as the list names it."""

    name: str
    text: str
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Places in a row; −1 where there is none.

    Attributes:
        name, text, speaker: what they say.
        spoken: the text as it was said.
        header: whether the first row only gives the titles.
        open_ended: whether what follows the text belongs to it.
    """

    name: int = 0
    text: int = 1
    speaker: int = -1
    spoken: int = -1
    header: bool = False
    open_ended: bool = False

    def entry(self, row: Row) -> TableEntry | None:
        if len(row) <= max(self.name, self.text):
            return None
        text = ",".join(row[self.text :]) if self.open_ended else row[self.text]
        spoken = _at(row, self.spoken)
        if spoken and _is_chinese(spoken) == _is_chinese(text):  # pinyin is not what was said in words
            text = spoken
        return TableEntry(row[self.name].strip(), text.strip(), _at(row, self.speaker))


def entries(text: str, known: Callable[[str], bool]) -> tuple[TableEntry, ...]:
    """Read a list of unknown form: the delimiter is the one that brings out most names of recordings.

    Args:
        text: of the list.
        known: whether there is a recording of a name.

    Returns:
        Its lines in order, those without a recording too; none where no line has one.
    """
    readings = [_read(text, delimiter) for delimiter in DELIMITERS]
    found = [sum(known(entry.name) for entry in reading) for reading in readings]
    return readings[found.index(max(found))] if max(found) else ()


def _read(text: str, delimiter: str) -> tuple[TableEntry, ...]:
    rows = [row for row in _rows(text, delimiter) if any(cell.strip() for cell in row)]
    if not rows:
        return ()
    columns = _columns(rows, delimiter)
    read = (columns.entry(row) for row in rows[columns.header :])
    return tuple(entry for entry in read if entry is not None)


def _rows(text: str, delimiter: str) -> list[Row]:
    if delimiter == ",":
        try:
            return list(csv.reader(io.StringIO(text, newline="")))
        except csv.Error:  # a field of more than 128 KiB is no text of a sentence
            return []
    return [
        line.split(None if delimiter == " " else delimiter, 1 if delimiter == " " else -1)
        for line in text.splitlines()
    ]


def _columns(rows: Sequence[Row], delimiter: str) -> _Columns:
    titles = [cell.strip().lower() for cell in rows[0]]
    name, text = _place(titles, _FILE_TITLES), _place(titles, _TEXT_TITLES)
    if name >= 0 and text >= 0:
        return _Columns(name, text, _place(titles, _SPEAKER_TITLES), header=True)
    if len(rows[0]) >= 4 and all(_at(row, 2).lower() in _LANGUAGES for row in rows):
        return _Columns(text=3, speaker=1)
    if delimiter == ",":
        return _Columns(open_ended=True)
    if len(rows[0]) == 3 and all(_NUMBER.fullmatch(_at(row, 1)) for row in rows):
        return _Columns(text=2, speaker=1)
    return _Columns(spoken=2 if len(rows[0]) == 3 else -1)


def _is_chinese(text: str) -> bool:
    return bool(_HAN.search(text))


def _place(titles: Sequence[str], wanted: frozenset[str]) -> int:
    return next((place for place, title in enumerate(titles) if title in wanted), -1)


def _at(row: Row, place: int) -> str:
    return row[place].strip() if 0 <= place < len(row) else ""
