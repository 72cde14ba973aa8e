"""The pages: their built files when they are there, else a note how to build them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_NOTE: Final = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>绘声 Huisheng</title>
<h1>绘声已启动</h1>
<p>网页还没有构建。请在项目目录运行 <code>make setup</code>，然后重新启动服务。</p>
<p>接口现在就可以使用，说明见 <a href="/docs">/docs</a>。</p>
<p lang="en">The page is not built yet: run <code>make setup</code>, then start the server again.
The API works already; see <a href="/docs">/docs</a>.</p>
</html>
"""

_REVALIDATE: Final = {"Cache-Control": "no-cache"}
"""So that a new version is seen at once; an unchanged file costs one 304."""

_FIRST: Final = "index.html"
_OF_ACCOUNTS: Final = frozenset({"account.html", "admin.html"})
"""Pages that are there where accounts are on."""
_ACCOUNTS_OFF: Final = b'name="huisheng-accounts" content="off"'
_ACCOUNTS_ON: Final = _ACCOUNTS_OFF.replace(b"off", b"on")
"""How a page is told whether there are accounts: before its first paint, and without a request."""


class _RevalidatedFiles(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file of the page."""
        response = await super().get_response(path, scope)
        response.headers.update(_REVALIDATE)
        return response


def install(app: FastAPI, folder: Path, *, accounts: bool) -> None:
    """Serve the pages' files, each by its own route, so that other addresses keep their 404 and 405.

    Args:
        app: serves them.
        folder: of the built files.
        accounts: whether there are accounts.
    """
    for address in _missing(folder, accounts=accounts):
        app.add_route(address, _note, include_in_schema=False)
    if not _is_built(folder):
        return
    for entry in _entries(folder, accounts=accounts):
        address = _address(entry)
        if entry.is_dir():
            app.mount(address.removesuffix("/"), _RevalidatedFiles(directory=entry))
        elif entry.suffix == ".html" and accounts:
            _serve_page(app, address, entry.read_bytes().replace(_ACCOUNTS_OFF, _ACCOUNTS_ON))
        else:
            _serve(app, address, entry)


def addresses(folder: Path, *, accounts: bool) -> frozenset[str]:
    """Where the pages' files are, or notes in their place: `/`, pages without their suffix, files, folders
    with a slash at the end.
    """
    missing = _missing(folder, accounts=accounts)
    if not _is_built(folder):
        return missing
    return missing | frozenset(map(_address, _entries(folder, accounts=accounts)))


def _is_built(folder: Path) -> bool:
    return (folder / _FIRST).is_file()


def _missing(folder: Path, *, accounts: bool) -> frozenset[str]:
    """Where pages should be that are not built; an older version of the program may have built some."""
    wanted = {_FIRST} | (_OF_ACCOUNTS if accounts else frozenset[str]())
    return frozenset(_address(folder / name) for name in wanted if not (folder / name).is_file())


def _entries(folder: Path, *, accounts: bool) -> list[Path]:
    return [entry for entry in folder.iterdir() if accounts or entry.name not in _OF_ACCOUNTS]


def _address(entry: Path) -> str:
    if entry.is_dir():
        return f"/{entry.name}/"
    if entry.suffix == ".html":
        return "/" if entry.name == _FIRST else f"/{entry.stem}"
    return f"/{entry.name}"


def _serve(app: FastAPI, address: str, path: Path) -> None:
    async def file(_: Request) -> Response:
        return FileResponse(path, headers=_REVALIDATE)

    app.add_route(address, file, include_in_schema=False)


def _serve_page(app: FastAPI, address: str, content: bytes) -> None:
    async def page(_: Request) -> Response:
        return HTMLResponse(content, headers=_REVALIDATE)

    app.add_route(address, page, include_in_schema=False)


async def _note(_: Request) -> Response:
    return HTMLResponse(_NOTE)
