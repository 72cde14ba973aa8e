"""Produced files: hard to guess, kept for a while, never anything else."""

from __future__ import annotations

import errno
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huisheng.errors import StorageError
from huisheng.server.errors import AudioNotFound
from huisheng.server.speech.repository import AudioStore


class Clock:
    """Seconds since the epoch, as the test wants them."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> AudioStore:
    """Keeps 100 bytes for an hour."""
    return AudioStore(tmp_path / "audio", timedelta(hours=1), 100, clock)


def kept(store: AudioStore, content: bytes = b"sound") -> str:
    with store.draft(".wav") as draft:
        draft.file.write(content)
        draft.publish()
    return draft.name


def found(store: AudioStore, name: str) -> bool:
    try:
        store.find(name)
    except AudioNotFound:
        return False
    return True


def test_what_was_published_is_found(store: AudioStore) -> None:
    assert store.find(kept(store, b"sound")).path.read_bytes() == b"sound"


def test_a_name_holds_128_random_bits(store: AudioStore) -> None:
    names = {kept(store) for _ in range(20)}

    assert len(names) == 20
    assert all(re.fullmatch(r"[\w-]{22}\.wav", name) for name in names)


def test_a_draft_is_not_found_before_it_is_published(store: AudioStore) -> None:
    with store.draft(".wav") as draft:
        assert not found(store, draft.name)
        assert not found(store, draft.name + ".part")


def test_a_draft_that_is_left_leaves_nothing(store: AudioStore, tmp_path: Path) -> None:
    with store.draft(".wav") as draft:
        draft.file.write(b"torso")

    assert list((tmp_path / "audio").iterdir()) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.one_of(st.text(), st.from_regex(r"(\.\./){1,3}[\w-]{22}\.wav"), st.just("/etc/passwd")))
def test_no_other_name_is_ever_found(store: AudioStore, name: str) -> None:
    assert not found(store, name)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_a_link_is_not_followed(store: AudioStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    name = kept(store)
    (tmp_path / "audio" / name).unlink()
    try:
        (tmp_path / "audio" / name).symlink_to(tmp_path / "secret")
    except OSError:
        pytest.skip("links need a right that this account lacks")

    assert not found(store, name)


@pytest.mark.parametrize(("age", "still_there"), [(3599, True), (3600, False)])
def test_a_file_lives_as_long_as_it_should(
    store: AudioStore, clock: Clock, age: int, still_there: bool
) -> None:
    name = kept(store)

    clock.now += age

    assert found(store, name) == still_there


def test_a_sweep_removes_what_is_over(store: AudioStore, clock: Clock, tmp_path: Path) -> None:
    kept(store)
    clock.now += 3600
    young = kept(store)

    store.sweep()

    assert [path.name for path in (tmp_path / "audio").iterdir()] == [young]


def test_a_sweep_removes_the_oldest_until_the_rest_fits(store: AudioStore, clock: Clock) -> None:
    names = list[str]()
    for _ in range(4):
        names.append(kept(store, b"x" * 40))
        clock.now += 1

    store.sweep()

    assert [found(store, name) for name in names] == [False, False, True, True]


def test_a_sweep_clears_up_after_a_crash(store: AudioStore, clock: Clock, tmp_path: Path) -> None:
    torso = tmp_path / "audio" / (kept(store) + ".part")
    torso.write_bytes(b"torso")
    os.utime(torso, (clock.now - 3600, clock.now - 3600))

    store.sweep()

    assert not torso.exists()


def test_a_sweep_leaves_what_is_not_ours(store: AudioStore, clock: Clock, tmp_path: Path) -> None:
    kept(store)
    theirs = tmp_path / "audio" / "thesis.wav"
    theirs.write_bytes(b"x" * 1000)
    os.utime(theirs, (0, 0))

    store.sweep()

    assert theirs.exists()


def test_a_sweep_before_the_first_file_does_nothing(store: AudioStore) -> None:
    store.sweep()


def test_files_of_an_earlier_process_are_found(store: AudioStore, clock: Clock, tmp_path: Path) -> None:
    name = kept(store)

    again = AudioStore(tmp_path / "audio", timedelta(hours=1), 100, clock)

    assert found(again, name)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = AudioStore(tmp_path / "file" / "audio", timedelta(hours=1), 100)

    with pytest.raises(StorageError), store.draft(".wav"):
        pass


def test_a_full_disk_is_told(store: AudioStore) -> None:
    with pytest.raises(StorageError), store.draft(".wav"):
        raise OSError(errno.ENOSPC, "No space left on device")
