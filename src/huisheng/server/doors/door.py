"""A door is a foreign protocol: routes of its own over our services, built in or from another package.

A package brings one by an entry point of the group `huisheng.doors` that names a `Door`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from fastapi import APIRouter

from huisheng.errors import SetupError
from huisheng.server.errors import RefusalFormat

GROUP: Final = "huisheng.doors"


@dataclass(frozen=True, slots=True)
class Door:
    """A foreign protocol.

    Attributes:
        name: the value of the label `door` in metrics.
        router: its routes.
        prefix: of the paths that are its own, with slashes at both ends; empty where it has no prefix alone.
        refusals: how it writes refusals under `prefix`; None for our own format.
    """

    name: str
    router: APIRouter
    prefix: str = ""
    refusals: RefusalFormat | None = None


def load_doors(builtin: Collection[Door]) -> tuple[Door, ...]:
    """The doors of other packages that are installed.

    Args:
        builtin: our own.

    Raises:
        SetupError: one cannot be loaded, is no `Door`, or has the prefix of another.
    """
    doors = tuple(_load(entry) for entry in entry_points(group=GROUP))
    prefixes = [door.prefix for door in (*builtin, *doors) if door.prefix]
    if len(set(prefixes)) < len(prefixes):
        raise SetupError(
            f"已安装的协议（{GROUP}）中有重复的路径前缀：{'、'.join(prefixes)}，请卸载其中之一。",
            f"Installed doors ({GROUP}) share a path prefix: {', '.join(prefixes)}; uninstall one of them.",
        )
    return doors


def labels(doors: Collection[Door]) -> Mapping[str, str]:
    """Path prefix → value of the label `door`."""
    return {door.prefix: door.name for door in doors if door.prefix}


def formats(doors: Collection[Door]) -> Mapping[str, RefusalFormat]:
    """Path prefix → format of refusals, of the doors that have one of their own."""
    return {door.prefix: door.refusals for door in doors if door.prefix and door.refusals}


def _load(entry: EntryPoint) -> Door:
    try:
        door: object = entry.load()
    except Exception as error:
        raise _unusable_door(entry, type(error).__name__) from error
    if not isinstance(door, Door) or (door.prefix and not _is_prefix(door.prefix)):
        raise _unusable_door(entry, "Door")
    return door


def _is_prefix(path: str) -> bool:
    return path.startswith("/") and path.endswith("/") and path.strip("/") != ""


def _unusable_door(entry: EntryPoint, reason: str) -> SetupError:
    return SetupError(
        f"无法使用已安装的协议 {entry.name}（{entry.value}：{reason}），请更新或卸载提供它的包。",
        f"The installed door {entry.name} ({entry.value}: {reason}) cannot be used; update or uninstall it.",
    )
