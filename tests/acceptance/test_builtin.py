"""The voice that comes with the program speaks at once: eight people, nothing installed, nothing fetched."""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np
import pytest
from benchmarks.voice.targets import LARGEST_PACKAGE, MEGABYTE
from starlette.testclient import TestClient

from huisheng.audio.loudness import active_level, amplitude
from huisheng.audio.pitch import track_pitch
from huisheng.cli.commands import make_parser
from huisheng.cli.doctor import examine
from huisheng.cli.main import main
from huisheng.emotion.names import NAMES
from huisheng.engines.families import two_stage_engine
from huisheng.engines.parallel.network import ParallelNetwork
from huisheng.engines.two_stage.voices import inventory
from huisheng.runtime.speech import Speech
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.settings import Settings
from huisheng.text.frontend import Frontend
from huisheng.text.symbols.sambert import transcribe
from huisheng.tuning.base import open_base
from huisheng.types import Emotion, EmotionName, ResolvedOptions, Utterance
from huisheng.units import Hertz
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.load import VoicePackage, read_package
from huisheng.voice.store import HOME_VARIABLE, folder_of, voices_folder

ROOT: Final = Path(__file__).resolve().parents[2]
PEOPLE: Final[list[dict[str, Any]]] = tomllib.loads(
    (ROOT / "recipes/builtin/speakers.toml").read_text(encoding="utf-8")
)["speaker"]
IDS: Final[list[str]] = [person["id"] for person in PEOPLE]
SHORT: Final = "今天天气真好。"
LONG: Final = "今天天气真的很好，我们带上书和水，一起去公园走走，回来的时候，再到街角那家小店买两斤苹果。"
RATE: Final = Hertz(24_000)
LEVEL: Final = -23.0
"""Decibels of full scale of neutral speech, as in every other voice of ours."""
LIMIT: Final = LARGEST_PACKAGE * MEGABYTE
"""Bytes that the package may take."""


@pytest.fixture(scope="module", autouse=True)
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A user who has nothing yet, on a machine without a network."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a voice that is there needs no network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(tmp_path_factory.mktemp("home")))
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(scope="module")
def synthesizer() -> Synthesizer:
    synthesizer = Synthesizer()
    synthesizer.load()
    return synthesizer


@pytest.fixture(scope="module")
def package() -> VoicePackage:
    return read_package(folder_of(BUILTIN))


@pytest.fixture(scope="module")
def client(synthesizer: Synthesizer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("server")
    app = create_app(Settings(home=home, page=home / "page"), synthesizer)
    with TestClient(app, base_url="http://localhost") as client:
        while client.get("/readyz").json().get("code") == "warming":
            pass
        yield client


def middle_pitch(speech: Speech) -> float:
    """Median F0 of the voiced frames, Hz."""
    f0 = track_pitch(speech.samples, speech.sample_rate)
    return float(np.median(f0[f0 > 0]))


# Who speaks


def test_the_people_of_the_recipe_are_all_the_voices_there_are(synthesizer: Synthesizer) -> None:
    told = [
        {name: getattr(voice, name) for name in person if hasattr(voice, name)}
        for voice, person in zip(synthesizer.capabilities.voices, PEOPLE, strict=True)
    ]

    assert told == [{name: person[name] for name in each} for each, person in zip(told, PEOPLE, strict=True)]
    assert [voice["id"] for voice in told] == IDS
    assert not voices_folder().exists()


def test_the_first_of_them_is_the_default(synthesizer: Synthesizer) -> None:
    assert synthesizer.delivery().voice == IDS[0] == "tinglan"


@pytest.mark.parametrize("emotion", NAMES)
@pytest.mark.parametrize("voice", IDS)
def test_every_voice_speaks_in_every_emotion(
    synthesizer: Synthesizer, voice: str, emotion: EmotionName
) -> None:
    speech = synthesizer.speak(SHORT, voice=voice, emotion=emotion)

    assert speech.sample_rate == RATE
    assert np.isfinite(speech.samples).all()
    assert 0.6 < speech.duration < 4.0
    assert active_level(speech.samples, RATE) > LEVEL - 10.0


@pytest.mark.parametrize("voice", IDS)
def test_every_voice_speaks_at_the_common_level_and_in_the_range_of_people(
    synthesizer: Synthesizer, voice: str
) -> None:
    speech = synthesizer.speak("今天天气真好，出去走走。", voice=voice)

    assert active_level(speech.samples, RATE) == pytest.approx(LEVEL, abs=2.0)
    assert 70 < middle_pitch(speech) < 400


def test_every_character_is_timed_in_order_inside_the_speech(synthesizer: Synthesizer) -> None:
    speech = synthesizer.speak(LONG)
    timings = speech.timings

    said = "".join(speech.text[slice(*timing.span)] for timing in timings)
    assert said == "".join(character for character in LONG if character.isalpha())
    assert all(first.end <= second.start + 1e-6 for first, second in pairwise(timings))
    assert 0.0 <= timings[0].start < timings[-1].end <= speech.duration


@pytest.mark.parametrize(
    "text", ["在这儿玩儿。", "2024年，共9876元。", "吃𰻝𰻝面。", "我用 iPhone 看。", "好！"]
)
def test_what_is_said_sounds(synthesizer: Synthesizer, text: str) -> None:
    speech = synthesizer.speak(text)

    assert active_level(speech.samples, RATE) > LEVEL - 6.0
    assert 0.2 < speech.duration < 8.0


def test_what_is_streamed_is_what_is_said_at_once(package: VoicePackage) -> None:
    engine = two_stage_engine(package.manifest, lambda: package)
    (sentence,) = Frontend().sentences(LONG)
    options = ResolvedOptions(IDS[0], Emotion("happy"), speed=0.6)
    model = engine._open()
    network, whole = model._network, model._pipeline.stream()
    assert isinstance(network, ParallelNetwork)
    _, score = network.outline(model.plan(sentence.items, options, ((IDS[0], 1.0),)))
    pieces = list(engine.synthesize(Utterance(sentence, options)))

    at_once = np.concatenate([whole.process(network.mel(score, (0, score.total))), whole.flush()])
    louder = amplitude(PEOPLE[0]["gain"])
    assert len(list(network.windows(score))) > 1
    np.testing.assert_allclose(
        np.concatenate([piece.samples for piece in pieces]), at_once * louder, rtol=0, atol=1e-4
    )


# What the program says of it


def test_it_is_well_without_an_installation(capsys: pytest.CaptureFixture[str]) -> None:
    assert [found.ok for found in examine() if found.name == "voice"] == [True]
    assert main(["voices", "verify"]) == 0
    assert capsys.readouterr().out == f"{BUILTIN}\t完好 sound\n"


def test_training_a_voice_starts_from_the_built_in_one_by_default() -> None:
    asked = make_parser().parse_args(["voices", "train", "recordings", "--name", "小明"])

    assert open_base(asked.base).speakers == tuple(IDS)


def test_a_server_is_ready_and_speaks(client: TestClient) -> None:
    offered = client.get("/api/voices").json()
    spoken = client.post("/v1/audio/speech", json={"input": SHORT, "voice": "nova", "response_format": "wav"})

    assert client.get("/readyz").json() == {"status": "ready"}
    assert ([voice["id"] for voice in offered["voices"]], offered["default"]) == (IDS, IDS[0])
    assert (spoken.status_code, spoken.content[:4]) == (200, b"RIFF")


def test_it_is_small_enough_for_a_repository(package: VoicePackage) -> None:
    assert sum(path.stat().st_size for path in package.directory.iterdir()) <= LIMIT


def test_its_card_is_that_of_the_recipe_and_of_its_version(package: VoicePackage) -> None:
    card = package.path("card.md").read_text(encoding="utf-8")

    assert card == (ROOT / "recipes/builtin/card.md").read_text(encoding="utf-8")
    assert f"Version {package.manifest.version}," in card
    for person in PEOPLE:
        assert f"| {person['id']} | {person['name']} |" in card


def test_it_comes_under_our_licence(package: VoicePackage) -> None:
    text = package.path("licence.txt").read_text(encoding="utf-8")

    assert (package.manifest.licence, text) == (
        "Apache-2.0",
        (ROOT / "LICENSE").read_text(encoding="utf-8"),
    )


def test_it_knows_every_symbol_that_we_spell(package: VoicePackage) -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 2_000))) + "，、；：。！？…—“”（） hello 女儿花儿事儿"
    known = inventory(package.manifest)

    for sentence in Frontend().sentences(text):
        assert {symbol.phone for symbol in transcribe(sentence.items, known)} <= set(known.phones)
