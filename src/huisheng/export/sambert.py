"""Imports models of SAM-BERT + HiFi-GAN: from a directory to voice packages.

Only this needs torch; speaking with a package does not.
"""

from __future__ import annotations

from typing import Final

from huisheng.errors import SetupError

_EXTRA: Final = frozenset({"torch", "yaml"})
"""Packages that come with the extra `train`."""

try:
    from huisheng.export.conversion import convert, package_name
    from huisheng.export.importing import install
except ModuleNotFoundError as error:
    if error.name not in _EXTRA:
        raise
    raise SetupError(
        "导入模型需要 PyTorch，请运行 pip install 'huisheng[train]'。",
        "Importing a model needs PyTorch: pip install 'huisheng[train]'.",
    ) from error

__all__ = ["convert", "install", "package_name"]
