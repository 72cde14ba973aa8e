"""A folder of entries: exact, bounded, shared, and harmless when it is in trouble."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.runtime.cache.conftest import HandClock

from huisheng.runtime.cache.disk import DiskStore, UsageClock

MEBIBYTE = 1 << 20
SIZE = 1_000
"""Bytes of a value; an entry has some more."""
ELEVEN = 11 * SIZE + SIZE // 2
"""A limit that eleven entries are within, and from which ten are left after a sweep."""
HOUR = 3_600 * 10**9


def key(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def value(name: object) -> bytes:
    """A value as large as any other, and unlike it."""
    return key(name).encode() * (SIZE // 64)


def held_keys(store: DiskStore, *names: object) -> list[object]:
    return [name for name in names if store.get(key(name)) is not None]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in files(folder))


class Time:
    """What passes, and what the clock on the wall makes of it; nanoseconds."""

    def __init__(self, wall: int) -> None:
        self.wall = wall
        self.passed = 0

    def stamps(self) -> UsageClock:
        return UsageClock(lambda: self.wall + self.passed, lambda: self.passed)


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / "cache", MEBIBYTE)


# What is put is found


@given(st.dictionaries(st.integers(0, 50), st.binary(max_size=200)))
def test_what_was_put_is_found_to_the_byte(
    tmp_path_factory: pytest.TempPathFactory, values: dict[int, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    for name, content in values.items():
        DiskStore(folder, MEBIBYTE).put(key(name), content)

    store = DiskStore(folder, MEBIBYTE)
    assert {name: store.get(key(name)) for name in values} == values


def test_what_was_not_put_is_not_found(store: DiskStore) -> None:
    assert store.get(key("a")) is None


def test_a_name_that_is_no_key_is_refused(store: DiskStore) -> None:
    with pytest.raises(ValueError, match="key"):
        store.get("../../etc/passwd")


def test_only_the_user_can_read_what_is_kept(store: DiskStore, tmp_path: Path) -> None:
    store.put(key("a"), b"a")

    (file,) = files(tmp_path)
    assert [path.stat().st_mode & 0o777 for path in (file, file.parent, tmp_path / "cache")] == [
        0o600,
        0o700,
        0o700,
    ]


def test_nothing_is_kept_when_the_limit_is_0(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "cache", 0)
    store.put(key("a"), b"a")

    assert store.get(key("a")) is None
    assert not (tmp_path / "cache").exists()


def test_what_was_kept_is_swept_away_when_the_limit_becomes_0(store: DiskStore, tmp_path: Path) -> None:
    store.put(key("a"), b"a")
    DiskStore(tmp_path / "cache", 0).sweep()

    assert files(tmp_path) == []


# What is damaged is not served


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[:-1],
    "longer": lambda content: content + b"\0",
    "a bit": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "another form": lambda content: b"HSC2" + content[4:],
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_a_miss_and_is_removed(store: DiskStore, tmp_path: Path, damage: str) -> None:
    store.put(key("a"), b"some sound")
    (file,) = files(tmp_path)
    file.write_bytes(DAMAGES[damage](file.read_bytes()))

    assert store.get(key("a")) is None
    assert files(tmp_path) == []


def test_an_entry_under_anothers_name_is_a_miss(store: DiskStore, tmp_path: Path) -> None:
    store.put(key("a"), b"some sound")
    (file,) = files(tmp_path)
    place = tmp_path / "cache" / key("b")[:2] / key("b")
    place.parent.mkdir()
    file.rename(place)

    assert store.get(key("b")) is None


# The bound


def test_the_folder_stays_within_its_limit_while_it_is_filled(tmp_path: Path) -> None:
    store = DiskStore(tmp_path, 20 * SIZE)

    sizes: list[int] = []
    for name in range(100):
        store.put(key(name), value(name))
        sizes.append(size(tmp_path))

    assert max(sizes) <= 20 * SIZE
    assert sizes[-1] >= 15 * SIZE


@pytest.mark.slow
def test_two_processes_that_fill_one_folder_keep_its_bound_together(tmp_path: Path) -> None:
    limit = 100 * SIZE
    stores = [DiskStore(tmp_path, limit) for _ in range(2)]
    sizes: list[int] = []
    for name in range(200):
        stores[name % 2].put(key(name), value(name))
        sizes.append(size(tmp_path))

    assert max(sizes) <= limit + 2 * limit // 16


def test_the_longest_unused_leave_first(tmp_path: Path) -> None:
    time = Time(wall=HOUR)
    store = DiskStore(tmp_path, ELEVEN, time.stamps())
    for name in range(10):
        time.passed += HOUR
        store.put(key(name), value(name))
    time.passed += HOUR
    store.get(key(0))
    for name in ("new", "newer"):
        time.passed += HOUR
        store.put(key(name), value(name))

    assert held_keys(store, *range(10), "new", "newer") == [0, *range(3, 10), "new", "newer"]


def test_a_use_within_the_same_minute_writes_nothing(tmp_path: Path) -> None:
    time = Time(wall=HOUR)
    store = DiskStore(tmp_path, MEBIBYTE, time.stamps())
    store.put(key("a"), b"a")
    (file,) = files(tmp_path)
    before = file.stat().st_mtime_ns
    time.passed = 59 * 10**9
    store.get(key("a"))
    within = file.stat().st_mtime_ns
    time.passed = 61 * 10**9
    store.get(key("a"))

    assert (within, file.stat().st_mtime_ns) == (before, before + time.passed)


def test_a_value_of_an_eighth_of_the_limit_is_not_put(tmp_path: Path) -> None:
    store = DiskStore(tmp_path, 8 * SIZE)
    store.put(key("a"), bytes(SIZE))

    assert store.get(key("a")) is None


def test_what_a_crash_left_half_written_is_swept_with_the_oldest(tmp_path: Path) -> None:
    store = DiskStore(tmp_path, ELEVEN)
    store.put(key("a"), value("a"))
    (file,) = files(tmp_path)
    part = file.with_name(f"{file.name}.0123456789abcdef.part")
    part.write_bytes(bytes(SIZE))
    os.utime(part, ns=(0, 0))
    for name in range(11):
        store.put(key(name), value(name))

    assert not part.exists()


def test_foreign_files_and_links_are_left_alone(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "cache"
    outside.mkdir()
    folder.mkdir()
    (folder / "notes.txt").write_text("mine" * SIZE)
    (outside / key("far")).write_bytes(bytes(SIZE))
    (folder / key("far")[:2]).symlink_to(outside)
    near = folder / key("near")[:2] / key("near")
    near.parent.mkdir()
    near.symlink_to(outside / key("far"))
    store = DiskStore(folder, ELEVEN)
    for name in ("far", "near", *range(30)):
        store.put(key(name), value(name))
    store.sweep()

    assert held_keys(store, "far", "near") == []
    assert near.is_symlink()
    assert (outside / key("far")).read_bytes() == bytes(SIZE)
    assert (folder / "notes.txt").exists()
    assert store.failures == 0


# The clock


def fill(folder: Path, time: Time) -> None:
    """Ten entries, an hour each."""
    store = DiskStore(folder, ELEVEN, time.stamps())
    for name in range(10):
        time.passed += HOUR
        store.put(key(name), value(name))


@pytest.mark.parametrize("jump", [-100 * 365 * 24 * HOUR, -HOUR // 2, 70 * 365 * 24 * HOUR])
def test_after_a_jump_of_the_clock_the_oldest_still_leave_first(tmp_path: Path, jump: int) -> None:
    before = 110 * 365 * 24 * HOUR
    fill(tmp_path, Time(before))
    store = DiskStore(tmp_path, ELEVEN, Time(before + jump).stamps())
    for name in ("new", "newer"):
        store.put(key(name), value(name))

    assert held_keys(store, *range(10), "new", "newer") == [*range(2, 10), "new", "newer"]


def test_a_jump_forward_of_another_process_does_not_make_our_uses_old(tmp_path: Path) -> None:
    ours = Time(HOUR)
    store = DiskStore(tmp_path, ELEVEN, ours.stamps())
    store.put(key("first"), value("first"))
    theirs = DiskStore(tmp_path, ELEVEN, Time(10_000 * HOUR).stamps())
    for name in range(9):
        theirs.put(key(name), value(name))
    store.sweep()
    for name in ("new", "newer"):
        store.put(key(name), value(name))

    assert held_keys(store, "new", "newer") == ["new", "newer"]


# Trouble


@contextmanager
def no_room() -> Generator[None]:
    """No file can grow: what is written fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_what_is_there_is_served_and_nothing_is_left_behind(
    tmp_path: Path, clock: HandClock
) -> None:
    store = DiskStore(tmp_path, MEBIBYTE, clock=clock)
    store.put(key("a"), value("a"))
    with no_room():
        for name in "bcd":
            store.put(key(name), value(name))

        assert held_keys(store, "a", "b", "c", "d") == ["a"]
    assert (len(files(tmp_path)), store.failures) == (1, 1)


def test_a_disk_that_was_full_is_tried_again_after_a_while(tmp_path: Path, clock: HandClock) -> None:
    store = DiskStore(tmp_path, MEBIBYTE, clock=clock)
    with no_room():
        store.put(key("a"), value("a"))
    store.put(key("b"), value("b"))
    clock.seconds = 6.0
    store.put(key("c"), value("c"))

    assert held_keys(store, "a", "b", "c") == ["c"]


def test_a_place_that_cannot_be_a_folder_is_an_empty_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = DiskStore(tmp_path / "file" / "cache", MEBIBYTE)
    store.put(key("a"), b"a")
    store.sweep()

    assert store.get(key("a")) is None
    assert store.failures > 0


def test_a_folder_that_is_removed_while_it_is_used_is_made_again(store: DiskStore, tmp_path: Path) -> None:
    store.put(key("a"), b"a")
    (tmp_path / "cache").rename(tmp_path / "gone")
    store.put(key("b"), b"b")

    assert held_keys(store, "a", "b") == ["b"]


# Several processes

WORK = """
import hashlib, random, sys
from pathlib import Path
from huisheng.runtime.cache.disk import DiskStore

store, dice = DiskStore(Path(sys.argv[1]), int(sys.argv[2])), random.Random(sys.argv[3])
hits = 0
for _ in range(400):
    key = hashlib.sha256(str(dice.randrange(60)).encode()).hexdigest()
    value = key.encode() * 15
    found = store.get(key)
    assert found in (None, value)
    hits += found is not None
    store.put(key, value)
assert hits and not store.failures
"""


@pytest.mark.slow
def test_processes_that_share_a_folder_find_only_whole_values_and_keep_its_bound(tmp_path: Path) -> None:
    limit = 20 * SIZE
    workers = [
        subprocess.Popen([sys.executable, "-c", WORK, tmp_path, str(limit), seed], stderr=subprocess.PIPE)
        for seed in ("one", "two")
    ]
    said = [worker.communicate()[1].decode() for worker in workers]

    assert said == ["", ""]
    assert size(tmp_path) <= limit + 2 * limit // 16
    assert [path for path in files(tmp_path) if path.suffix == ".part"] == []
