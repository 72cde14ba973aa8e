"""What commands of the server need: its extra, which `pip install huisheng` alone lacks, and its settings."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from huisheng.errors import SetupError

if TYPE_CHECKING:
    from huisheng.server.settings import Settings

_EVERYWHERE: Final = (
    *("fastapi", "uvicorn", "pydantic_settings", "python_multipart"),
    *("websockets", "prometheus_client", "limits"),
)
SERVER: Final = _EVERYWHERE if sys.platform == "win32" else (*_EVERYWHERE, "uvloop")
"""Modules that the extra `server` brings."""
SIGNATURES: Final = ("cryptography",)
"""Modules of the extra `accounts` that licences need."""


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


def read_settings(**given: Any) -> Settings:  # noqa: ANN401 (each setting has its own type)
    """Settings of the server from the environment.

    Args:
        given: settings that stand above those of the environment.

    Raises:
        SetupError: a value is wrong.
    """
    from pydantic import ValidationError

    from huisheng.server.settings import Settings

    try:
        return Settings(**given)
    except ValidationError as error:
        fault = error.errors()[0]
        name = ".".join(map(str, fault["loc"]))
        raise SetupError(
            f"设置项 {name} 的值无效，请检查参数或环境变量 HUISHENG_{name.upper()}。",
            f"Setting {name}: {fault['msg']}.",
        ) from error
