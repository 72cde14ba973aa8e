"""No private word where the field has one: the table says what to write instead.

Guards against the glossary that a reader must learn first: a metaphor of our own (a nursery of processes, a
recital of sentences) costs every reader a detour, and comes back with the next file that is copied.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from tools.lint.source import Complaint, Repository

INSTEAD: Final = {
    "nursery": "fork server",
    "upbringing": "ForkServerConfig",
    "crew": "thread pools",
    "forgetful": "NullStore",
    "unaltered": "Null…",
    "patience": "deadline",
    "residents": "model LRU",
    "lender": "vocoder override",
    "lent": "overridden",
    "duel": "adversarial training",
    "contest": "comparison, or adversarial training",
    "deception": "ADVERSARIAL_WEIGHT",
    "manner": "SynthesisOptions",
    "recital": "SpeechStream",
    "rendition": "SpeechStream",
    "mood": "emotion",
    "felt": "emotion",
    "feeling": "emotion",
    "audition": "listening test",
}
"""Old word, in the singular or with an s behind it, and in lower case → what to write."""

CLASSES: Final = {
    "Course": "WorkHandle",
    "Steps": "StepIterator",
    "Flights": "RequestCoalescer",
    "Kept": "ResponseCache",
    "Forgetful": "NullStore",
    "Nobody": "NullObserver",
    "Roll": "RegistrySnapshot",
    "Lender": "VocoderOverride",
    "Sounding": "Vocoder",
    "Sound": "VocoderStream",
    "Descent": "optimizer step",
    "Averages": "ExponentialMovingAverage",
    "Lesson": "FineTuningJob",
    "Visit": "RequestContext",
    "Caller": "Client",
    "Screen": "ContentFilter",
    "Terms": "RequestContext",
    "Demand": "SchedulingRequest",
    "Order": "SynthesisRequest",
    "Delivery": "ResolvedOptions",
}
"""Name of a class that no class has any more → what it is called. As words they stay plain English."""

USER_VISIBLE: Final = (
    "huisheng voices audition",
    "huisheng.audition",  # the storage of votes and the format of exports
    "huisheng-audition",
    "audition.html",
    "voices_audition",
    '"audition"',
    "manner of articulation",  # phonetics
    "0009-feelings-within-a-voices-ease",  # a decision keeps its name
)
"""Where an old word stays: names that users know, and words of the field that look alike."""

ALLOWED: Final = {
    "patience": (
        "src/huisheng/training/settings.py",
        "src/huisheng/training/trainer.py",
        "src/huisheng/tuning/fine_tuning.py",
        "src/huisheng/cli/train.py",
        "tests/unit/training/test_trainer.py",
        "docs/reference/cli.md",
    ),
    "contest": ("src/huisheng/training/steps.py", "tests/unit/training/test_old_checkpoints.py"),
    "manner": (
        "src/huisheng/listening/page.py",
        "tests/unit/listening/test_page.py",
        *(f"web/src/listening/{name}" for name in ("content.ts", "files.ts", "page.css", "table.ts")),
    ),
    "mood": ("src/huisheng/text/emotion.py",),
    "audition": (
        "web/src/listening/words.ts",
        "tests/integration/test_listening.py",
        "tests/unit/cli/test_voices_audition.py",
    ),
    "lent": ("src/huisheng/engines/vocoder_override.py", "tests/unit/engines/test_vocoder_override.py"),
    "feeling": ("web/src/lib/i18n.ts",),
}
"""Old word → where it stays: the term of early stopping, keys of files that exist, sentences for users."""

CODE: Final = ("src", "tools", "tests", "benchmarks", "recipes", "examples")
FOLDERS: Final = (*CODE, "docs", "web")
SUFFIXES: Final = frozenset({".py", ".md", ".ts", ".svelte", ".toml", ".html", ".css"})
"""Files in `FOLDERS` that are read; of those in the root, the documents are."""
EXEMPT: Final = frozenset(
    {
        *("tools/lint/words.py", "tools/lint/names.py"),  # they name the words
        "tests/architecture/test_words.py",  # so does it
        "CHANGELOG.md",  # it tells of the past
    }
)
"""Files that are not looked at."""

_FIXED: Final = ("src/huisheng/voices", "recipes/builtin/card.md")
"""The files of a voice package, its card among them, have checksums."""
_OLD_DECISIONS: Final = re.compile(r"docs/decisions/00(?:[01]\d|2[0-5])-")
"""Decisions are never rewritten; those from 0026 on were written in plain words."""

_WORDS: Final = re.compile(rf"(?<![a-z])({'|'.join(INSTEAD)})s?(?![a-z])")
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def check(repository: Repository) -> Iterator[Complaint]:
    """Old words in names, docstrings, comments and documents, and classes with an old name."""
    for path, text in repository.texts.items():
        if path.suffix in SUFFIXES and _is_ours(path):
            yield from _words_in(path, text)
    for module in repository.inside(*CODE):
        for node in module.statements:
            if isinstance(node, ast.ClassDef) and (instead := CLASSES.get(node.name.lstrip("_"))):
                yield Complaint(module.path, node.lineno, f"class {node.name}: write {instead}")


def _is_ours(path: PurePosixPath) -> bool:
    name = path.as_posix()
    if name in EXEMPT or _OLD_DECISIONS.match(name) or _is_inside(path, _FIXED):
        return False
    return _is_inside(path, FOLDERS) or (len(path.parts) == 1 and path.suffix == ".md")


def _is_inside(path: PurePosixPath, places: Iterable[str]) -> bool:
    """Whether it is one of these, or lies in one of them."""
    return any(path.is_relative_to(place) for place in places)


def _words_in(path: PurePosixPath, text: str) -> Iterator[Complaint]:
    for number, line in enumerate(text.splitlines(), start=1):
        rest = line
        for name in USER_VISIBLE:
            rest = rest.replace(name, "")
        plain = _HUMPS.sub("_", rest).lower()  # `SpokenManner` and `spoken_manner` alike
        for word in dict.fromkeys(_WORDS.findall(plain)):
            if _is_inside(path, ALLOWED.get(word, ())):
                continue
            yield Complaint(path, number, f"{word}: write {INSTEAD[word]}")
