"""An engine family of another distribution speaks from Python, on the command line and over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from fastapi.testclient import TestClient
from tests.unit.engines.toy_packages import publish_toy, spoken_by

from huisheng.engines import families, make_engine
from huisheng.errors import UnknownEngine
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.settings import Settings
from huisheng.voice.store import HOME_VARIABLE, voices_folder

MODULE: Final = """
from dataclasses import replace

from huisheng.engines import EngineFamily
from huisheng.testing import SILENT_VOICE, SilentEngine


def read(manifest, folder, options):
    voice = replace(SILENT_VOICE, id=manifest.speakers[0], name=manifest.speakers[0], engine=manifest.engine)
    return SilentEngine(0.1, voice)


PACKAGED = EngineFamily(read)
ALONE = EngineFamily(alone=lambda options: SilentEngine(0.3))
BROKEN = "no family"
"""
METADATA: Final = "Metadata-Version: 2.1\nName: toy-engines\nVersion: 1.0\n"
ENTRY_POINTS: Final = """[huisheng.engines]
toy = toy_engines:PACKAGED
hum = toy_engines:ALONE
broken = toy_engines:BROKEN
missing = toy_engines_that_are_not_there:FAMILY
"""


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of an installed distribution with engines, and a voice package for one of them."""
    folder = tmp_path / "site"
    information = folder / "toy_engines-1.0.dist-info"
    information.mkdir(parents=True)
    (folder / "toy_engines.py").write_text(MODULE)
    (information / "METADATA").write_text(METADATA)
    (information / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    publish_toy(voices_folder(), "packaged", ("dongyu",), engine="toy")
    families.discover.cache_clear()
    yield folder
    families.discover.cache_clear()
    sys.modules.pop("toy_engines", None)


@pytest.mark.usefixtures("distribution")
@pytest.mark.parametrize("name", ["", "toy", "toy:packaged"])
def test_its_packages_speak_beside_all_others_and_alone(name: str) -> None:
    engine = make_engine(name)

    assert engine.capabilities.find("dongyu").engine == "toy"
    assert [len(chunk.samples) for chunk in engine.synthesize(spoken_by("dongyu"))] == [4_800]


@pytest.mark.usefixtures("distribution")
def test_one_that_needs_no_package_speaks_by_its_name() -> None:
    speech = Synthesizer(make_engine("hum")).speak("你好。")

    assert speech.duration == pytest.approx(0.6, abs=0.05)


@pytest.mark.usefixtures("distribution")
def test_what_is_no_family_is_logged_and_unknown(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(UnknownEngine) as refused:
        make_engine("broken")

    assert refused.value.known[:5] == ("installed", "kokoro", "sambert", "hum", "toy")
    assert "toy:packaged" in refused.value.known
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]


def test_the_command_line_speaks_with_it(distribution: Path, tmp_path: Path) -> None:
    path = os.pathsep.join([str(distribution), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "huisheng", "speak", "--voice", "dongyu", "-o", "said.wav", "你好。"]

    subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, check=True)

    with wave.open(str(tmp_path / "said.wav")) as said:
        assert said.getnframes() >= 2 * 2_400


@pytest.mark.usefixtures("distribution")
def test_a_server_speaks_with_it() -> None:
    app = create_app(Settings(workers=0), Synthesizer(make_engine("toy")))
    with TestClient(app, base_url="http://localhost") as client:
        voices = client.get("/api/voices").json()
        answer = client.get("/api/speech", params={"text": "你好。", "voice": "dongyu", "format": "wav"})

    assert "dongyu" in str(voices)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    assert len(answer.content) > 4_800
