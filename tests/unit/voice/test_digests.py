"""A digest tells the sound of one voice from that of another."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from tests.unit.engines.toy_kokoro import publish_toy

from huisheng.engines import make_engine
from huisheng.engines.kokoro import KokoroEngine
from huisheng.engines.protocol import Capabilities
from huisheng.engines.two_stage.voices import voices
from huisheng.server.catalogue.schemas import Voice
from huisheng.types import VoiceInfo
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.digests import join_digests, package_digest
from huisheng.voice.load import read_package
from huisheng.voice.manifest import FileDigest, Manifest
from huisheng.voice.store import folder_of

OTHER_FILE = FileDigest(size=1, sha256="0" * 64)


@cache
def builtin_manifest() -> Manifest:
    return read_package(folder_of(BUILTIN)).manifest


def with_another_file(manifest: Manifest) -> Manifest:
    """The same package with other weights in one file."""
    file = next(iter(manifest.files))
    return manifest.model_copy(update={"files": {**manifest.files, file: OTHER_FILE}})


def test_a_package_of_the_same_name_with_other_weights_gives_its_voices_other_digests() -> None:
    manifest = builtin_manifest()

    before, after = voices(manifest), voices(with_another_file(manifest))

    assert [voice.id for voice in before] == [voice.id for voice in after]
    assert not {voice.digest for voice in before} & {voice.digest for voice in after}


def test_the_voices_of_one_package_have_digests_of_their_own_that_stay() -> None:
    first, again = voices(builtin_manifest()), voices(builtin_manifest())

    assert first == again
    assert len({voice.digest for voice in first}) == len(first) > 1
    assert all(len(voice.digest) == 64 for voice in first)


def test_a_manifest_read_anew_has_the_same_digest() -> None:
    manifest = builtin_manifest()

    assert package_digest(Manifest.model_validate_json(manifest.model_dump_json())) == package_digest(
        manifest
    )


def test_an_unknown_part_leaves_the_whole_unknown() -> None:
    assert join_digests("a", "") == ""


@pytest.mark.parametrize("one", [("ab", "c"), ("abc",)])
def test_parts_are_not_run_together(one: tuple[str, ...]) -> None:
    assert join_digests(*one) != join_digests("a", "bc")


def test_a_borrowed_vocoder_that_is_not_known_leaves_the_voice_unknown() -> None:
    assert {voice.digest for voice in voices(builtin_manifest(), "")} == {""}


def digest_of(wanted: str, known: tuple[VoiceInfo, ...] | None = None) -> str:
    return Capabilities("sambert", known or voices(builtin_manifest())).find(wanted).digest


def test_a_mixture_has_a_digest_of_its_own_however_its_shares_are_written() -> None:
    names = [voice.id for voice in voices(builtin_manifest())][:2]
    half = digest_of("+".join(names))

    assert half == digest_of(f"{names[0]}:5+{names[1]}:5") == digest_of(f"{names[0]}:0.5+{names[1]}:0.5")
    assert len({half, digest_of(names[0]), digest_of(names[1]), digest_of(f"{names[0]}:2+{names[1]}:1")}) == 4


def test_a_mixture_has_the_digest_of_what_it_is_called_once_it_is_found() -> None:
    capabilities = Capabilities("sambert", voices(builtin_manifest()))
    names = [voice.id for voice in capabilities.voices][:2]
    found = capabilities.find(f"{names[0]}:1+{names[1]}:2")

    assert capabilities.find(found.id).digest == found.digest


def test_a_voice_mixed_with_itself_is_that_voice() -> None:
    name = voices(builtin_manifest())[0].id

    assert digest_of(f"{name}+{name}") == digest_of(name)


def test_a_mixture_of_other_weights_has_another_digest() -> None:
    told = voices(with_another_file(builtin_manifest()))
    wanted = "+".join(voice.id for voice in told[:2])

    assert digest_of(wanted) != digest_of(wanted, told)


def test_voices_of_kokoro_are_known_from_its_manifest_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path))
    made = publish_toy(tmp_path / "voices")
    engine = make_engine()
    told = {voice.id: voice.digest for voice in engine.capabilities.voices}
    opened = KokoroEngine(threads=1, package=lambda: made)
    before = opened.capabilities.find("qinglan").digest
    opened.load()

    assert not engine.loaded
    assert before == ""
    assert told["qinglan"] == opened.capabilities.find("qinglan").digest != told["wantang"]


def test_clients_are_not_told_digests() -> None:
    assert "digest" not in Voice.model_fields
