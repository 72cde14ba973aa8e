"""The page at `/`: its built files when they are there, else a note how to build them."""

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


class _RevalidatedFiles(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file of the page."""
        response = await super().get_response(path, scope)
        response.headers.update(_REVALIDATE)
        return response


def install(app: FastAPI, folder: Path) -> None:
    """Serve the page's files, each by its own route, so that other addresses keep their 404 and 405."""
    if not (folder / "index.html").is_file():
        app.add_route("/", _note, include_in_schema=False)
        return
    for entry in folder.iterdir():
        if entry.is_dir():
            app.mount(f"/{entry.name}", _RevalidatedFiles(directory=entry))
        else:
            _serve(app, "/" if entry.name == "index.html" else f"/{entry.name}", entry)


def addresses(folder: Path) -> frozenset[str]:
    """Where the page's files are: `/`, files, and folders with a slash at the end."""
    if not (folder / "index.html").is_file():
        return frozenset({"/"})
    return frozenset(
        {"/", *(f"/{entry.name}/" if entry.is_dir() else f"/{entry.name}" for entry in folder.iterdir())}
    )


def _serve(app: FastAPI, address: str, path: Path) -> None:
    async def file(_: Request) -> Response:
        return FileResponse(path, headers=_REVALIDATE)

    app.add_route(address, file, include_in_schema=False)


async def _note(_: Request) -> Response:
    return HTMLResponse(_NOTE)
