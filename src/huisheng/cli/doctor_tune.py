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
"""Seconds of each of the two measurements of a layout."""


def tune(folder: Path, seconds: float = TRIAL) -> int:
    """Measure every layout, print the results, write the best to `tuning.toml` in our folder, and what it
    speaks to `speed.toml`, for `huisheng roi`.

    Args:
        folder: ours, for data.
        seconds: of each measurement.

    Raises:
        SetupError: nothing can be spoken, or the file cannot be written.
    """
    require_server()
    from huisheng.economics.speed import SPEED, format_speed
    from huisheng.runtime.worker_tuning import candidate_layouts, choose_best
    from huisheng.runtime.workers.processes import SUPPORTED
    from huisheng.server.settings import TUNING
    from huisheng.voice.store import storage

    print("正在测量，期间请不要运行其他任务。 Measuring; leave the machine alone.", file=sys.stderr)
    speeds: dict[WorkerLayout, LayoutSpeed] = {}
    for layout in candidate_layouts(os.cpu_count() or 1, processes=SUPPORTED):
        speeds[layout] = asyncio.run(_measure(layout, seconds))
        print(_line(layout, speeds[layout]), file=sys.stderr)
    chosen = choose_best(speeds)
    target = folder / TUNING
    with storage(folder):
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(_format_settings(chosen, speeds[chosen]), encoding="utf-8")
        speed = format_speed(speeds[chosen].characters_per_second)
        (folder / SPEED).write_text(speed, encoding="utf-8")
    print(
        f"{_line(chosen, speeds[chosen])}\n"
        f"已写入 written to {target}，重启服务后生效 effective at the next start"
    )
    return 0


async def _measure(layout: WorkerLayout, seconds: float) -> LayoutSpeed:
    from huisheng.cli.serve import SynthesizerFactory
    from huisheng.runtime.worker_tuning import measure
    from huisheng.runtime.workers.fork_server import ForkServerConfig
    from huisheng.runtime.workers.processes import ProcessWorkers
    from huisheng.runtime.workers.threads import ThreadWorkers

    factory = SynthesizerFactory(models=1, threads=layout.threads)
    if not layout.workers:
        return await measure(ThreadWorkers(factory(), layout.slots), seconds)
    config = ForkServerConfig(factory, layout.slots)
    return await measure(ProcessWorkers(config, layout.workers, 60.0, lambda: None), seconds)


def _line(layout: WorkerLayout, speed: LayoutSpeed) -> str:
    return (
        f"workers {layout.workers}  slots {layout.slots}  threads {layout.threads}  "
        f"首音延迟 first audio {1000 * speed.first_audio:.0f} ms  "
        f"每秒句数 sentences a second {speed.throughput:.1f}"
    )


def _format_settings(layout: WorkerLayout, speed: LayoutSpeed) -> str:
    """The content of the file: settings, and above them their measurement."""
    lines = (f"{name} = {value}" for name, value in layout._asdict().items())
    return "\n".join([f"# huisheng doctor --tune: {_line(layout, speed)}", *lines, ""])
