"""The font of Chinese in receipts and invoices: one that is installed on this machine.

It is embedded, so only fonts with TrueType outlines will do (reportlab reads no others).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_FOLDERS: Final = (
    "~/.local/share/fonts",
    "~/.fonts",
    "~/Library/Fonts",
    "~/AppData/Local/Microsoft/Windows/Fonts",
    "/usr/local/share/fonts",
    "/usr/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
_NAMES: Final = (
    "DroidSansFallbackFull.ttf",  # Debian: fonts-droid-fallback; Fedora: google-droid-sans-fonts
    "wqy-microhei.ttc",  # Debian: fonts-wqy-microhei
    "wqy-zenhei.ttc",
    "uming.ttc",
    "msyh.ttc",  # Windows
    "simsun.ttc",
    "STHeiti Light.ttc",  # macOS
)
"""The best first."""


def find_chinese_font() -> Path | None:
    """An installed font with Chinese characters that documents can embed; None where none of these is."""
    found: dict[str, Path] = {}
    for folder in _FOLDERS:
        for path in Path(folder).expanduser().rglob("*.tt[cf]"):
            found.setdefault(path.name, path)
    return next((found[name] for name in _NAMES if name in found), None)
