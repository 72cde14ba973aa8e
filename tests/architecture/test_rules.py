"""Our rules hold in this tree, and each of them catches what it is for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest
from tools.lint import RULES, Complaint, Repository, error_tree, functions, imports, text

ROOT = Path(__file__).resolve().parents[2]

Rule = Callable[[Repository], Iterator[Complaint]]


@pytest.fixture(scope="module")
def repository() -> Repository:
    return Repository.at(ROOT)


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__module__)
def test_the_tree_keeps_the_rule(rule: Rule, repository: Repository) -> None:
    assert [str(complaint) for complaint in rule(repository)] == []


def found(rule: Rule, path: str, content: str) -> list[str]:
    return [complaint.text for complaint in rule(Repository.of({PurePosixPath(path): content}))]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("src/huisheng/text/frontend.py", "from huisheng.audio import resampling"),
        ("src/huisheng/text/frontend.py", "import huisheng.audio.loudness"),
        ("src/huisheng/audio/pitch.py", "from huisheng import text"),
        ("src/huisheng/units.py", "from huisheng.types import Span"),
        ("src/huisheng/runtime/pool.py", "from huisheng.server.settings import Settings"),
        ("src/huisheng/engines/kokoro.py", "def load() -> None:\n    import torch"),
        ("src/huisheng/server/app.py", "import torch.nn"),
        ("src/huisheng/runtime/pool.py", "import fastapi"),
        ("src/huisheng/novelty/new.py", "from huisheng.types import Span"),
        ("src/huisheng/server/ledger/service.py", "from huisheng.server.usage import grants"),
        ("src/huisheng/server/ledger/service.py", "from huisheng.server import billing"),
        ("src/huisheng/server/payments/stripe.py", "from huisheng.server.accounts.models import Account"),
        ("src/huisheng/server/speech/service.py", "import huisheng.server.usage.charging"),
        ("src/huisheng/server/database/restore.py", "from huisheng.server.usage.instances import LEASE"),
        ("src/huisheng/server/accounts/endpoints/keys.py", "from huisheng.server.admin.service import x"),
        ("src/huisheng/server/novelty/new.py", "from huisheng.server.errors import Warming"),
    ],
)
def test_an_import_against_the_table_is_found(path: str, line: str) -> None:
    assert len(found(imports.check, path, line)) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("src/huisheng/text/frontend.py", "from huisheng.text.markup import parse"),
        ("src/huisheng/text/frontend.py", "from huisheng.types import Span"),
        ("src/huisheng/export/kokoro.py", "import onnx"),
        ("src/huisheng/cli/serve.py", "from huisheng.server.app import create_app"),
        ("src/huisheng/server/usage/charging.py", "from huisheng.server.ledger.service import balance"),
        ("src/huisheng/server/usage/charging.py", "from huisheng.server.usage import grants"),
        ("src/huisheng/server/usage/charging.py", "from huisheng.server.settings import Settings"),
        ("src/huisheng/server/books.py", "from huisheng.server.billing.models import Payment"),
        ("tests/parity/test_both.py", "import torch"),
    ],
)
def test_an_import_within_the_table_passes(path: str, line: str) -> None:
    assert found(imports.check, path, line) == []


def test_a_function_of_61_lines_is_found() -> None:
    body = "def long() -> None:\n" + "    print()\n" * 60

    assert found(functions.check, "tools/one.py", body) == ["long has 61 lines, over 60"]


def test_a_function_of_60_lines_passes() -> None:
    assert found(functions.check, "tools/one.py", "def fits() -> None:\n" + "    print()\n" * 59) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("src/huisheng/runtime/pool.py", "import os\nvalue = os.environ['X']", "TID251"),
        ("src/huisheng/runtime/pool.py", "import os\nvalue = os.getenv('X')", "TID251"),
        ("src/huisheng/text/frontend.py", "from . import markup", "TID252"),
        ("tests/unit/one.py", "def nine(a, b, c, d, e, f, g, h, *, i): ...", "PLR0913"),
    ],
)
def test_ruff_finds_what_our_rules_leave_to_it(path: str, content: str, code: str) -> None:
    assert code in ruff(path, content)


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "src/huisheng/voice/store.py",
        "src/huisheng/voice/download.py",
        *(f"{folder}/one.py" for folder in ("tests/unit", "benchmarks", "tools", "examples")),
    ],
)
def test_a_read_of_the_environment_passes_where_it_is_allowed(path: str) -> None:
    assert "TID251" not in ruff(path, "import os\nvalue = os.environ['X']")


@pytest.mark.slow
def test_eight_parameters_pass_and_self_is_not_counted() -> None:
    method = "class C:\n    def eight(self, a, b, c, d, e, f, g, h): ..."

    assert "PLR0913" not in ruff("tools/one.py", method)


def ruff(path: str, content: str) -> str:
    """What ruff says of a file, by the settings of this repository."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise"]
    run = subprocess.run(
        [*command, "--stdin-filename", path, "-"],
        cwd=ROOT,
        input=content,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in {0, 1}, run.stderr
    return run.stdout


DRAWN = '"""Tree.\n\nHuishengError\n├── A  one\n│   └── B\n└── C\n"""\n'
CLASSES = "class HuishengError(Exception): ...\nclass A(HuishengError): ...\nclass B(A): ...\n"


@pytest.mark.parametrize(
    ("rest", "complaint"),
    [
        ("class C(HuishengError): ...", None),
        ("", "C is only in the drawing"),
        ("class C(HuishengError): ...\nclass D(A): ...", "D is only in the code"),
        ("class C(Exception): ...", "C is drawn under HuishengError"),
    ],
)
def test_a_difference_between_drawing_and_classes_is_found(rest: str, complaint: str | None) -> None:
    complaints = found(error_tree.check, "src/huisheng/errors.py", DRAWN + CLASSES + rest)

    assert complaints == ([complaint] if complaint else [])


def test_an_exception_of_its_own_outside_the_tree_is_found() -> None:
    complaints = found(error_tree.check, "src/huisheng/text/frontend.py", "class Oops(Exception): ...")

    assert complaints == ["Oops does not descend from HuishengError"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("requirements/runtime.txt", "--index-url https://example.com/simple"),
        ("requirements/runtime.txt", "--find-links wheels"),
        ("web/package-lock.json", '"resolved": "https://registry.{}.org/svelte.tgz"'.format("npmjs")),
        ("README.md", "see https://{}.org/project/huisheng".format("pypi")),
        ("docs/guide.md", "cd " + "/home" + "/someone/huisheng"),
    ],
)
def test_what_ties_a_file_to_one_place_is_found(path: str, content: str) -> None:
    assert found(text.check, path, content) != []


@pytest.mark.parametrize("content", ["https://example.com/home/page", "~/work/x", "$HOME/opt/x", "src/tmp/x"])
def test_what_only_looks_like_a_path_of_one_machine_passes(content: str) -> None:
    assert found(text.check, "README.md", content) == []
