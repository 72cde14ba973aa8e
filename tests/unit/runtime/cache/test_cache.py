"""A near store before a far one, and a part of a store for one owner."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from huisheng.runtime.cache.cache import SharedStore
from huisheng.runtime.cache.disk import DiskStore

KEY = hashlib.sha256(b"a").hexdigest()


@pytest.fixture
def near(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / "near", 1 << 20)


@pytest.fixture
def far(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / "far", 1 << 20)


def test_what_is_put_is_in_both(near: DiskStore, far: DiskStore) -> None:
    SharedStore(near, far).put(KEY, b"sound")

    assert (near.get(KEY), far.get(KEY)) == (b"sound", b"sound")


def test_what_is_found_far_away_is_kept_near(near: DiskStore, far: DiskStore) -> None:
    far.put(KEY, b"sound")

    assert SharedStore(near, far).get(KEY) == b"sound"
    assert near.get(KEY) == b"sound"


def test_what_neither_has_is_not_found(near: DiskStore, far: DiskStore) -> None:
    assert SharedStore(near, far).get(KEY) is None


def test_troubles_of_both_are_counted(near: DiskStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    far = DiskStore(tmp_path / "file" / "cache", 1 << 20)
    store = SharedStore(near, far)
    store.put(KEY, b"sound")

    assert store.get(KEY) == b"sound"
    assert store.failures == far.failures > 0
