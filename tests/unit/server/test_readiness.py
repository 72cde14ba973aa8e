"""Whether files can be written, tried now and then."""

from __future__ import annotations

import logging

import pytest

from huisheng.errors import StorageError
from huisheng.server.readiness import WriteProbe


class Disk:
    """Can be written, or not; counts the tries."""

    def __init__(self) -> None:
        self.tries = 0
        self.full = False
        self.now = 0.0

    def check(self) -> None:
        self.tries += 1
        if self.full:
            raise StorageError("无法使用 /data。", "Cannot use /data.")


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def probe(disk: Disk) -> WriteProbe:
    return WriteProbe(disk.check, lambda: disk.now)


async def test_frequent_probes_write_once(disk: Disk, probe: WriteProbe) -> None:
    for _ in range(100):
        await probe.probe()

    assert disk.tries == 1


async def test_a_disk_that_becomes_full_is_noticed(disk: Disk, probe: WriteProbe) -> None:
    await probe.probe()
    disk.full, disk.now = True, 5.0
    await probe.probe()

    assert not probe.is_writable


async def test_a_disk_that_has_room_again_is_noticed(disk: Disk, probe: WriteProbe) -> None:
    disk.full = True
    await probe.probe()
    disk.full, disk.now = False, 1.0
    await probe.probe()

    assert probe.is_writable


async def test_a_change_is_logged_once_with_the_place(
    disk: Disk, probe: WriteProbe, caplog: pytest.LogCaptureFixture
) -> None:
    disk.full = True
    for _ in range(3):
        await probe.probe()
        disk.now += 1.0

    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.ERROR, "无法使用 /data。")
    ]
