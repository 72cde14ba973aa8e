"""What numbers of fewer bits would save, and how far their speech is from that of float32."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import torch
from benchmarks.sambert.lines import Line
from benchmarks.sambert.lowered import computes_in_float16, in_float16, in_int8
from benchmarks.sambert.parts import PARTS, Array, Chain, Part
from benchmarks.sambert.voice import DrawnVoice
from benchmarks.speed.runs import in_turn

from huisheng.engines.protocol import EngineOptions
from huisheng.engines.sambert import assemble
from huisheng.engines.two_stage.engine import VoiceModel
from huisheng.types import ResolvedOptions
from huisheng.voice.load import VoicePackage

_ROUNDS: Final = 3
_HEAVY: Final[tuple[Part, ...]] = ("decoder", "vocoder")
"""Where the time goes."""


@dataclass(frozen=True, slots=True)
class Lowered:
    """One part in numbers of fewer bits, on one thread, given what float32 gives it.

    Attributes:
        part: of the engine, or of PyTorch.
        form: which numbers.
        full: real-time factor in float32.
        factor: real-time factor; None where the runtime does not compute in such numbers.
        difference: largest, from float32; None where the two cannot be compared.
        snr: of float32 against the difference, dB; None as above.
    """

    part: str
    form: str
    full: float
    factor: float | None = None
    difference: float | None = None
    snr: float | None = None


def precision(voice: DrawnVoice, line: Line, other: Line) -> list[Lowered]:
    """Compare every part, on one thread.

    Args:
        voice: in float32.
        line: that is said.
        other: longer; what it says beyond the first is for calibrating.
    """
    torch.set_num_threads(1)
    full = Chain(voice.package)
    mel = np.concatenate(full.intermediates(other).mels)[line.outline.total :]
    with TemporaryDirectory() as folder:
        whole, half = (Path(folder) / name for name in ("int8", "float16"))
        low = in_int8(voice.package, mel, whole)
        found = [*_compare(full, low, line, "int8"), _compare_engine(voice, low, line, "int8")]
        found += _compare_float16(full, in_float16(voice.package, half), line, Path(folder))
    return found + list(_compare_autocast(voice, full, line))


def _compare(
    full: Chain, package: VoicePackage, line: Line, form: str, parts: Sequence[Part] = PARTS
) -> Iterator[Lowered]:
    low = Chain(package)
    given = full.intermediates(line)
    for part in parts:
        plain, short = (chain.works(line, given)[part] for chain in (full, low))
        wanted, made = plain(), short()
        plain_factor, factor = _medians(
            partial(_factor, full, part, plain, line), partial(_factor, low, part, short, line)
        )
        yield Lowered(part, form, plain_factor, factor, largest(wanted, made), snr(wanted, made))


def _compare_float16(full: Chain, package: VoicePackage, line: Line, folder: Path) -> Iterator[Lowered]:
    """Parts that the runtime takes as they are; of the heavy ones, also that it does not."""
    taken = [part for part in PARTS if computes_in_float16(package, part, folder)]
    yield from _compare(full, package, line, "float16", taken)
    works = full.works(line, full.intermediates(line))
    for part in (part for part in _HEAVY if part not in taken):
        yield Lowered(part, "float16", _factor(full, part, works[part], line))


def _compare_engine(voice: DrawnVoice, package: VoicePackage, line: Line, form: str) -> Lowered:
    """All parts together. Durations differ a little, so the two are no longer comparable sample by sample."""
    full, low = (VoiceModel(either, assemble, EngineOptions(1)) for either in (voice.package, package))
    speakers = ((package.manifest.speakers[0], 1.0),)

    def real_time_factor(model: VoiceModel) -> float:
        began = time.perf_counter()
        pieces, _ = model.speak(line.sentence.items, ResolvedOptions(), speakers, line.sentence.span)
        samples = sum(len(piece) for piece in pieces)
        return (time.perf_counter() - began) * package.manifest.sample_rate / samples

    real_time_factor(full)
    real_time_factor(low)
    return Lowered("engine", form, *_medians(partial(real_time_factor, full), partial(real_time_factor, low)))


def _medians(full: Callable[[], float], low: Callable[[], float]) -> tuple[float, float]:
    """Medians of both, in turn."""
    found = [in_turn((full, low), turn) for turn in range(_ROUNDS)]
    return median(pair[0] for pair in found), median(pair[1] for pair in found)


def _factor(chain: Chain, part: Part, work: Callable[[], Array], line: Line) -> float:
    """Real-time factor of the graph alone."""
    before = chain.graphs[part].seconds
    work()
    return (chain.graphs[part].seconds - before) / line.seconds


def _compare_autocast(voice: DrawnVoice, full: Chain, line: Line) -> Iterator[Lowered]:
    """PyTorch, eager, where the processor multiplies in bfloat16."""
    mel = torch.as_tensor(np.concatenate(full.intermediates(line).mels)).T[None]

    @torch.inference_mode()
    def acoustic() -> Array:
        return voice.acoustic.infer(line.inputs).mel[0].float().numpy()

    @torch.inference_mode()
    def vocoder() -> Array:
        return voice.vocoder(mel).float().numpy()

    for part, work in (("PyTorch acoustic", acoustic), ("PyTorch vocoder", vocoder)):
        wanted, plain = _time_call(work, line)
        if not multiplies_bfloat16():
            yield Lowered(part, "bfloat16", plain)
            continue
        with torch.autocast("cpu", dtype=torch.bfloat16):
            made, factor = _time_call(work, line)
        if made.shape == wanted.shape:
            yield Lowered(part, "bfloat16", plain, factor, largest(wanted, made), snr(wanted, made))
        else:  # other durations, another number of frames
            yield Lowered(part, "bfloat16", plain, factor)


def _time_call(work: Callable[[], Array], line: Line) -> tuple[Array, float]:
    """What it makes, and its real-time factor: the median after one call to warm up."""
    made, walls = work(), list[float]()
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        work()
        walls.append(time.perf_counter() - began)
    return made, median(walls) / line.seconds


def multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for it."""
    account = Path("/proc/cpuinfo")
    return account.is_file() and "bf16" in account.read_text(encoding="utf-8")


def largest(wanted: Array, made: Array) -> float:
    """The largest difference between (…) and (…)."""
    return float(np.abs(made - wanted).max())


def snr(wanted: Array, made: Array) -> float:
    """Power of (…) `wanted` over that of the difference to (…) `made`, dB; infinite where they are equal."""
    signal = float(np.square(wanted.astype(np.float64)).sum())
    noise = float(np.square(made.astype(np.float64) - wanted).sum())
    return math.inf if noise == 0.0 else 10.0 * math.log10(signal / noise)
