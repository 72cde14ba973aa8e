"""The work folder: pieces and records, each of which appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from huisheng.audio.encoding.wav import BYTES_PER_FRAME, WavEncoder, header
from huisheng.errors import RecordingsError, StorageError
from huisheng.training.recordings.findings import printable
from huisheng.training.recordings.records import RecordingSource
from huisheng.training.recordings.scan import RATE
from huisheng.types import Samples
from huisheng.units import Decibels

VERSION: Final = 1
"""Version of everything that decides what a piece sounds like and what is said of it; older records do not
count."""

_OURS: Final = re.compile(r"(?P<key>[0-9a-f]{24})(-[0-9]{5}\.wav|\.json)|\.part-\w+")
"""Names of pieces, of records and of what was being written when a process was killed."""

_PIECES: Final = "pieces"
_RECORDS: Final = "records"


class WorkFolder:
    """What was made of recordings.

    Args:
        path: of the folder; made when it is not there.
        recordings: the folder that they come from.

    Raises:
        RecordingsError: it lies in the other, where pieces would be taken for recordings.
        StorageError: no space, or no right to write.
    """

    def __init__(self, path: Path, recordings: Path) -> None:
        if path.resolve().is_relative_to(recordings.resolve()):
            raise RecordingsError(
                "工作文件夹不能放在录音文件夹里，请另选一处。",
                "The work folder must not lie in that of the recordings; choose another place.",
            )
        self.path = path
        with self._storage():
            (path / _PIECES).mkdir(parents=True, exist_ok=True)
            (path / _RECORDS).mkdir(exist_ok=True)

    def load(self, key: str) -> RecordingSource | None:
        """What was made under a key, if all its pieces are still there."""
        try:
            source = RecordingSource.model_validate_json(self._record(key).read_bytes())
            sizes = [(self.path / piece.file).stat().st_size for piece in source.pieces]
        except (OSError, ValidationError):
            return None
        wanted = [len(header(RATE)) + BYTES_PER_FRAME * piece.samples for piece in source.pieces]
        return source if sizes == wanted else None

    def save(self, key: str, source: RecordingSource) -> None:
        """Keep a record, after its pieces.

        Raises:
            StorageError: no space, or no right to write.
        """
        self.write(self._record(key), source.model_dump_json(indent=1).encode("utf-8"))

    def add_piece(self, key: str, number: int, samples: Samples) -> str:
        """Write (N,) samples at `RATE`; the path of the piece inside the work folder.

        Raises:
            StorageError: no space, or no right to write.
        """
        encoder = WavEncoder(RATE, frames=len(samples))
        name = f"{_PIECES}/{key}-{number:05d}.wav"
        self.write(self.path / name, encoder.encode(samples) + encoder.flush())
        return name

    def write(self, path: Path, content: bytes) -> None:
        """Put a file there in one step.

        Raises:
            StorageError: no space, or no right to write.
        """
        with self._storage():
            descriptor, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                Path(part).replace(path)
            finally:
                Path(part).unlink(missing_ok=True)

    def sweep(self, keys: Collection[str]) -> None:
        """Remove what belongs to none of these keys, so that a recording that was taken back is gone from
        here too.

        Files that are not ours stay.

        Raises:
            StorageError: no right to write.
        """
        with self._storage():
            for path in (*(self.path / _PIECES).iterdir(), *(self.path / _RECORDS).iterdir()):
                ours = _OURS.fullmatch(path.name)
                if ours and ours["key"] not in keys:
                    path.unlink()

    def _record(self, key: str) -> Path:
        return self.path / _RECORDS / f"{key}.json"

    @contextmanager
    def _storage(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            shown = printable(str(self.path))
            raise StorageError(
                f"读写 {shown} 失败（{reason}），请检查空间与权限，或另选工作文件夹。",
                f"Reading or writing {shown} failed: {reason}. Check space and rights, or take another.",
            ) from error


def make_key(sound: str, sha256: str, text: str, level: Decibels) -> str:
    """What a record stands under: another name, sound, text or level is another key."""
    content = json.dumps([VERSION, sound, sha256, text, level]).encode("ascii")
    return hashlib.sha256(content).hexdigest()[:24]
