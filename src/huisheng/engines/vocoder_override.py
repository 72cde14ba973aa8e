"""A vocoder that was asked for in place of the voices' own: which it is, and which voices it fits.

Whether it fits is told by the manifests alone, so nothing is loaded to find out.
"""

from __future__ import annotations

from contextlib import suppress

from pydantic import ValidationError

from huisheng.errors import SetupError, VoiceMissing
from huisheng.voice.digests import package_digest
from huisheng.voice.load import VoicePackage, load_package
from huisheng.voice.manifest import MANIFEST, SAMBERT, VOCODER, Manifest, parse_manifest
from huisheng.voice.mel import MelContract, Objection, objection
from huisheng.voice.store import folder_of, list_packages


class VocoderOverride:
    """The package whose vocoder was asked for.

    Args:
        name: of an installed package, of a vocoder or of a voice.

    Raises:
        VoiceMissing: there is none of this name.
        VoicePackageError: it is damaged.
        SetupError: it has no vocoder that other voices could use.
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
        """Digest of the package as it lies there now; empty where it cannot be read. It is not verified."""
        with suppress(OSError, ValidationError):
            return package_digest(parse_manifest(self.manifest.read_bytes()))
        return ""

    def warning(self, voice: Manifest) -> str:
        """That the voices of a package keep their own, and why; empty where it fits them."""
        reason = self._objection(voice)
        if reason is None:
            return ""
        return (
            f"语音包 {voice.name} 使用自带的声码器，{self._name} 不兼容：{reason.chinese}。 Voice package "
            f"{voice.name} keeps its own vocoder; {self._name} does not fit: {reason.english}."
        )

    def useless(self) -> SetupError:
        """The error that it fits no voice."""
        return SetupError(
            f"声码器 {self._name} 与所有音色都不兼容，请更换，或去掉 --vocoder。",
            f"Vocoder {self._name} fits none of the voices; choose another, or leave --vocoder out.",
        )

    def _objection(self, voice: Manifest) -> Objection | None:
        if voice.engine != SAMBERT:
            return Objection(
                f"引擎 {voice.engine} 不支持更换声码器", f"the engine {voice.engine} takes no other"
            )
        return objection(voice.mel, self._mel)


def _contract(manifest: Manifest) -> MelContract:
    """What the vocoder in a package reads.

    Raises:
        SetupError: it has none that other voices could use, or it is not known what it reads.
    """
    if manifest.engine not in {SAMBERT, VOCODER} or manifest.mel is None:
        raise SetupError(
            f"语音包 {manifest.name} 的声码器不能用于其他音色：清单中没有频谱格式，请更换。",
            f"The vocoder of package {manifest.name} cannot be lent: nothing says what spectrogram it reads; "
            "choose another.",
        )
    return manifest.mel
