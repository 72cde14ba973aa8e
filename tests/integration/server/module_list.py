"""A worker that tells which modules it has imported. A module of its own, so that tests add none."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from huisheng.cli.serve import SynthesizerFactory
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.testing import SilentEngine
from huisheng.text.frontend import Frontend
from huisheng.types import AudioChunk, Utterance


class ModuleListEngine(SilentEngine):
    """Writes the names of the modules of its process to a file, whenever it speaks."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Silence."""
        self._file.write_text(json.dumps(sorted(sys.modules)), encoding="ascii")
        yield from super().synthesize(utterance)


@dataclass(frozen=True)
class ModuleListSpeaker:
    """Sets a worker up as `huisheng serve` does; its engine is a `ModuleListEngine`."""

    file: Path

    def __call__(self) -> Synthesizer:
        SynthesizerFactory(log_format="json")()
        return Synthesizer(ModuleListEngine(self.file), Frontend())
