"""The licence of an installation: its files in our folder for data, and their state.

license/license.txt   the licence as it was issued
license/issuer.pub    the key that it was installed with, where the distribution ships none
license/clock.json    the latest time seen
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from huisheng.errors import LicenseError, StorageError
from huisheng.licensing.clock import ClockState, read_clock, write_clock
from huisheng.licensing.files import is_there, read_small, write_whole
from huisheng.licensing.keys import SHIPPED, TrustedKeys, key_files, public_pem, read_public_key, trust
from huisheng.licensing.license import License
from huisheng.licensing.signing import verify
from huisheng.licensing.status import LicenseStatus, effective_time, judge
from huisheng.types import Notice

FOLDER: Final = "license"
_PUBLIC: Final = 0o644

_DAMAGED: Final = Notice(
    "clock_lost",
    "许可证的时间记录已损坏，已从现在重新开始；不影响使用。",
    "The record of time beside the licence was damaged and has been begun anew; nothing else changes.",
)
_UNWRITTEN: Final = Notice(
    "clock_unwritten",
    "无法写入许可证的时间记录，请检查数据文件夹的权限与空间；不影响使用。",
    "The record of time beside the licence cannot be written: check rights and space of the data folder. "
    "Nothing else changes.",
)


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the licence of an installation lies, and whose keys it trusts.

    Attributes:
        folder: of the licence.
        shipped: folder of the keys of the distribution.
    """

    folder: Path
    shipped: Path = SHIPPED

    @classmethod
    def at(cls, home: Path, shipped: Path = SHIPPED) -> Installation:
        """The one in our folder for data."""
        return cls(home / FOLDER, shipped)

    @property
    def file(self) -> Path:
        """The licence."""
        return self.folder / "license.txt"

    @property
    def key_file(self) -> Path:
        """The key of its issuer."""
        return self.folder / "issuer.pub"

    @property
    def clock_file(self) -> Path:
        """The latest time seen."""
        return self.folder / "clock.json"

    @property
    def is_required(self) -> bool:
        """Whether the distribution ships keys, and so asks for a licence beyond free use."""
        return bool(key_files(self.shipped))

    def keys(self) -> TrustedKeys:
        """The keys that it trusts: those of the distribution, else the one that came with the licence.

        Raises:
            LicenseError: one of them is damaged.
        """
        if self.is_required:
            return trust(*map(read_public_key, key_files(self.shipped)), are_shipped=True)
        return trust(read_public_key(self.key_file)) if is_there(self.key_file) else TrustedKeys()

    def status(self, now: datetime) -> LicenseStatus:
        """The state of the licence now; the latest time seen is remembered. Raises nothing: whatever is wrong
        is part of the answer.

        Args:
            now: UTC.
        """
        try:
            keys = self.keys()
        except LicenseError as error:
            return judge(error, None, now, required=self.is_required)
        found = self._find(keys)
        known = read_clock(self.clock_file, keys.secret)
        clock = (known or ClockState(now)).advance(now, is_verified=_is_within_term(found, known, now))
        remarks = self._remember(known, clock, keys) if known or isinstance(found, License) else ()
        return judge(found, clock, now, required=keys.are_shipped, remarks=remarks)

    def install(self, content: bytes, now: datetime, key: Path | None = None) -> License:
        """Put a licence in place of an earlier one, in one step, once it is verified.

        Args:
            content: of the licence's file.
            now: UTC.
            key: file of the issuer's public key; trusted from then on where the distribution ships none.

        Raises:
            LicenseError: it cannot be used, or would take the place of one that is in force before its own
                term begins, or after.
            StorageError: the folder cannot be written.
        """
        keys = self._keys_with(key)
        new = verify(content, keys)
        current = self._find(keys)
        _check_replacement(current, new, now)
        if key is not None and not keys.are_shipped:
            write_whole(self.key_file, public_pem(keys.keys[new.key]), _PUBLIC)
        write_whole(self.file, content, _PUBLIC)
        is_later = isinstance(current, License) and new.issued_at > current.issued_at
        known = None if is_later else read_clock(self.clock_file, keys.secret)
        if known is None:  # a later licence is a new beginning: whatever the clock showed once is forgotten
            clock = ClockState(max(now, new.issued_at))
            clock = clock.advance(now, is_verified=_is_within_term(new, clock, now))
            write_clock(self.clock_file, clock, keys.secret)
        return new

    def _remember(self, known: ClockState | None, clock: ClockState, keys: TrustedKeys) -> tuple[Notice, ...]:
        """Write the time where it has moved on; what is wrong with the file is told and stops nothing."""
        remarks = (_DAMAGED,) if known is None and is_there(self.clock_file) else ()
        if known and not known.is_behind(clock):
            return remarks
        try:
            write_clock(self.clock_file, clock, keys.secret)
        except StorageError:
            return (*remarks, _UNWRITTEN)
        return remarks

    def _keys_with(self, key: Path | None) -> TrustedKeys:
        """The keys that it will trust once another is named.

        Raises:
            LicenseError: a key is damaged, or the distribution trusts its own keys only.
        """
        if key is None:
            return self.keys()
        named = trust(read_public_key(key))
        if not self.is_required:
            return named
        if not named.keys.keys() <= self.keys().keys.keys():
            raise LicenseError(
                "license_unknown_key",
                "本发行版只信任自带的公钥，不能用 --key 指定其他公钥",
                "this distribution trusts its own keys only; --key cannot name another",
            )
        return self.keys()

    def _find(self, keys: TrustedKeys) -> License | LicenseError | None:
        """The licence, what is wrong with it, or None without a file."""
        if not is_there(self.file):
            return None
        try:
            return verify(read_small(self.file), keys)
        except LicenseError as error:
            return error


def _check_replacement(current: License | LicenseError | None, new: License, now: datetime) -> None:
    """
    Raises:
        LicenseError: the licence that is there is in force, and the new one is not.
    """
    if isinstance(current, License) and current.is_in_force(now) and not new.is_in_force(now):
        raise LicenseError(
            "license_not_in_force",
            f"新的许可证有效期是 {new.term_from} 至 {new.term_to}，现在不能代替仍然有效的许可证",
            f"its term is {new.term_from} to {new.term_to}; it cannot now take the place of one in force",
        )


def _is_within_term(found: License | LicenseError | None, clock: ClockState | None, now: datetime) -> bool:
    """Whether there is a licence whose term is now; its grace does not count, which begins only once."""
    if not isinstance(found, License):
        return False
    return found.begins <= effective_time(now, found, clock) < found.ends
