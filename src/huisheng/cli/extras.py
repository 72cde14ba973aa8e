"""Extras of ours that a command needs, which `pip install huisheng` alone does not bring."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Final

from huisheng.errors import SetupError

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
