"""Produced files: hard to guess, kept for a while, never anything else."""

from __future__ import annotations

import errno
import os
import pickle
import re
import stat
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.runtime.audio_store.times import Time

from huisheng.errors import AudioNotFound, AudioStoreFull, AudioTooLarge, StorageError
from huisheng.runtime.audio_store.store import AudioStore

HOUR = timedelta(hours=1)
DAY = 24 * 3_600.0
PROMISED = 120
"""Seconds for which a file is kept after its address was told."""


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "audio"


@pytest.fixture
def store(folder: Path, time: Time) -> AudioStore:
    """Keeps 100 bytes for an hour."""
    return AudioStore(folder, HOUR, 100, time.clock())


def keep(store: AudioStore, content: bytes = b"sound") -> str:
    with store.draft(".wav", len(content)) as draft:
        draft.write(content)
        draft.publish()
    return draft.name


def found(store: AudioStore, name: str) -> bool:
    try:
        store.find(name).close()
    except AudioNotFound:
        return False
    return True


def ours(folder: Path) -> list[str]:
    """Names of all files but the lock."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_what_was_published_is_found(store: AudioStore) -> None:
    with store.find(keep(store, b"sound")) as audio:
        assert audio.path.read_bytes() == b"sound"


def test_a_name_holds_128_random_bits(store: AudioStore) -> None:
    names = {keep(store) for _ in range(20)}

    assert len(names) == 20
    assert all(re.fullmatch(r"[\w-]{22}\.wav", name) for name in names)


def test_a_draft_is_not_found_before_it_is_published(store: AudioStore) -> None:
    with store.draft(".wav") as draft:
        assert not found(store, draft.name)
        assert not found(store, draft.name + ".part")


def test_a_draft_that_is_left_leaves_nothing(store: AudioStore, folder: Path) -> None:
    with store.draft(".wav") as draft:
        draft.write(b"torso")

    assert ours(folder) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.one_of(st.text(), st.from_regex(r"(\.\./){1,3}[\w-]{22}\.wav"), st.just("/etc/passwd")))
def test_no_other_name_is_ever_found(store: AudioStore, name: str) -> None:
    assert not found(store, name)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_a_link_is_not_followed(store: AudioStore, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    name = keep(store)
    (folder / name).unlink()
    try:
        (folder / name).symlink_to(tmp_path / "secret")
    except OSError:
        pytest.skip("links need a right that this account lacks")

    assert not found(store, name)


def test_files_of_an_earlier_process_are_found(store: AudioStore, folder: Path, time: Time) -> None:
    name = keep(store)

    assert found(AudioStore(folder, HOUR, 100, time.clock()), name)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = AudioStore(tmp_path / "file" / "audio", HOUR, 100)

    with pytest.raises(StorageError), store.draft(".wav"):
        pass


def test_a_full_disk_is_told(store: AudioStore) -> None:
    with pytest.raises(StorageError), store.draft(".wav"):
        raise OSError(errno.ENOSPC, "No space left on device")


class TestSweep:
    """What is removed, and what is left."""

    @pytest.mark.parametrize(("age", "still_there"), [(3599, True), (3600, False)])
    def test_a_file_lives_as_long_as_it_should(
        self, store: AudioStore, time: Time, age: int, still_there: bool
    ) -> None:
        name = keep(store)

        time.pass_(age)

        assert found(store, name) == still_there

    def test_what_is_over_is_removed(self, store: AudioStore, folder: Path, time: Time) -> None:
        keep(store)
        time.pass_(3600)
        young = keep(store)

        store.sweep()

        assert ours(folder) == [young]

    def test_under_a_lowered_limit_the_oldest_go_until_the_rest_fits(
        self, store: AudioStore, folder: Path, time: Time
    ) -> None:
        names = list[str]()
        for _ in range(4):
            names.append(keep(store, b"x" * 20))
            time.pass_(PROMISED)

        AudioStore(folder, HOUR, 50, time.clock()).sweep()

        assert [found(store, name) for name in names] == [False, False, True, True]

    def test_a_draft_of_a_writer_that_died_is_removed(self, store: AudioStore, folder: Path) -> None:
        torso = folder / (keep(store) + ".part")
        torso.write_bytes(b"torso")

        store.sweep()

        assert not torso.exists()

    def test_what_is_not_ours_is_left(self, store: AudioStore, folder: Path) -> None:
        keep(store)
        theirs = folder / "thesis.wav"
        theirs.write_bytes(b"x" * 1000)
        os.utime(theirs, (0, 0))

        store.sweep()

        assert theirs.exists()

    def test_before_the_first_file_no_folder_is_made(self, store: AudioStore, folder: Path) -> None:
        store.sweep()

        assert not folder.exists()

    def test_a_draft_is_left_however_old_it_is(self, store: AudioStore, time: Time) -> None:
        with store.draft(".wav", 5) as draft:
            draft.write(b"sound")
            time.pass_(10 * DAY)
            store.sweep()
            draft.publish()

        assert found(store, draft.name)

    def test_a_file_that_is_being_sent_is_left(self, store: AudioStore, time: Time) -> None:
        name = keep(store)
        with store.find(name) as audio:
            time.pass_(3600)
            store.sweep()

            assert audio.path.read_bytes() == b"sound"

    def test_a_file_that_was_sent_goes_when_its_time_is_over(
        self, store: AudioStore, folder: Path, time: Time
    ) -> None:
        store.find(keep(store)).close()
        time.pass_(3600)

        store.sweep()

        assert ours(folder) == []


class TestRoom:
    """Which draft gets room, and which files go for it."""

    def test_what_can_never_fit_is_refused_with_its_size_and_the_limit(self, folder: Path) -> None:
        store = AudioStore(folder, HOUR, 1_000_000)

        with (
            pytest.raises(AudioTooLarge, match=r"45\.6 MB.*1\.0 MB"),
            store.drafts((".wav", 45_000_000), (".mp3", 600_000)),
        ):
            pass

    def test_for_what_can_never_fit_nothing_is_removed(self, store: AudioStore, time: Time) -> None:
        name = keep(store, b"x" * 90)
        time.pass_(PROMISED)

        with pytest.raises(AudioTooLarge), store.draft(".wav", 101):
            pass

        assert found(store, name)

    def test_older_files_go_for_a_new_one(self, store: AudioStore, time: Time) -> None:
        old = keep(store, b"x" * 60)
        time.pass_(PROMISED)

        new = keep(store, b"x" * 60)

        assert (found(store, old), found(store, new)) == (False, True)

    def test_no_more_go_than_must(self, store: AudioStore, time: Time) -> None:
        names = list[str]()
        for _ in range(3):
            names.append(keep(store, b"x" * 30))
            time.pass_(PROMISED)

        keep(store, b"x" * 30)

        assert [found(store, name) for name in names] == [False, True, True]

    def test_while_all_are_promised_another_is_refused_until_the_first_is_not(
        self, store: AudioStore, time: Time
    ) -> None:
        keep(store, b"x" * 60)
        time.pass_(100)

        with pytest.raises(AudioStoreFull) as refusal, store.draft(".wav", 60):
            pass

        assert refusal.value.retry_after == PROMISED - 100

    def test_after_the_time_of_a_refusal_there_is_room(self, store: AudioStore, time: Time) -> None:
        keep(store, b"x" * 60)
        with pytest.raises(AudioStoreFull) as refusal, store.draft(".wav", 60):
            pass

        time.pass_(refusal.value.retry_after)

        assert found(store, keep(store, b"x" * 60))

    def test_what_was_promised_is_there_after_another_was_refused(self, store: AudioStore) -> None:
        name = keep(store, b"x" * 60)

        with pytest.raises(AudioStoreFull), store.draft(".wav", 60):
            pass

        assert found(store, name)

    def test_a_promise_begins_anew_when_the_address_is_told_later(
        self, store: AudioStore, time: Time
    ) -> None:
        name = keep(store, b"x" * 60)
        time.pass_(PROMISED)

        store.promise([name])

        with pytest.raises(AudioStoreFull), store.draft(".wav", 60):
            pass

    def test_what_is_gone_cannot_be_promised(self, store: AudioStore, time: Time) -> None:
        name = keep(store, b"x" * 60)
        time.pass_(PROMISED)
        keep(store, b"x" * 60)

        with pytest.raises(AudioNotFound):
            store.promise([name])

    def test_a_draft_holds_the_room_that_it_is_expected_to_take(self, store: AudioStore) -> None:
        with (
            store.draft(".wav", 60),
            pytest.raises(AudioStoreFull) as refusal,
            store.draft(".wav", 60),
        ):
            pass

        assert refusal.value.retry_after > 0

    def test_room_that_was_not_needed_is_given_back(self, store: AudioStore) -> None:
        with store.draft(".wav", 90) as draft:
            draft.write(b"x" * 10)
            draft.publish()

        assert found(store, keep(store, b"x" * 90))

    def test_a_published_file_is_as_long_as_what_was_written(self, store: AudioStore) -> None:
        with store.draft(".wav", 90) as draft:
            draft.write(b"x" * 10)
            draft.publish()

        with store.find(draft.name) as audio:
            assert audio.status.st_size == 10

    def test_the_room_of_a_draft_that_failed_is_given_back(self, store: AudioStore) -> None:
        with pytest.raises(ValueError, match="engine"), store.draft(".wav", 90):
            raise ValueError("engine")

        assert found(store, keep(store, b"x" * 90))

    def test_a_draft_that_outgrows_its_room_gets_more(self, store: AudioStore) -> None:
        with store.draft(".wav", 10) as draft:
            draft.write(b"x" * 40)
            draft.write(b"x" * 40)
            draft.publish()

        with store.find(draft.name) as audio:
            assert audio.path.read_bytes() == b"x" * 80

    def test_a_draft_that_outgrows_what_is_left_is_refused(self, store: AudioStore) -> None:
        keep(store, b"x" * 60)

        with pytest.raises(AudioStoreFull), store.draft(".wav", 10) as draft:
            draft.write(b"x" * 50)

    def test_a_draft_that_needs_just_what_is_left_gets_it(self, store: AudioStore) -> None:
        keep(store, b"x" * 60)

        with store.draft(".wav", 10) as draft:
            draft.write(b"x" * 40)
            draft.publish()

        assert found(store, draft.name)

    def test_a_draft_that_outgrows_the_limit_with_its_siblings_is_too_large(self, store: AudioStore) -> None:
        with pytest.raises(AudioTooLarge), store.drafts((".wav", 10), (".mp3", 60)) as (wav, _):
            wav.write(b"x" * 41)

    def test_files_that_were_put_there_by_others_count(
        self, store: AudioStore, folder: Path, time: Time
    ) -> None:
        other = keep(AudioStore(folder, HOUR, 100, time.clock()), b"x" * 60)

        with pytest.raises(AudioStoreFull), store.draft(".wav", 60):
            pass

        assert found(store, other)

    def test_a_count_that_is_damaged_is_made_anew(self, store: AudioStore, folder: Path) -> None:
        keep(store, b"x" * 60)
        (folder / ".lock").write_bytes(b"nonsense")

        with pytest.raises(AudioStoreFull), store.draft(".wav", 60):
            pass

    @pytest.mark.skipif(not hasattr(os, "statvfs"), reason="needs POSIX")
    def test_what_the_disk_cannot_hold_is_refused_before_it_is_written(self, folder: Path) -> None:
        store = AudioStore(folder, HOUR, 1 << 61)

        with pytest.raises(StorageError, match="No space left"), store.draft(".wav", 1 << 60):
            pass

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
    @given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120), st.integers(0, 400)), max_size=12))
    def test_a_file_whose_address_was_told_is_there_and_all_are_within_the_limit(
        self, tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[int, int, int]]
    ) -> None:
        time = Time()
        folder = tmp_path_factory.mktemp("audio")
        store = AudioStore(folder, HOUR, 100, time.clock())
        told: dict[str, float] = {}
        for expected, size, pause in asked:
            try:
                with store.draft(".wav", expected) as draft:
                    draft.write(b"x" * size)
                    draft.publish()
            except (AudioTooLarge, AudioStoreFull):
                pass
            else:
                told[draft.name] = time.elapsed
            time.pass_(pause)

            assert sum(path.stat().st_size for path in folder.iterdir() if path.name != ".lock") <= 100
            assert all(found(store, name) for name, when in told.items() if time.elapsed - when < PROMISED)


class TestClock:
    """Ages while somebody sets the wall clock."""

    @pytest.mark.parametrize("jump", [2 * DAY, -3 * DAY, -400 * DAY])
    def test_a_file_lives_as_long_whatever_the_wall_clock_does(
        self, store: AudioStore, time: Time, jump: float
    ) -> None:
        name = keep(store)
        time.wall += jump
        store.sweep()
        time.pass_(3599)
        before = found(store, name)
        time.pass_(1)

        assert (before, found(store, name)) == (True, False)

    @pytest.mark.parametrize("jump", [2 * DAY, -3 * DAY])
    def test_a_process_that_starts_after_a_jump_tells_the_same_age(
        self, store: AudioStore, folder: Path, time: Time, jump: float
    ) -> None:
        name = keep(store)
        time.wall += jump
        late = AudioStore(folder, HOUR, 100, time.clock())
        late.sweep()
        time.pass_(3599)
        before = found(late, name)
        time.pass_(1)

        assert (before, found(late, name)) == (True, False)

    def test_after_a_boot_with_a_clock_that_is_behind_files_grow_old_from_then(
        self, store: AudioStore, folder: Path, time: Time
    ) -> None:
        name = keep(store)
        time.wall, time.elapsed, time.boot = 0.0, 10.0, b"second".ljust(36)
        later = AudioStore(folder, HOUR, 100, time.clock())
        before = found(later, name)
        time.pass_(3600)

        assert (before, found(later, name)) == (True, False)

    def test_after_a_boot_files_are_as_old_as_the_wall_clock_says(
        self, store: AudioStore, folder: Path, time: Time
    ) -> None:
        name = keep(store)
        time.wall, time.elapsed, time.boot = time.wall + 3600, 10.0, b"second".ljust(36)

        assert not found(AudioStore(folder, HOUR, 100, time.clock()), name)

    def test_without_a_number_of_the_boot_ages_are_told_all_the_same(self, folder: Path, time: Time) -> None:
        store = AudioStore(folder, HOUR, 100, replace(time.clock(), boot=lambda: b""))
        name = keep(store)
        time.wall += 2 * DAY

        assert found(store, name)

    def test_a_store_that_is_sent_to_another_process_keeps_its_clock(self, folder: Path) -> None:
        store = AudioStore(folder, HOUR, 100)
        name = keep(store)

        assert found(pickle.loads(pickle.dumps(store)), name)  # noqa: S301 (our own)


WRITER = """
import sys
from datetime import timedelta
from pathlib import Path

from huisheng.runtime.audio_store.store import AudioStore

with AudioStore(Path(sys.argv[1]), timedelta(hours=1), 1_000).draft(".wav", 10) as draft:
    draft.write(b"sound")
    print(draft.name, flush=True)
    sys.stdin.readline()
    draft.publish()
"""
"""Writes one file, and publishes it once it is told to."""


@contextmanager
def writer(folder: Path) -> Generator[tuple[subprocess.Popen[str], str]]:
    """Another process that has begun a file, and the name of that."""
    command = [sys.executable, "-c", WRITER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.skipif(os.name != "posix", reason="needs flock")
@pytest.mark.slow
class TestProcesses:
    """Several processes on one folder."""

    def test_a_draft_of_another_process_is_left(self, folder: Path) -> None:
        store = AudioStore(folder, HOUR, 1_000)
        with writer(folder) as (process, name):
            store.sweep()
            process.communicate("\n")

        assert found(store, name)

    def test_a_draft_of_a_process_that_was_killed_is_removed(self, folder: Path) -> None:
        with writer(folder) as (process, _):
            process.kill()
            process.wait()
            AudioStore(folder, HOUR, 1_000).sweep()

        assert ours(folder) == []

    def test_the_room_of_a_process_that_was_killed_is_free(self, folder: Path) -> None:
        with writer(folder) as (process, _):
            process.kill()
            process.wait()

        with AudioStore(folder, HOUR, 1_000).draft(".wav", 1_000) as draft:
            assert draft.reserved == 1_000


@pytest.mark.skipif(os.name != "posix", reason="needs rights")
class TestRights:
    """No other user of the machine reads what was made."""

    @pytest.fixture(params=[0o000, 0o022, 0o777])
    def umask(self, request: pytest.FixtureRequest) -> Iterator[None]:
        before = os.umask(request.param)
        yield
        os.umask(before)

    @staticmethod
    def rights(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    @pytest.mark.usefixtures("umask")
    def test_folder_and_files_are_ours_alone(self, tmp_path: Path) -> None:
        folder = tmp_path / "audio"
        store = AudioStore(folder, HOUR, 1_000)
        name = keep(store)
        with store.draft(".wav") as draft:
            draft.write(b"torso")
            files = [folder / name, folder / f"{draft.name}.part", folder / ".lock"]

            assert (self.rights(folder), [self.rights(file) for file in files]) == (0o700, [0o600] * 3)

    def test_a_folder_with_wider_rights_loses_them(self, store: AudioStore, folder: Path) -> None:
        folder.mkdir()
        folder.chmod(0o755)

        keep(store)

        assert self.rights(folder) == 0o700

    def test_a_sweep_takes_wider_rights_from_older_files(self, store: AudioStore, folder: Path) -> None:
        name = keep(store)
        (folder / name).chmod(0o644)

        store.sweep()

        assert self.rights(folder / name) == 0o600

    def test_a_sweep_that_makes_room_takes_them_too(
        self, store: AudioStore, folder: Path, time: Time
    ) -> None:
        names = [keep(store, b"x" * 40), keep(store, b"x" * 40)]
        for name in names:
            (folder / name).chmod(0o644)
        time.pass_(PROMISED)

        AudioStore(folder, HOUR, 50, time.clock()).sweep()

        assert [self.rights(folder / name) for name in names if found(store, name)] == [0o600]


class TestCheck:
    """Whether files can be written."""

    def test_a_sound_folder_passes_and_nothing_stays(self, store: AudioStore, folder: Path) -> None:
        store.check()

        assert ours(folder) == []

    def test_a_file_in_place_of_the_folder_is_told(self, store: AudioStore, folder: Path) -> None:
        folder.touch()

        with pytest.raises(StorageError):
            store.check()
