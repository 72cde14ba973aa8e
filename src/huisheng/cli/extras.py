"""What several commands need of the server: extras that `pip install huisheng` alone does not bring, its
settings, and the database of accounts.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from huisheng.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Generator

    from huisheng.server.database.database import Database
    from huisheng.server.settings import Settings

_EVERYWHERE: Final = (
    *("fastapi", "uvicorn", "pydantic_settings", "python_multipart"),
    *("websockets", "prometheus_client", "limits"),
)
SERVER: Final = _EVERYWHERE if sys.platform == "win32" else (*_EVERYWHERE, "uvloop")
"""Modules that the extra `server` brings."""

SIGNATURES: Final = ("cryptography",)
"""Modules of the extra `accounts` that licences need."""
ACCOUNTS: Final = ("sqlalchemy", "alembic", "argon2", "authlib", "httpx", "joserfc", "cryptography")
"""Modules that the extra `accounts` brings, as far as commands need them."""


def require_server() -> None:
    """
    Raises:
        SetupError: the extra is not installed; how to install it.
    """
    if not all(map(find_spec, SERVER)):
        raise SetupError(
            "启动服务需要额外的依赖，请运行 pip install 'huisheng[server]'。",
            "The server needs more packages: pip install 'huisheng[server]'.",
        )


def require_signatures() -> None:
    """
    Raises:
        SetupError: what checks signatures is not installed; how to install it.
    """
    if not all(map(find_spec, SIGNATURES)):
        raise SetupError(
            "许可证需要额外的依赖，请运行 pip install 'huisheng[accounts]'。",
            "Licences need more packages: pip install 'huisheng[accounts]'.",
        )


def require_accounts() -> None:
    """
    Raises:
        SetupError: the extras are not installed; how to install them.
    """
    if not all(map(find_spec, (*SERVER, *ACCOUNTS))):
        raise SetupError(
            "账户功能需要额外的依赖，请运行 pip install 'huisheng[server,accounts]'。",
            "Accounts need more packages: pip install 'huisheng[server,accounts]'.",
        )


def read_settings(**given: Any) -> Settings:  # noqa: ANN401 (whatever a setting may be)
    """The settings of the server, by arguments, else by the environment.

    Raises:
        SetupError: one is wrong.
    """
    from pydantic import ValidationError

    from huisheng.server.settings import Settings

    try:
        return Settings(**given)
    except ValidationError as error:
        fault = error.errors()[0]
        name = ".".join(map(str, fault["loc"][:1]))  # the rest is a place in its value
        raise SetupError(
            f"设置项 {name} 的值无效，请检查参数或环境变量 HUISHENG_{name.upper()}。",
            f"Setting {name}: {fault['msg']}.",
        ) from error


@contextmanager
def open_database(*, create: bool = False) -> Generator[Database]:
    """The database of the settings, whatever version its tables are of; closed at the end.

    Args:
        create: whether a file that is not there is made.

    Raises:
        DatabaseMissing: there is no file.
        SetupError: accounts are not installed, or a setting is wrong.
    """
    require_accounts()
    from huisheng.server.database.database import Database
    from huisheng.server.database.errors import DatabaseMissing

    settings = read_settings()
    database = Database(settings.database_address)
    try:
        if create:
            database.create()
        elif database.is_missing:
            raise DatabaseMissing
        yield database
    finally:
        database.close()
