"""Memory, processor time and open files of worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import ProcessCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample


class WorkerProcesses(Collector):
    """What `process_…` tells of this process, told of each worker as `huisheng_worker_process_…`.

    The label is the worker's place, not its process id: one that is replaced goes on in the same series.

    Args:
        pids: process ids of the workers, each always at the same place.
    """

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of time: the workers may not run yet."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """One family a measure, one sample a worker; a worker that died just now is left out."""
        families = dict[str, Metric]()
        for place, pid in enumerate(self._pids()):
            label = {"worker": str(place)}
            for told in _process(pid).collect():
                family = families.setdefault(told.name, Metric(told.name, told.documentation, told.type))
                family.samples += [Sample(sample.name, label, sample.value) for sample in told.samples]
        return families.values()


def _process(pid: int) -> ProcessCollector:
    return ProcessCollector(namespace="huisheng_worker", pid=lambda: pid, registry=None)
