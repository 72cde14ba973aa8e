"""A model's files from ModelScope, through the hub's own client: its cache, its endpoint and its login hold.

The client takes up a file where a broken connection or an interruption left it, and checks every file against
the hub's list before it gets its name. Endpoint, token and cache come from its own variables, among them
`MODELSCOPE_CACHE`, `MODELSCOPE_ENDPOINT` and `MODELSCOPE_API_TOKEN`.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, redirect_stderr, suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any, Final

from huisheng.errors import DownloadError, HuishengError, UnsafeArchive
from huisheng.voice.archive import is_plain, shorten
from huisheng.voice.download import Progress
from huisheng.voice.store import require_space, storage

MODEL_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
"""`owner/name`."""

REVISION: Final = re.compile(r"(?!.*\.\.)[A-Za-z0-9][\w./-]*", re.ASCII)
"""A branch, a tag or a commit; as in git, without two dots in a row."""

UNNEEDED: Final = (
    *("resource.zip", "resource/*"),  # the closed front-end, of some hundred megabytes; ours takes its place
    *("*/se/ckpt/*", "*/speaker_embedding/*"),  # encoders of speakers, for training
    *("*.wav", "*.mp3", "*.mp4", "*.png", "*.jpg", "*.jpeg", "*.gif", "*.svg"),
    *(".git*", ".m*"),
)
"""Patterns of what a voice does not need."""

_BASE_MODELS: Final = "basemodel*/*"
"""For training, unless the model has no voices."""

_VOICES: Final = ("voices/voices.json", "voices.zip")

_README: Final = "README.md"
_README_READ: Final = 1 << 16
"""Bytes in which its front matter must end."""

_UNKNOWN_MODEL: Final = (
    "没有这个模型，或它不公开；请核对 modelscope.cn 上的 <所有者>/<模型名>，私有模型请先运行 ms-hub login",
    "there is no such model, or it is private; check owner/name on modelscope.cn, or run ms-hub login",
)
_NO_ACCESS: Final = (
    "没有访问权限，请运行 ms-hub login，或设置 MODELSCOPE_API_TOKEN",
    "no access; run ms-hub login, or set MODELSCOPE_API_TOKEN",
)
_BUSY: Final = ("请求过于频繁，请过几分钟重试", "too many requests; try again in some minutes")
_OUT_OF_ORDER: Final = ("魔搭服务暂时不可用，请稍后重试", "the hub is out of order; try again later")
_WRONG_CONTENT: Final = (
    "收到的文件与魔搭的清单不符，请重试",
    "a file differs from the hub's list; try again",
)
_NO_CONNECTION: Final = (
    "网络连接失败，请检查网络或代理后重试，已下载的部分会保留",
    "no connection; check the network or proxy and try again, what has arrived is kept",
)
_NO_CACHE: Final = (
    "缓存文件夹不能写入，请检查 MODELSCOPE_CACHE",
    "its cache cannot be written; check MODELSCOPE_CACHE",
)
_REASONS: Final = {
    "NotExistError": _UNKNOWN_MODEL,
    "AuthenticationError": _NO_ACCESS,
    "PermissionDeniedError": _NO_ACCESS,
    "RateLimitError": _BUSY,
    "QuotaExceededError": _BUSY,
    "ServerError": _OUT_OF_ORDER,
    "APIError": _OUT_OF_ORDER,
    "FileIntegrityError": _WRONG_CONTENT,
    "NetworkError": _NO_CONNECTION,
    "CacheError": _NO_CACHE,
}
"""Name of the client's error → what it means. The nearest ancestor counts."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file as the hub lists it: path, bytes (None when it does not say), SHA-256 (None likewise)."""

    path: str
    size: int | None
    sha256: str | None


class _Arrivals:
    """Counts the bytes of one file for `Progress`; the client makes one for each and may use many threads."""

    def __init__(self, progress: Progress, file: str, size: int) -> None:
        self._progress = progress
        self._file = file
        self._size = size
        self._arrived = 0
        self._lock = threading.Lock()

    def update(self, count: int) -> None:
        """So many bytes more, or fewer when the file is begun anew."""
        with self._lock:
            self._arrived += count
            self._progress(self._file, self._arrived, max(self._size, self._arrived))

    def end(self) -> None:
        """The last byte was told already."""


@dataclass(frozen=True, slots=True)
class _Model:
    """A model on the hub.

    Attributes:
        api: the client, a `modelscope_hub.HubApi`, whose types are not complete.
        name: `owner/name`.
        revision: None for the default.
        cache: folder of the client's cache.
    """

    api: Any
    name: str
    revision: str | None
    cache: Path

    def files(self) -> list[_File]:
        """Every file of it; none where the hub does not know the revision."""
        listed = self.api.list_repo_files(self.name, "model", revision=self.revision)
        return [_File(file.path, file.size or None, file.sha256) for file in listed if not file.is_dir]

    def revisions(self) -> list[str]:
        """Its tags and branches."""
        return [str(entry.get("Revision")) for entry in self.api.list_repo_revisions(self.name, "model")]

    def cached_folder(self) -> Path:
        """The folder of the files that were downloaded already; that of the cache when there are none."""
        with suppress(Exception):  # what the client cannot find there is not there
            return self.api.download_repo(self.name, "model", revision=self.revision, local_files_only=True)
        return self.cache

    def fetch(self, file: _File, progress: Progress) -> Path:
        """Get one file, so that the first that fails ends it; the folder of the model."""
        entry = {"Path": file.path, "Size": file.size, "Sha256": file.sha256}
        with _own_bars_hidden():
            return self.api.download_repo(
                self.name,
                "model",
                revision=self.revision,
                file_list=[entry],
                max_workers=1,
                progress_callbacks=[partial(_Arrivals, progress)],
            )


def pull(model: str, revision: str, progress: Progress, step: Callable[[str], None]) -> Path:
    """Bring the files of a model that a voice needs into the client's cache. Those that are there stay.

    Args:
        model: `owner/name`.
        revision: a branch, a tag or a commit; empty for the hub's default.
        progress: told of every file that arrives.
        step: told, in a sentence, under which licence the model is.

    Returns:
        The folder that holds them.

    Raises:
        DownloadError: the client is not installed; the model or revision does not exist, or is not public;
            the connection failed.
        UnsafeArchive: the hub lists a path that leads out of the folder.
        StorageError: no space, or no right to write.
    """
    remote = _remote(model, revision)
    with _translate_errors(remote):
        files = _check_paths(_select(remote.files()), remote)
        present = remote.cached_folder()
        require_space(
            remote.cache, sum(file.size or 0 for file in files if not (present / file.path).is_file())
        )
        first, *others = sorted(files, key=lambda file: file.path != _README)
        folder = remote.fetch(first, progress)
        step(_licence(folder / _README))
        for file in others:
            remote.fetch(file, progress)
    return folder


def _remote(model: str, revision: str) -> _Model:
    """With the client's settings of this moment."""
    try:
        from modelscope_hub import HubApi, HubConfig  # noqa: PLC0415  an extra
    except ImportError as error:
        raise DownloadError(
            "从魔搭下载需要额外的依赖，请运行 pip install 'huisheng[hub,train]'。",
            "Downloads from ModelScope need more packages: pip install 'huisheng[hub,train]'.",
        ) from error
    logging.getLogger("modelscope_hub").setLevel(logging.CRITICAL)  # what fails is told in our words
    config = HubConfig()
    return _Model(HubApi(config), model, revision or None, config.cache_dir)


@contextmanager
def _own_bars_hidden() -> Generator[None]:
    """The client draws bars of its own on stderr; `Progress` draws ours."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        yield


def _check_paths(files: list[_File], remote: _Model) -> list[_File]:
    """The same, if there are any and each stays inside its folder."""
    if not files:
        raise _nothing_there(remote)
    for file in files:
        path = shorten(file.path)
        if not all(is_plain(part) for part in file.path.split("/")):
            raise UnsafeArchive(remote.name, f"路径 {path} 不安全", f"the path {path} is unsafe")
    return files


def _nothing_there(remote: _Model) -> DownloadError:
    known = remote.revisions()
    if remote.revision is None or remote.revision in known:
        return _download_error(remote.name, "其中没有文件", "it holds no files")
    return _download_error(
        remote.name,
        f"没有版本 {remote.revision}，可用：{'、'.join(known)}",
        f"no revision {remote.revision}; known: {', '.join(known)}",
    )


def _select(files: Sequence[_File]) -> list[_File]:
    paths = {file.path for file in files}
    unneeded = UNNEEDED + ((_BASE_MODELS,) if paths.intersection(_VOICES) else ())
    return [file for file in files if not any(fnmatch(file.path, pattern) for pattern in unneeded)]


def _licence(readme: Path) -> str:
    """What the front matter of a model card says: the lines between dashes that it begins with."""
    with storage(readme):
        card = readme.read_bytes()[:_README_READ] if readme.is_file() else b""
    front = re.match(r"---[ \t]*\r?\n(.*?)\n---", card.decode("utf-8-sig", errors="replace"), re.DOTALL)
    stated = re.search(r"^licen[sc]e:[ \t]*(\S.*)$", front[1], re.MULTILINE) if front else None
    if stated is None:
        return "模型没有注明许可证，使用前请查看它的页面。 The model states no licence; see its page first."
    return f"模型许可证 Licence of the model：{shorten(stated[1].strip())}"


@contextmanager
def _translate_errors(remote: _Model) -> Generator[None]:
    """Within this errors of the client become ours."""
    try:
        yield
    except HuishengError:
        raise
    except Exception as error:
        cause = next(iter(getattr(error, "failed_files", {}).values()), error)
        reason = _reason(cause)
        if reason:
            raise _download_error(remote.name, *reason) from error
        with storage(remote.cache):
            raise cause from error


def _reason(error: BaseException) -> tuple[str, str] | None:
    """None where the file system refused; any other unforeseen error is a reply that is no reply."""
    for kind in type(error).__mro__:
        if kind.__name__ in _REASONS:
            return _REASONS[kind.__name__]
    return None if isinstance(error, OSError) and error.errno is not None else _NO_CONNECTION


def _download_error(model: str, reason: str, english: str) -> DownloadError:
    return DownloadError(f"无法从魔搭下载 {model}：{reason}。", f"Cannot download {model}: {english}.")
