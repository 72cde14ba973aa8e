"""A vocoder by name: the voices that it fits speak with it, the others keep theirs and say so."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.engines.parallel.tiny_parallel import package
from tests.unit.engines.sambert.tiny import package as imported
from tests.unit.engines.toy_packages import publish_toy, spoken_by
from tests.unit.engines.vocoder.tiny_vocoders import vocoder_package

from huisheng.engines import FAMILIES, EngineFamily, make_engine
from huisheng.engines.protocol import Engine
from huisheng.errors import HuishengError, SetupError, UnknownEngine, VoiceMissing, VoicePackageError
from huisheng.testing import SilentEngine
from huisheng.types import Samples, VoiceInfo
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import MANIFEST, Description
from huisheng.voice.publish import publish, staging
from huisheng.voice.store import remove_package, voices_folder


@pytest.fixture(autouse=True)
def voices(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The user's folder with a voice, two vocoders for it, and an imported voice that says little."""
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path))
    for made in (package(), vocoder_package("spectral"), vocoder_package("ahead"), imported()):
        install(made)
    return voices_folder()


def install(made: VoicePackage) -> None:
    shutil.copytree(made.directory, voices_folder() / made.manifest.name)


def install_as(name: str, made: VoicePackage) -> None:
    """A package under another name."""
    with staging(voices_folder()) as staged:
        for file in made.manifest.files:
            shutil.copy(made.path(file), staged)
        told = made.manifest.model_dump(exclude={"schema_version", "files"}) | {"name": name}
        publish(staged, Description.model_validate(told))


def speak(engine: Engine, voice: str = "lan") -> Samples:
    return np.concatenate([chunk.samples for chunk in engine.synthesize(spoken_by(voice))])


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelno == logging.WARNING]


@pytest.mark.parametrize("name", ["", "installed", "sambert", "sambert:tiny"])
def test_a_voice_that_it_fits_speaks_with_it(name: str, caplog: pytest.LogCaptureFixture) -> None:
    own, first, second = (speak(make_engine(name, vocoder=vocoder)) for vocoder in ("", "spectral", "ahead"))

    assert len(own) == len(first) == len(second)
    assert min(np.abs(first - own).max(), np.abs(second - own).max(), np.abs(first - second).max()) > 1e-2
    assert not warnings(caplog)


def test_a_voice_that_it_does_not_fit_keeps_its_own_and_says_so_once_when_it_is_loaded(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = make_engine(vocoder="spectral")
    before = warnings(caplog)

    made = [speak(engine, "plain"), speak(engine, "plain")]

    np.testing.assert_array_equal(made[0], speak(make_engine(), "plain"))
    (warning,) = warnings(caplog)
    assert not before
    assert "语音包 plain 使用自带的声码器，spectral 不兼容：清单中没有频谱格式" in warning
    assert "plain keeps its own vocoder" in warning


def listed_voices(engine: Engine) -> list[VoiceInfo]:
    return [replace(voice, digest="") for voice in engine.capabilities.voices]


def digests(engine: Engine) -> dict[str, str]:
    return {voice.id: voice.digest for voice in engine.capabilities.voices}


def test_the_voices_are_the_same_with_it() -> None:
    assert listed_voices(make_engine()) == listed_voices(make_engine(vocoder="spectral"))


def test_the_voices_that_it_fits_have_another_digest_with_it_and_only_those() -> None:
    own, first, second = (digests(make_engine(vocoder=vocoder)) for vocoder in ("", "spectral", "ahead"))

    assert len({own["lan"], first["lan"], second["lan"]}) == 3
    assert own["plain"] == first["plain"] == second["plain"] != ""


def test_another_vocoder_of_its_name_is_taken_up_and_gives_another_digest() -> None:
    engine = make_engine(vocoder="spectral")
    first, own = digests(engine), speak(engine)
    remove_package("spectral")
    install_as("spectral", vocoder_package("ahead"))

    assert digests(engine)["lan"] not in {first["lan"], ""}
    assert np.abs(speak(engine) - own).max() > 1e-2


def test_without_its_manifest_no_voice_that_it_fits_has_a_digest(voices: Path) -> None:
    engine = make_engine(vocoder="spectral")
    (voices / "spectral" / MANIFEST).unlink()

    assert digests(engine)["lan"] == ""


def test_a_vocoder_is_no_voice() -> None:
    offered = [voice.id for voice in make_engine("sambert").capabilities.voices]

    assert "spectral" not in offered
    assert {"lan", "plain"} <= {*offered}


def test_an_override_may_be_a_voice() -> None:
    np.testing.assert_allclose(speak(make_engine(vocoder="tiny")), speak(make_engine()), rtol=0, atol=1e-5)


@pytest.mark.parametrize("vocoder", ["", "spectral"])
def test_a_voice_whose_steps_may_be_shared_says_the_same(vocoder: str) -> None:
    sharing = make_engine(vocoder=vocoder, batch=4)

    np.testing.assert_allclose(speak(sharing, "plain"), speak(make_engine(), "plain"), rtol=0, atol=1e-4)


def test_nothing_is_loaded_to_find_out_which_voices_it_fits() -> None:
    assert not make_engine(vocoder="spectral").loaded


# Refused


def refusal(kind: type[HuishengError], vocoder: str, name: str = "") -> HuishengError:
    with pytest.raises(kind) as error:
        make_engine(name, vocoder=vocoder)
    return error.value


@pytest.mark.parametrize("name", ["nobody", "../tiny", ".", "/", "kokoro"])
def test_a_name_that_nothing_has_is_refused_in_both_languages(name: str) -> None:
    error = refusal(VoiceMissing, name)

    assert f"没有名为“{name}”的声码器" in error.message
    assert f"no vocoder {name!r}" in error.english


def test_a_voice_that_says_nothing_of_its_spectrogram_cannot_override() -> None:
    error = refusal(SetupError, "plain")

    assert "不能用于其他音色" in error.message
    assert "cannot be lent" in error.english


def test_a_package_of_another_engine_cannot_override(voices: Path) -> None:
    publish_toy(voices, "kokoro", engine="kokoro")

    assert "不能用于其他音色" in refusal(SetupError, "kokoro").message


@pytest.mark.parametrize("name", ["sambert:plain", "kokoro", "silent"])
def test_one_that_fits_no_voice_of_the_engine_is_refused_at_once(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FAMILIES, "silent", EngineFamily(alone=lambda _: SilentEngine()))

    error = refusal(SetupError, "spectral", name)

    assert "spectral 与所有音色都不兼容" in error.message
    assert "spectral fits none" in error.english


def test_without_a_voice_it_fits_none() -> None:
    for name in ("tiny", "plain"):
        remove_package(name)

    assert "与所有音色都不兼容" in refusal(SetupError, "spectral").message


def test_an_engine_that_does_not_exist_is_told_first() -> None:
    refusal(UnknownEngine, "spectral", "nothing")


def test_a_damaged_vocoder_is_refused_at_once(voices: Path) -> None:
    (voices / "spectral" / "vocoder.onnx").write_bytes(b"")

    assert "vocoder.onnx 已损坏" in refusal(VoicePackageError, "spectral").message


def test_a_vocoder_that_is_removed_before_it_is_loaded_is_missed() -> None:
    engine = make_engine(vocoder="spectral")
    remove_package("spectral")

    with pytest.raises(VoiceMissing, match="spectral"):
        speak(engine)
