"""`huisheng doctor --tune`: measure what suits this machine, and keep it for the server."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from huisheng.cli.extras import require_server

if TYPE_CHECKING:
    from huisheng.runtime.worker_tuning import LayoutSpeed, WorkerLayout

TRIAL: Final = 3.0
"""Seconds of each of the two measurements of an arrangement."""


def tune(folder: Path, seconds: float = TRIAL) -> int:
    """Try every arrangement, print how they did, write the best to `tuning.toml` in our folder.

    Args:
        folder: ours, for data.
        seconds: of each measurement.

    Raises:
        SetupError: nothing can be spoken, or the file cannot be written.
    """
    require_server()
    from huisheng.runtime.worker_tuning import candidate_layouts, choose_best
    from huisheng.runtime.workers.processes import SUPPORTED
    from huisheng.server.settings import TUNING
    from huisheng.voice.store import storage

    print("正在测量，期间请不要运行其他任务。 Measuring; leave the machine alone.", file=sys.stderr)
    paces: dict[WorkerLayout, LayoutSpeed] = {}
    for arrangement in candidate_layouts(os.cpu_count() or 1, processes=SUPPORTED):
        paces[arrangement] = asyncio.run(_tried(arrangement, seconds))
        print(_line(arrangement, paces[arrangement]), file=sys.stderr)
    chosen = choose_best(paces)
    target = folder / TUNING
    with storage(folder):
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(_written(chosen, paces[chosen]), encoding="utf-8")
    print(
        f"{_line(chosen, paces[chosen])}\n"
        f"已写入 written to {target}，重启服务后生效 effective at the next start"
    )
    return 0


async def _tried(arrangement: WorkerLayout, seconds: float) -> LayoutSpeed:
    from huisheng.cli.serve import SynthesizerFactory
    from huisheng.runtime.worker_tuning import measure
    from huisheng.runtime.workers.fork_server import ForkServerConfig
    from huisheng.runtime.workers.processes import ProcessWorkers
    from huisheng.runtime.workers.threads import ThreadWorkers

    speaker = SynthesizerFactory(models=1, threads=arrangement.threads)
    if not arrangement.workers:
        return await measure(ThreadWorkers(speaker(), arrangement.slots), seconds)
    config = ForkServerConfig(speaker, arrangement.slots)
    return await measure(ProcessWorkers(config, arrangement.workers, 60.0, lambda: None), seconds)


def _line(arrangement: WorkerLayout, pace: LayoutSpeed) -> str:
    return (
        f"workers {arrangement.workers}  slots {arrangement.slots}  threads {arrangement.threads}  "
        f"首音延迟 first audio {1000 * pace.first_audio:.0f} ms  "
        f"每秒句数 sentences a second {pace.throughput:.1f}"
    )


def _written(arrangement: WorkerLayout, pace: LayoutSpeed) -> str:
    """The file: settings, and above them what they were chosen for."""
    lines = (f"{name} = {value}" for name, value in arrangement._asdict().items())
    return "\n".join([f"# huisheng doctor --tune: {_line(arrangement, pace)}", *lines, ""])
