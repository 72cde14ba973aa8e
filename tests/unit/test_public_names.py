"""What users may rely on."""

from __future__ import annotations

import re
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType

import huisheng
from huisheng import errors
from huisheng.errors import HuishengError

ROOT = Path(__file__).resolve().parents[2]


MACHINERY = frozenset({"annotations", "import_module", "TYPE_CHECKING", "Final"})


def public(module: ModuleType) -> set[str]:
    """Names that are no modules, no machinery of imports and not marked as our own."""
    return {
        name
        for name in dir(module)
        if name[0] != "_" and name not in MACHINERY and not isinstance(getattr(module, name), ModuleType)
    }


def test_the_public_names_are_those_that_are_announced() -> None:
    assert public(huisheng) == set(huisheng.__all__)


def test_announced_names_are_sorted_and_once_each() -> None:
    assert list(huisheng.__all__) == sorted(set(huisheng.__all__))


def test_every_public_name_says_what_it_is() -> None:
    assert all(getattr(huisheng, name).__doc__ for name in huisheng.__all__)


def test_the_installed_version_is_that_of_the_project() -> None:
    declared = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)

    assert declared
    assert metadata.version("huisheng") == huisheng.__version__ == declared[1]


def test_every_error_of_ours_is_caught_by_the_base() -> None:
    ours = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)
    ]

    assert all(issubclass(error, HuishengError) for error in ours)


def test_using_the_library_loads_no_server_and_no_torch() -> None:
    import subprocess
    import sys

    code = "import sys, huisheng; print({'fastapi', 'uvicorn', 'torch', 'onnx'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout

    assert said.strip() == "set()"


def test_the_types_of_the_library_are_marked_as_such() -> None:
    folder = import_module("huisheng").__file__

    assert folder
    assert Path(folder).with_name("py.typed").is_file()
