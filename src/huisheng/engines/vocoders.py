"""A vocoder that was asked for in place of the voices' own: which it is, whom it fits, who keeps theirs.

Whether it fits is told by the manifests alone, so nothing is loaded to find out. A voice that it does not fit
speaks as ever, and says so once when it is loaded: a server may have voices of many kinds.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import suppress

from pydantic import ValidationError

from huisheng import forking
from huisheng.engines.digests import package_digest
from huisheng.engines.packages import Packages
from huisheng.engines.protocol import Capabilities, Engine
from huisheng.errors import SetupError, VoiceMissing
from huisheng.types import AudioChunk, Utterance
from huisheng.voice.load import VoicePackage, load_package
from huisheng.voice.manifest import MANIFEST, SAMBERT, VOCODER, Manifest
from huisheng.voice.mel import MelContract, Objection, objection
from huisheng.voice.store import folder_of, list_packages

logger = logging.getLogger("huisheng.engines")


class Lender:
    """The package whose vocoder was asked for.

    Args:
        name: of an installed package, of a vocoder or of a voice.

    Raises:
        VoiceMissing: there is none of this name.
        VoicePackageError: it is damaged.
        SetupError: it has no vocoder that could be lent.
    """

    def __init__(self, name: str) -> None:
        if name not in list_packages():
            raise VoiceMissing(
                f"没有名为“{name}”的声码器，已安装的语音包见 huisheng voices list。",
                f"There is no vocoder {name!r}; installed packages: huisheng voices list.",
            )
        self._name = name
        self.manifest = folder_of(name) / MANIFEST
        """Where it lies; another one there is another vocoder."""
        self._mel = _contract(self.package().manifest)

    def package(self) -> VoicePackage:
        """Read and verify it.

        Raises:
            VoiceMissing: it is not installed any more.
            VoicePackageError: it is damaged.
        """
        return load_package(self._name)

    def digest(self) -> str:
        """Of the package as it lies there now; empty where it cannot be read. It is not verified."""
        with suppress(OSError, ValidationError):
            return package_digest(Manifest.model_validate_json(self.manifest.read_bytes()))
        return ""

    def objection(self, voice: Manifest) -> Objection | None:
        """Why it does not fit the voices of a package; None where it does."""
        if voice.engine != SAMBERT:
            return Objection(
                f"引擎 {voice.engine} 不支持更换声码器", f"the engine {voice.engine} takes no other"
            )
        return objection(voice.mel, self._mel)

    def unaltered(self, engine: Engine, voice: Manifest, reason: Objection) -> Unaltered:
        """An engine whose voices it does not fit, for a reason."""
        return Unaltered(
            engine,
            f"语音包 {voice.name} 使用自带的声码器，{self._name} 不兼容：{reason.chinese}。 Voice package "
            f"{voice.name} keeps its own vocoder; {self._name} does not fit: {reason.english}.",
        )

    def require_use(self, packages: Packages) -> None:
        """
        Raises:
            SetupError: it fits no voice of these packages.
        """
        if all(isinstance(package.make(), Unaltered) for package in packages.current()):
            raise self.useless()

    def useless(self) -> SetupError:
        """That it fits no voice."""
        return SetupError(
            f"声码器 {self._name} 与所有音色都不兼容，请更换，或去掉 --vocoder。",
            f"Vocoder {self._name} fits none of the voices; choose another, or leave --vocoder out.",
        )


class Unaltered:
    """An engine whose voices keep their own vocoder, though another was asked for; it says so when it loads.

    Args:
        engine: that speaks.
        warning: Chinese and English, that they do, and why.
    """

    def __init__(self, engine: Engine, warning: str) -> None:
        self._engine = engine
        self._warning = warning
        self._lock = forking.make_lock()
        self._told = False

    @property
    def capabilities(self) -> Capabilities:
        """Of the engine."""
        return self._engine.capabilities

    @property
    def forkable(self) -> bool:
        """As the engine itself."""
        return self._engine.forkable

    @property
    def loaded(self) -> bool:
        """Whether its model is in memory."""
        return self._engine.loaded

    def load(self) -> None:
        """As the engine's own."""
        self._tell()
        self._engine.load()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """As the engine's own."""
        self._tell()
        yield from self._engine.synthesize(utterance)

    def _tell(self) -> None:
        with self._lock:
            told, self._told = self._told, True
        if not told:
            logger.warning("%s", self._warning)


def _contract(manifest: Manifest) -> MelContract:
    """What the vocoder in a package reads.

    Raises:
        SetupError: it has none that could be lent, or nobody knows what it reads.
    """
    if manifest.engine not in {SAMBERT, VOCODER} or manifest.mel is None:
        raise SetupError(
            f"语音包 {manifest.name} 的声码器不能用于其他音色：清单中没有频谱格式，请更换。",
            f"The vocoder of package {manifest.name} cannot be lent: nothing says what spectrogram it reads; "
            "choose another.",
        )
    return manifest.mel
