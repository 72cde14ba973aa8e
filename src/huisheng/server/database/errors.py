"""What can be wrong with the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huisheng.errors import RefusedError, SetupError, StorageError

_RETRY_AFTER: Final = 1
"""Seconds; most locks are held for less."""
_GONE_RETRY_AFTER: Final = 5


class DatabaseBusy(RefusedError):
    """Others hold the database for too long."""

    code = "database_busy"

    def __init__(self) -> None:
        super().__init__(
            "数据库正忙，请稍后重试；这次没有扣费。",
            "The database is busy; try again soon. Nothing was charged.",
            _RETRY_AFTER,
        )


class DatabaseUnavailable(RefusedError):
    """The database does not answer."""

    code = "database_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "数据库暂时无法使用，请稍后重试；这次没有扣费。运营者请检查 HUISHENG_DATABASE。",
            "The database cannot be used now; try again later. Nothing was charged. "
            "The operator may check HUISHENG_DATABASE.",
            _GONE_RETRY_AFTER,
        )


class DatabaseFull(StorageError):
    """There is no space for the database."""

    code = "database_full"

    def __init__(self) -> None:
        super().__init__(
            "数据库所在的磁盘已满，请腾出空间后重试。",
            "The disk of the database is full; free some space and try again.",
        )


class DatabaseTooNew(SetupError):
    """A newer version of the program has changed the database; `revision` is what it is at."""

    code = "database_too_new"

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"数据库来自更新的版本（{revision}），请升级绘声，或用新版本执行 huisheng database downgrade。",
            f"The database is of a newer version ({revision}); update Huisheng, "
            "or run `huisheng database downgrade` with the newer one.",
        )
        self.revision = revision


class DatabaseOutdated(SetupError):
    """The tables are of an older version, or there are none."""

    code = "database_outdated"

    def __init__(self) -> None:
        super().__init__(
            "数据库的表不是当前版本，请运行 huisheng database upgrade。",
            "The tables are not of this version; run `huisheng database upgrade`.",
        )


class UnknownRevision(SetupError):
    """The tables cannot be brought to this version; `known` lists those that there are."""

    code = "unknown_revision"

    def __init__(self, revision: str, known: Sequence[str]) -> None:
        super().__init__(
            f"不能把数据库改为版本 {revision}；已知版本：{'、'.join(known)}，清空为 base。",
            f"The tables cannot be brought to {revision}. Known: {', '.join(known)}, and base for none.",
        )
        self.known = tuple(known)


class DatabaseMissing(SetupError):
    """There is no database yet."""

    code = "database_missing"

    def __init__(self) -> None:
        super().__init__(
            "还没有数据库，请检查 HUISHENG_HOME 与 HUISHENG_DATABASE；新建请运行 huisheng database upgrade。",
            "There is no database yet; check HUISHENG_HOME and HUISHENG_DATABASE, "
            "or make one with `huisheng database upgrade`.",
        )


class DatabaseNotEmpty(SetupError):
    """A backup cannot be restored over what is there."""

    code = "database_not_empty"

    def __init__(self) -> None:
        super().__init__(
            "数据库中已有数据，没有恢复；确认用备份替换全部数据请加 --replace。",
            "The database holds data, so nothing was restored; add --replace to replace all of it.",
        )


class BackupTooNew(SetupError):
    """A newer version of the program has written the backup."""

    code = "backup_too_new"

    def __init__(self, program: str) -> None:
        super().__init__(
            f"备份由更新的版本（{program}）写成，请升级绘声后再恢复。",
            f"A newer version ({program}) wrote the backup; update Huisheng to restore it.",
        )


class DatabaseAddressError(SetupError):
    """`HUISHENG_DATABASE` cannot be used."""

    code = "database_address"

    def __init__(self) -> None:
        super().__init__(
            "HUISHENG_DATABASE 应为 sqlite:///文件路径 或 postgresql://用户:密码@主机/库名；"
            "PostgreSQL 需要安装 huisheng[postgres]。",
            "HUISHENG_DATABASE must be sqlite:///path or postgresql://user:password@host/database; "
            "PostgreSQL needs huisheng[postgres].",
        )
