"""What can be wrong with the database."""

from __future__ import annotations

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
            "数据库暂时无法使用，请稍后重试；这次没有扣费。管理员请检查 HUISHENG_DATABASE。",
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
