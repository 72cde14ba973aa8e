"""A protocol of another package is served like those that are built in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from huisheng.errors import SetupError
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine

if TYPE_CHECKING:
    from tests.integration.server.conftest import Serve

MODULE = """
from fastapi import APIRouter
from pydantic import BaseModel

from huisheng.server.dependencies import RequestContextDep, SpeechServiceDep
from huisheng.server.doors.door import Door
from huisheng.server.errors import RefusalFormat
from huisheng.server.speech.schemas import SpeechRequest
from huisheng.server.streaming import LiveResponse

router = APIRouter(prefix="/toy")


class ToyRefusal(BaseModel):
    oops: str


@router.get("/say")
async def say(text: str, speech: SpeechServiceDep, context: RequestContextDep) -> LiveResponse:
    request = speech.resolve(SpeechRequest(text=text, format="wav"), context)
    audio = await speech.audio(request, context)
    return LiveResponse(audio.parts, "audio/wav", speech.stall)


def write(refusal):
    return refusal.status, {"oops": refusal.error.code}


DOOR = Door("toy", router, "/toy/", RefusalFormat("application/json", ToyRefusal, write))
OTHER = Door("other", APIRouter(), "/toy/")
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution that is installed beside us: its module, and a folder for its metadata."""
    site = tmp_path / "site"
    metadata = site / "toy_door-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "toy_door.py").write_text(MODULE, encoding="utf-8")
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: toy-door\nVersion: 1.0\n", encoding="utf-8"
    )
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    return metadata


def install(package: Path, *entries: str) -> None:
    text = "\n".join(["[huisheng.doors]", *entries])
    (package / "entry_points.txt").write_text(text, encoding="utf-8")


def test_a_door_of_another_package_speaks(package: Path, serve: Serve) -> None:
    install(package, "toy = toy_door:DOOR")

    answer = serve().client.get("/toy/say", params={"text": "你好。"})

    assert answer.headers["content-type"] == "audio/wav"
    assert answer.content[:4] == b"RIFF"


def test_a_door_of_another_package_refuses_in_its_own_format(package: Path, serve: Serve) -> None:
    install(package, "toy = toy_door:DOOR")
    client = serve().client

    answer = client.get("/toy/say", params={"text": ""})

    assert (answer.status_code, answer.json()) == (400, {"oops": "empty_text"})
    assert client.get("/api/speech", params={"text": ""}).json()["code"] == "empty_text"


def test_a_door_of_another_package_is_counted_and_described(package: Path, serve: Serve) -> None:
    install(package, "toy = toy_door:DOOR")
    client = serve().client

    client.get("/toy/say", params={"text": "你好。"})

    assert 'door="toy",method="GET",route="/toy/say",status="200"' in client.get("/metrics").text
    description = client.get("/openapi.json").json()
    refusal = description["paths"]["/toy/say"]["get"]["responses"]["401"]["content"]["application/json"]
    assert refusal["schema"] == {"$ref": "#/components/schemas/ToyRefusal"}
    assert "ToyRefusal" in description["components"]["schemas"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("toy = toy_door:ABSENT", "AttributeError"),
        ("toy = absent_module:DOOR", "ModuleNotFoundError"),
        ("toy = toy_door:router", "Door"),
    ],
)
def test_a_door_that_cannot_be_loaded_is_refused_by_name(
    package: Path, tmp_path: Path, entry: str, reason: str
) -> None:
    install(package, entry)

    with pytest.raises(SetupError, match=rf"toy.*{reason}"):
        create_app(Settings(home=tmp_path, page=tmp_path / "page"), Synthesizer(SilentEngine()))


def test_two_doors_with_one_prefix_are_refused(package: Path, tmp_path: Path) -> None:
    install(package, "toy = toy_door:DOOR", "other = toy_door:OTHER")

    with pytest.raises(SetupError, match="/toy/"):
        create_app(Settings(home=tmp_path, page=tmp_path / "page"), Synthesizer(SilentEngine()))
