"""No private word where the field has one: the table says what to write instead.

Guards against the glossary that a reader must learn first: a metaphor of our own (a nursery of processes, a
recital of sentences) costs every reader a detour, and comes back with the next file that is copied.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
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
    "feelings": "emotions",
    "audition": "listening test",
}
"""Old word, whole and in lower case → what to write."""

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
    "Terms": "RequestPriority",
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
        "src/huisheng/training",
        "src/huisheng/tuning",
        "src/huisheng/cli/train.py",
        "tests/unit/training/test_trainer.py",
        "docs/reference",
    ),
    "contest": ("src/huisheng/training/steps.py", "tests/unit/training/test_old_checkpoints.py"),
    "manner": ("src/huisheng/listening", "tests/unit/listening/test_page.py", "web/src/listening"),
    "mood": ("src/huisheng/text/emotion.py",),
    "audition": (
        "web/src/listening",
        "tests/integration/test_listening.py",
        "tests/unit/cli/test_voices_audition.py",
    ),
    "lent": ("src/huisheng/engines/vocoder_override.py", "tests/unit/engines/test_vocoder_override.py"),
    "feeling": ("web/src/lib/i18n.ts",),
}
"""Old word → where it stays: the term of early stopping, keys of files that exist, sentences for users."""

CODE: Final = ("src", "tools", "tests", "benchmarks", "recipes", "examples")
FOLDERS: Final = (*CODE, "docs", "web/src")
SUFFIXES: Final = frozenset({".py", ".md", ".ts", ".svelte", ".toml"})
EXEMPT: Final = frozenset(
    {
        *("tools/lint/words.py", "tools/lint/names.py"),  # they name the words
        "tests/architecture/test_words.py",  # so does it
        "CHANGELOG.md",  # it tells of the past
    }
)
"""Files that are not looked at."""

_FIXED: Final = ("docs/decisions", "src/huisheng/voices", "recipes/builtin/card.md")
"""Decisions are never rewritten, and the files of a voice package, its card among them, have checksums."""

_WORDS: Final = re.compile(rf"(?<![a-z])(?:{'|'.join(INSTEAD)})(?![a-z])")
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
    exempt = path.as_posix() in EXEMPT or any(path.is_relative_to(folder) for folder in _FIXED)
    return not exempt and any(path.is_relative_to(folder) for folder in FOLDERS)


def _words_in(path: PurePosixPath, text: str) -> Iterator[Complaint]:
    for number, line in enumerate(text.splitlines(), start=1):
        rest = line
        for name in USER_VISIBLE:
            rest = rest.replace(name, "")
        plain = _HUMPS.sub("_", rest).lower()  # `SpokenManner` and `spoken_manner` alike
        for word in dict.fromkeys(_WORDS.findall(plain)):
            if any(path.is_relative_to(place) for place in ALLOWED.get(word, ())):
                continue
            yield Complaint(path, number, f"{word}: write {INSTEAD[word]}")
