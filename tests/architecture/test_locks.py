"""The locks pin everything that the project asks for, by hash, and agree with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("build", "runtime", "dev", "node")


def entries(lock: str) -> list[str]:
    """One text for each pinned package, its hashes included."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return re.split(r"\n(?! )", text.replace("\\\n", "").strip())


def pins(lock: str) -> dict[str, set[str]]:
    """Name → versions; one package may have several, for different Pythons."""
    found: dict[str, set[str]] = {}
    for entry in entries(lock):
        requirement = Requirement(entry.partition(" --hash")[0])
        version = str(requirement.specifier).removeprefix("==")
        found.setdefault(canonicalize_name(requirement.name), set()).add(version)
    return found


def requirements() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [
        Requirement(text) for text in (*project["dependencies"], *project["optional-dependencies"]["server"])
    ]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_to_one_version_with_hashes(lock: str) -> None:
    loose = [
        entry for entry in entries(lock) if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:", entry, re.DOTALL)
    ]

    assert loose == []


@pytest.mark.parametrize("requirement", requirements(), ids=lambda requirement: requirement.name)
def test_what_the_project_asks_for_is_locked_at_a_version_that_fits(requirement: Requirement) -> None:
    versions = pins("runtime").get(canonicalize_name(requirement.name), set())

    assert versions
    assert all(requirement.specifier.contains(version) for version in versions)


def test_two_locks_never_pin_different_versions_of_a_package() -> None:
    runtime, dev = pins("runtime"), pins("dev")

    assert {
        name: (runtime[name], dev[name]) for name in runtime.keys() & dev if runtime[name] != dev[name]
    } == {}
