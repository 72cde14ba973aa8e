"""A new emotion is a name and a file with its style: voices, markup and HTTP know it by these two alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import huisheng

PROGRAM = """
import json
from fastapi.testclient import TestClient
from huisheng import Synthesizer
from huisheng.emotion.names import NAMES
from huisheng.server.app import create_app
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine

synthesizer = Synthesizer(SilentEngine())
app = create_app(Settings(workers=0), synthesizer)
with TestClient(app, base_url="http://127.0.0.1") as client:
    listed = client.get("/api/emotions").json()["emotions"][-1]
    status = client.get("/api/speech", params={"text": "好", "emotion": "bored"}).status_code
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
marked = '<speak><emotion category="bored">好</emotion></speak>'
print(json.dumps({
    "names": NAMES,
    "resolved": synthesizer.delivery(emotion="bored", intensity=0.5).emotion.label,
    "marked": synthesizer.speak(marked).duration > 0,
    "listed": listed,
    "status": status,
    "choices": schemas["SpeechRequest"]["properties"]["emotion"]["anyOf"][0]["enum"],
}))
"""


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the program tells where these two places name one emotion more."""
    source, folder = Path(huisheng.__file__).parent, tmp_path_factory.mktemp("emotion")
    package = folder / "huisheng"
    ignored = shutil.ignore_patterns("__pycache__", "page")
    shutil.copytree(source, package, copy_function=os.symlink, ignore=ignored)
    (package / "types.py").unlink()
    types = (source / "types.py").read_text(encoding="utf-8")
    (package / "types.py").write_text(types.replace('"formal"\n]', '"formal", "bored"\n]'), encoding="utf-8")
    style = (source / "emotion/data/calm.toml").read_text(encoding="utf-8")
    renamed = style.replace('name = "calm"', 'name = "bored"')
    (package / "emotion/data/bored.toml").write_text(renamed, encoding="utf-8")
    surroundings = {**os.environ, "PYTHONPATH": str(folder), "HUISHENG_HOME": str(folder / "home")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, check=False, text=True, env=surroundings
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_the_name_is_known_wherever_names_are(vocabulary: dict[str, Any]) -> None:
    assert vocabulary["names"][-1] == vocabulary["resolved"] == vocabulary["listed"]["id"] == "bored"
    assert "bored" in vocabulary["choices"]


def test_requests_and_markup_may_ask_for_it(vocabulary: dict[str, Any]) -> None:
    assert (vocabulary["status"], vocabulary["marked"]) == (200, True)
