"""Lists of transcripts are read in every form that corpora have."""

from __future__ import annotations

import pytest

from huisheng.training.recordings.tables import TableEntry, entries

KNOWN = frozenset({"a", "b", "a.wav", "b.wav", "wavs/a.wav", "/data/me/a.wav", "/data/me/b.wav"})


def read(text: str) -> list[TableEntry]:
    return list(entries(text, KNOWN.__contains__))


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("a|你好。|你好。\nb|再见，朋友。|再见，朋友。\n", "你好。", "再见，朋友。"),
        ("a.wav|你好。\nb.wav|再见，朋友。", "你好。", "再见，朋友。"),
        ("a|有3个。|有三个。\nb|再见。|", "有三个。", "再见。"),
        ("a|你好。|ni3 hao3\nb|再见。|zai4 jian4", "你好。", "再见。"),
        ("a|0|你好。\nb|0|再见。", "你好。", "再见。"),
        ("/data/me/a.wav|小明|ZH|你好。\n/data/me/b.wav|小明|ZH|再见。", "你好。", "再见。"),
        ("/data/me/a.wav|小明|ZH|你好。|n i|3 3|1 2\nb|小明|ZH|再见。|z|4|2", "你好。", "再见。"),
        ("a\t你好。\r\nb\t再见，朋友。\r\n", "你好。", "再见，朋友。"),
        ("a 你好。\nb  再见 朋友。\n", "你好。", "再见 朋友。"),
        ("a,你好。\nb,再见, 朋友。\n", "你好。", "再见, 朋友。"),
        ('file,text\na,"你好, ""朋友""。"\nb,再见。\n', '你好, "朋友"。', "再见。"),
        ("文本\t文件名\n你好。\ta.wav\n再见。\tb.wav\n", "你好。", "再见。"),
        ("id|speaker|text\na|x|你好。\nb|x|再见。", "你好。", "再见。"),
        ('a,"你好\n朋友。"\nb,再见。\n', "你好\n朋友。", "再见。"),
    ],
    ids=[
        *("LJSpeech", "two columns", "written out", "pinyin", "VITS", "GPT-SoVITS", "Bert-VITS2", "tabs"),
        *("Kaldi", "commas", "quotes", "titles in Chinese", "titles between bars", "a line break in quotes"),
    ],
)
def test_each_recording_gets_its_text(text: str, first: str, second: str) -> None:
    assert [entry.text for entry in read(text)] == [first, second]


def test_speakers_are_told_apart() -> None:
    found = read("a|小明|zh|你好。\nb|小红|zh|再见。")

    assert [entry.speaker for entry in found] == ["小明", "小红"]


def test_lines_without_a_recording_stay_in_the_list() -> None:
    assert [entry.name for entry in read("a|你好。\nx|再见。")] == ["a", "x"]


def test_blank_lines_and_lines_without_a_text_do_not_count() -> None:
    assert read("\n\na|你好。\n  \nb\n") == [TableEntry("a", "你好。")]


@pytest.mark.parametrize("text", ["", "\n\n", "今天天气很好。", "x|你好\ny|再见", 'a,"' + "好" * 200_000])
def test_what_names_no_recording_is_no_list(text: str) -> None:
    assert read(text) == []
