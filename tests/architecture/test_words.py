"""The rules on words and names catch what they are for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

import pytest
from tools.lint import Complaint, Repository, names, words

Rule = Callable[[Repository], Iterator[Complaint]]


def found(rule: Rule, path: str, content: str) -> list[str]:
    return [complaint.text for complaint in rule(Repository.of({PurePosixPath(path): content}))]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("src/huisheng/a.py", "nursery = 1"),
        ("src/huisheng/a.py", "def begin_nursery(): ..."),
        ("src/huisheng/a.py", "class ForkNursery: ..."),
        ("src/huisheng/a.py", '"""A Nursery of processes."""'),
        ("tools/a.py", "def end_nursery(): ..."),
        ("tests/unit/test_a.py", "def test_a_nursery_ends(): ..."),
        ("benchmarks/a.py", "class NurseryRow: ..."),
        ("benchmarks/a/bands.toml", "# for the nursery"),
        ("recipes/a.py", "# a nursery"),
        ("examples/a.py", "nursery.close()"),
        ("docs/guides/a.md", "The nursery starts first."),
        ("docs/decisions/0026-a.md", "a nursery"),
        ("README.md", "A nursery."),
        ("CONTRIBUTING.md", "a nursery"),
        ("web/src/lib/a.ts", "// the nursery"),
        ("web/src/a.css", "/* the nursery */"),
        ("web/index.html", "<!-- the nursery -->"),
        ("src/huisheng/server/a.html", "<!-- the nursery -->"),
    ],
)
def test_an_old_word_is_found_and_the_right_one_given(path: str, content: str) -> None:
    assert found(words.check, path, content) == ["nursery: write fork server"]


def test_an_old_word_is_found_in_the_plural() -> None:
    assert found(words.check, "src/huisheng/a.py", "moods = 1") == ["mood: write emotion"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("src/huisheng/a.py", "equivalent = silent = 1"),
        ("src/huisheng/a.py", 'parser.add_parser("audition")'),
        ("docs/guides/a.md", "Run `huisheng voices audition`."),
        ("docs/decisions/0001-a.md", "a nursery"),
        ("docs/decisions/0025-a.md", "a nursery"),
        ("recipes/builtin/card.md", "a nursery"),
        ("CHANGELOG.md", "a nursery"),
        ("web/package-lock.json", "nursery"),
    ],
)
def test_other_words_names_of_users_and_the_past_pass(path: str, content: str) -> None:
    assert found(words.check, path, content) == []


FOLDERS = ("src/huisheng", "tools", "tests/unit", "benchmarks", "recipes", "examples")


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_class_with_an_old_name_is_found_and_the_plain_word_passes(folder: str) -> None:
    path = f"{folder}/a.py"

    assert found(words.check, path, "class Order: ...") == ["class Order: write SynthesisRequest"]
    assert found(words.check, path, "order = 1") == []


@pytest.mark.parametrize("name", ["_spoken", "told", "made", "_levelled", "marked", "__kept"])
def test_a_bare_participle_is_found(name: str) -> None:
    assert len(found(names.check, "src/huisheng/a.py", f"def {name}(): ...")) == 1


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_bare_participle_is_found_in_every_folder(folder: str) -> None:
    assert found(names.check, f"{folder}/a.py", "def _spoken(): ...") == [
        "_spoken is a participle; write a verb or a noun"
    ]


def test_a_fixture_needs_a_noun_too() -> None:
    content = "@pytest.fixture\ndef recorded(): ..."

    assert len(found(names.check, "tests/unit/conftest.py", content)) == 1


@pytest.mark.parametrize(
    "name", ["speech", "speak", "cut", "split", "need", "read_text", "sorted_names", "shifted"]
)
def test_verbs_nouns_and_questions_pass(name: str) -> None:
    assert found(names.check, "src/huisheng/a.py", f"def {name}(): ...") == []


def test_a_property_may_ask_a_state() -> None:
    content = "class A:\n    @property\n    def prepared(self): ...\n    def marked(self): ..."

    (complaint,) = found(names.check, "src/huisheng/a.py", content)
    assert complaint.startswith("marked is a participle")


def test_a_class_name_used_twice_is_found() -> None:
    texts = {PurePosixPath(f"src/huisheng/{name}.py"): "class Place: ..." for name in ("a", "b")}

    assert [str(each) for each in names.check(Repository.of(texts))] == [
        "src/huisheng/b.py:1: class Place is also in src/huisheng/a.py"
    ]


def test_the_same_idea_in_two_engines_and_private_classes_pass() -> None:
    content = "class Postnet: ...\nclass _Marks: ..."
    texts = {PurePosixPath(f"src/huisheng/{name}.py"): content for name in ("a", "b")}

    assert list(names.check(Repository.of(texts))) == []


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("docstring", ["Of a request.", "As many as fit."])
def test_a_docstring_without_its_subject_is_found(docstring: str, folder: str) -> None:
    assert len(found(names.check, f"{folder}/a.py", f'def text(): """{docstring}"""')) == 1


@pytest.mark.parametrize(
    "content",
    [
        'LIMIT = 1\n"""Of a request."""',
        'LIMIT: Final = 1\n"""Of a request."""',
        'class A:\n    limit: int\n    """Of a request."""',
        'class A:\n    def __init__(self):\n        self.limit = 1\n        """Of a request."""',
    ],
)
def test_a_docstring_of_a_name_without_its_subject_is_found(content: str) -> None:
    assert found(names.check, "src/huisheng/a.py", content) == [
        "a docstring begins with what it is about, not 'Of'"
    ]


def test_a_docstring_that_says_what_it_is_passes() -> None:
    assert found(names.check, "src/huisheng/a.py", '"""Offers of a request."""') == []
