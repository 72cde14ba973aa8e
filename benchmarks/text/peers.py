"""Other front-ends, asked as ours is.

Runs as a program in an environment of its own (`requirements/eval.txt`), a process for each of them, since
some change the data of others. Its input is a JSON object of tasks with their questions, its output one of
the package's version and the answers, empty where there is none.

    python -m benchmarks.text.peers pypinyin
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, cast

from benchmarks.text.cases import Adapter, Task, strip_brackets

_TAGS_OF_OTHERS: Final = ("x", "eng")
"""Parts of speech, in jieba, of what is no Chinese word."""
_SYLLABLE: Final = re.compile("[a-z]+[1-5]")


def _by_pypinyin(**options: object) -> Callable[[str], list[str]]:
    """Readings by its own phrases, one for each character."""
    pypinyin: Any = importlib.import_module("pypinyin")
    return partial(
        pypinyin.lazy_pinyin,
        style=pypinyin.Style.TONE3,
        neutral_tone_with_five=True,
        errors=list,  # what is not Chinese, character by character
        **options,
    )


def _pypinyin_readings() -> Adapter:
    return partial(_ask, _by_pypinyin())


def _pypinyin_running() -> Adapter:
    return partial(_read_all, _by_pypinyin())


def _pypinyin_tones() -> Adapter:
    return partial(_join, _by_pypinyin(tone_sandhi=True))


def _by_g2pm() -> Callable[[str], list[str]]:
    """A small network, which reads the whole text."""
    reader: Any = importlib.import_module("g2pM").G2pM()

    def readings(text: str) -> list[str]:
        return [syllable.replace("u:", "v") for syllable in reader(text, char_split=True, tone=True)]

    return readings


def _g2pm_readings() -> Adapter:
    return partial(_ask, _by_g2pm())


def _g2pm_running() -> Adapter:
    return partial(_read_all, _by_g2pm())


class _Misaki:
    """Its newer way: jieba's words, pypinyin with a larger dictionary, rules for tones and 儿."""

    def __init__(self) -> None:
        self._frontend: Any = importlib.import_module("misaki.zh_frontend").ZHFrontend()
        self._words: Any = importlib.import_module("jieba.posseg")
        self._readings = _by_pypinyin()

    def readings(self, text: str) -> list[str]:
        """One for each character, before tones change."""
        return [reading for word, _ in self._cut(text) for reading in self._readings(word)]

    def tones(self, text: str) -> list[str]:
        """One for each syllable, as heard."""
        return [syllable for word, tag in self._cut(text) for syllable in self._surface_tones(word, tag)]

    def _cut(self, text: str) -> Iterator[tuple[str, str]]:
        return self._frontend.tone_modifier.pre_merge_for_modify(self._words.lcut(text))

    def _surface_tones(self, word: str, tag: str) -> list[str]:
        if tag in _TAGS_OF_OTHERS:
            return []
        changed = self._frontend.tone_modifier.modified_tone(word, tag, self._readings(word))
        _, heard = self._frontend._merge_erhua([""] * len(changed), changed, word, tag)
        return [syllable.lower() for syllable in heard]


def _misaki_normalizer() -> Adapter:
    convert: Any = importlib.import_module("cn2an").transform
    return partial(convert, method="an2cn")


def _misaki_readings() -> Adapter:
    return partial(_ask, _Misaki().readings)


def _misaki_running() -> Adapter:
    return partial(_read_all, _Misaki().readings)


def _misaki_tones() -> Adapter:
    return partial(_join, _Misaki().tones)


def _wetext_normalizer() -> Adapter:
    """The grammars of WeTextProcessing, with its defaults."""
    make: Any = importlib.import_module("wetext").Normalizer
    return make(lang="zh", operator="tn", full_to_half=True, traditional_to_simple=True).normalize


PEERS: Final[Mapping[str, Mapping[Task, Callable[[], Adapter]]]] = {
    "pypinyin": {"polyphones": _pypinyin_readings, "sandhi": _pypinyin_tones},
    "g2pM": {"polyphones": _g2pm_readings},
    "misaki": {"normalization": _misaki_normalizer, "polyphones": _misaki_readings, "sandhi": _misaki_tones},
    "wetext": {"normalization": _wetext_normalizer},
}
"""Package → the tasks that it does, and what makes its adapter."""
RUNNING: Final[Mapping[str, Callable[[], Adapter]]] = {
    "pypinyin": _pypinyin_running,
    "g2pM": _g2pm_running,
    "misaki": _misaki_running,
}
"""Package → what makes the adapter that reads every character of a text."""
SILENT: Final = "-"
"""Stands for the reading of a character that has none."""


def main(name: str) -> None:
    """Answer everything that is asked."""
    asked = cast("dict[str, list[str]]", json.load(sys.stdin))
    with contextlib.redirect_stdout(sys.stderr):  # libraries may print
        answers = {task: _answers(_adapter(name, task), questions) for task, questions in asked.items()}
    print(json.dumps({"version": importlib.metadata.version(name), "answers": answers}))


def _adapter(name: str, task: str) -> Adapter:
    return RUNNING[name]() if task == "running" else PEERS[name][cast("Task", task)]()


def _answers(adapter: Adapter, questions: Sequence[str]) -> list[str]:
    return [_answer(adapter, question) for question in questions]


def _answer(adapter: Adapter, question: str) -> str:
    try:
        return adapter(question)
    except Exception:  # noqa: BLE001  whatever it stumbles over, it has no answer
        return ""


def _ask(readings: Callable[[str], Sequence[str]], question: str) -> str:
    """The reading of the character in brackets."""
    text, place = strip_brackets(question)
    return readings(text)[place]


def _read_all(readings: Callable[[str], Sequence[str]], text: str) -> str:
    """The reading of every character, with blanks between them."""
    found = readings(text)
    if len(found) != len(text):
        return ""
    return " ".join(reading if _SYLLABLE.fullmatch(reading) else SILENT for reading in found)


def _join(tones: Callable[[str], Sequence[str]], text: str) -> str:
    """Without what is no syllable."""
    return " ".join(filter(_SYLLABLE.fullmatch, tones(text)))


if __name__ == "__main__":
    main(sys.argv[1])
