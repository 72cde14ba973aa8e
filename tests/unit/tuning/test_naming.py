"""A name for people becomes an id that a package may have."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.cli.tiny_packages import publish_tiny

from huisheng.errors import VoicePackageError
from huisheng.text.frontend import Frontend
from huisheng.tuning.naming import make_person, require_free


@pytest.fixture(scope="module")
def frontend() -> Frontend:
    return Frontend(contextual=False)


@pytest.mark.parametrize(
    ("name", "id_"),
    [("小明", "xiaoming"), ("吕律", "lvlv"), ("lily", "lily"), ("Lily", "lily"), ("小明 Ann", "xiaomingann")],
)
def test_the_id_is_the_name_or_its_pinyin(frontend: Frontend, name: str, id_: str) -> None:
    assert make_person(name, "", "female", frontend).id == id_


def test_an_id_that_is_given_is_taken(frontend: Frontend) -> None:
    person = make_person("小明", "ming-2", "male", frontend)

    assert (person.id, person.name, person.name_en, person.gender) == ("ming-2", "小明", "Ming 2", "male")


@pytest.mark.parametrize("id_", ["kokoro", "builtin", "nul", "Ming", "1st", "a b", "../x"])
def test_an_id_that_no_package_may_have_is_refused(frontend: Frontend, id_: str) -> None:
    with pytest.raises(VoicePackageError, match="--id"):
        make_person("小明", id_, "unknown", frontend)


@pytest.mark.parametrize("name", ["！", "？？"])
def test_a_name_without_a_pinyin_asks_for_an_id(frontend: Frontend, name: str) -> None:
    with pytest.raises(VoicePackageError, match="--id"):
        make_person(name, "", "unknown", frontend)


@pytest.mark.parametrize("name", [" 小明", "小\u202e明", "明" * 65])
def test_a_name_that_people_cannot_read_is_refused(frontend: Frontend, name: str) -> None:
    with pytest.raises(VoicePackageError, match="--name"):
        make_person(name, "ming", "unknown", frontend)


def test_a_name_that_is_taken_is_refused_unless_it_is_to_be_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path))
    publish_tiny("ming")

    require_free("ming", replace=True)
    require_free("hong", replace=False)
    with pytest.raises(VoicePackageError, match="--replace"):
        require_free("ming", replace=False)
