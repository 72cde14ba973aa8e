"""What Prometheus reads: counts and durations, added as they happen, and gauges, read at each scrape.

Every label has few values, whatever clients send: routes are templates, methods and doors stand in tables,
codes are those of our errors, engines those that are installed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import prometheus_client
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from huisheng.runtime.observer import RequestSummary
from huisheng.server.connections import Reason
from huisheng.units import Seconds

if TYPE_CHECKING:
    from huisheng.server.usage.endings import Posted

# The time at which a series began is of no use here, and it doubles what is sent at every scrape.
prometheus_client.disable_created_metrics()

REQUEST_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
"""From a health check to a book."""

WAIT_SECONDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

FIRST_AUDIO_SECONDS: Final = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5)
"""Fine where a listener notices nothing yet, coarse where it is late anyway."""

RESERVE_SECONDS: Final = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5)
"""One short transaction; longer where others hold the database."""

REAL_TIME_FACTORS: Final = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5)
"""Below 1 a stream keeps ahead of its listener."""

_OWN_ROUTES: Final = {
    "/tts": "own",
    "/synthesize": "own",
    "/api/": "own",
    "/audio/": "own",
    "/healthz": "system",
    "/readyz": "system",
    "/metrics": "system",
}
"""Beginning of a route → its value of the label `door`."""

ELSEWHERE: Final = "other"
"""The label of the page, its files and addresses that do not exist."""

_OPENMETRICS: Final = "application/openmetrics-text"


@dataclass(frozen=True, slots=True)
class Gauges:
    """Values that are read at each scrape, from another thread than the event loop's; each must be quick.

    Attributes:
        ready: whether requests are served.
        slots: steps that may be made at the same time.
        slots_in_use: steps under way.
        waiting: requests that want a slot now and have none.
        workers: process ids of the worker processes, each always at the same index.
        sentences: those that workers found in the cache, and those that they did not.
    """

    ready: Callable[[], bool]
    slots: Callable[[], int]
    slots_in_use: Callable[[], int]
    waiting: Callable[[], int]
    workers: Callable[[], Iterable[int]]
    sentences: Callable[[], tuple[int, int]]


class Page(NamedTuple):
    """All metrics, as they are sent."""

    content: bytes
    media_type: str


class Metrics:
    """Counts; an `Observer` of scheduling.

    Args:
        gauges: are asked at each scrape.
        codes: of the errors that may be counted. They begin at 0: Prometheus sees no increase in a series
            that begins at 1.
        doors: path prefix → value of the label `door`, of foreign protocols.
    """

    def __init__(
        self, gauges: Gauges, codes: Collection[str] = (), doors: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._doors = {**_OWN_ROUTES, **doors}
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(WorkerProcesses(gauges.workers))
        self._registry.register(_State(gauges))
        self._lookups = _CacheLookups(gauges.sentences)
        self._registry.register(self._lookups)
        self._gauge("build_info", "The running version.", "version").labels(version("huisheng")).set(1)
        self._add_requests(codes)
        self._add_speech()
        self._add_listening()

    def count_request(self, route: str, method: str, status: int, seconds: Seconds | None = None) -> None:
        """A request was answered, or a WebSocket opened.

        Args:
            route: its template; `-` where there is none.
            method: one of few.
            status: of the answer.
            seconds: until the answer was complete; None for a WebSocket.
        """
        door = self.door_of(route)
        self._requests.labels(door, route, method, status).inc()
        if seconds is not None:
            self._request_seconds.labels(door, route).observe(seconds)

    def door_of(self, route: str) -> str:
        """The value of the label `door` for the template of a route."""
        return next((self._doors[prefix] for prefix in self._doors if route.startswith(prefix)), ELSEWHERE)

    def count_error(self, code: str) -> None:
        """An answer was a 5xx or broke off; `code` of the error."""
        self._errors.labels(code).inc()

    def add_websocket(self) -> None:
        """A WebSocket is open."""
        self._sockets.inc()

    def remove_websocket(self) -> None:
        """A WebSocket is closed."""
        self._sockets.dec()

    def count_ended_connection(self, reason: Reason) -> None:
        """A connection was closed or refused because of a limit."""
        self._connections_ended.labels(reason).inc()

    def on_refusal(self, engine: str, code: str) -> None:
        """A request was turned away before anything was done for it; `code` of the error."""
        self._refused.labels(engine, code).inc()

    def on_wait(self, engine: str, seconds: Seconds) -> None:
        """A request got its first slot, so long after it came."""
        self._queue_wait.labels(engine).observe(seconds)

    def on_first_audio(self, engine: str, seconds: Seconds) -> None:
        """The first sound of a request was made, so long after it came."""
        self._first_audio.labels(engine).observe(seconds)

    def on_underrun(self, engine: str, seconds: Seconds) -> None:
        """A listener who plays a stream from its first sound on heard a gap of so long."""
        self._underruns.labels(engine).inc()
        self._underrun_seconds.labels(engine).inc(seconds)

    def on_end(self, summary: RequestSummary) -> None:
        """An admitted request is over."""
        engine = summary.engine
        self._ended.labels(engine, summary.outcome).inc()
        self._characters.labels(engine).inc(summary.characters)
        self._audio_seconds.labels(engine).inc(summary.audio)
        self._work_seconds.labels(engine).inc(summary.work)
        if summary.audio > 0:
            self._real_time_factor.labels(engine).observe(summary.work / summary.audio)

    def on_worker_lost(self) -> None:
        """A worker died and is being replaced."""
        self._worker_restarts.inc()

    def on_cache_lookup(self, *, hit: bool) -> None:
        """A whole response was looked for in the cache."""
        self._lookups.count_response(hit=hit)

    def on_reservation(self, seconds: Seconds, code: str) -> None:
        """A request of an account was reserved in so long, or refused; `code` of the refusal."""
        self._reservations.labels(code or "reserved").inc()
        self._reserve_seconds.observe(seconds)

    def on_posted(self, posted: Posted) -> None:
        """Reservations have ended in the books."""
        self._reservations_ended.labels("settled").inc(posted.settled)
        self._reservations_ended.labels("released").inc(posted.released)
        self._reservations_ended.labels("uncollected").inc(posted.uncollected)
        for meter, amount in posted.charged.items():
            self._charged.labels(meter).inc(amount)

    def on_proof(self, faults: int) -> None:
        """The books were proved; how many faults there are."""
        self._ledger_faults.set(faults)
        self._ledger_proved.set_to_current_time()

    def add_usage(self) -> None:
        """Count what accounts use."""
        self._reservations = self._counter(
            "reservations", "Requests of accounts, reserved or refused with a code.", "result"
        )
        self._reserve_seconds = self._histogram(
            "reserve_seconds", "Time in which a request was reserved or refused.", RESERVE_SECONDS
        )
        self._reservations_ended = self._counter(
            "reservations_ended", "Reservations, by how they ended.", "outcome"
        )
        for outcome in ("settled", "released", "uncollected"):
            self._reservations_ended.labels(outcome)
        self._charged = self._counter("charged_units", "Units that accounts were charged.", "meter")
        self._ledger_faults = self._gauge("ledger_faults", "Faults that the last proof of the books found.")
        self._ledger_proved = self._gauge(
            "ledger_proved_timestamp_seconds", "When the books were proved last, as Unix time."
        )

    def render(self, accept: str) -> Page:
        """Everything as text, in OpenMetrics where `accept` names it.

        Args:
            accept: the header of this name.
        """
        # Only this much of the header goes further: the library fails over versions that are no numbers.
        encode, media_type = choose_encoder(_OPENMETRICS if _OPENMETRICS in accept else "")
        return Page(encode(self._registry), media_type)

    def _add_requests(self, codes: Collection[str]) -> None:
        self._requests = self._counter(
            "requests", "Requests answered, and WebSockets opened.", "door", "route", "method", "status"
        )
        self._request_seconds = self._histogram(
            "request_seconds", "From a request to the end of its answer.", REQUEST_SECONDS, "door", "route"
        )
        self._errors = self._counter("errors", "Answers that were a 5xx or broke off.", "code")
        for code in codes:
            self._errors.labels(code)
        self._connections_ended = self._counter(
            "connections_ended", "Connections closed or refused because of a limit.", "reason"
        )
        for reason in Reason:
            self._connections_ended.labels(reason)
        self._sockets = self._gauge("websockets_open", "WebSockets that are open.")

    def _add_speech(self) -> None:
        self._refused = self._counter(
            "refused", "Requests turned away before any work was done.", "engine", "code"
        )
        self._queue_wait = self._histogram(
            "queue_wait_seconds", "From a request to its first slot.", WAIT_SECONDS, "engine"
        )
        self._ended = self._counter("ended", "Admitted requests, by how they ended.", "engine", "outcome")
        self._characters = self._counter("characters", "Characters that were asked for.", "engine")
        self._audio_seconds = self._counter("audio_seconds", "Seconds of speech that were made.", "engine")
        self._work_seconds = self._counter("work_seconds", "Seconds that steps took.", "engine")
        self._worker_restarts = self._counter("worker_restarts", "Workers that died and were replaced.")

    def _add_listening(self) -> None:
        self._first_audio = self._histogram(
            "time_to_first_audio_seconds",
            "From a request to its first sound.",
            FIRST_AUDIO_SECONDS,
            "engine",
        )
        self._real_time_factor = self._histogram(
            "real_time_factor", "Work by length of the speech made.", REAL_TIME_FACTORS, "engine"
        )
        self._underruns = self._counter("underruns", "Gaps that a listener heard in a stream.", "engine")
        self._underrun_seconds = self._counter("underrun_seconds", "Length of these gaps.", "engine")

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        return Counter(f"huisheng_{name}", help_text, labels, registry=self._registry)

    def _gauge(self, name: str, help_text: str, *labels: str) -> Gauge:
        return Gauge(f"huisheng_{name}", help_text, labels, registry=self._registry)

    def _histogram(self, name: str, help_text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"huisheng_{name}", help_text, labels, registry=self._registry, buckets=buckets)


class _State(Collector):
    """The gauges, read at each scrape."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[Metric]:
        """One family each."""
        gauges = self._gauges
        yield GaugeMetricFamily("huisheng_ready", "1 when requests are served.", value=float(gauges.ready()))
        yield GaugeMetricFamily("huisheng_slots", "Steps that may be made at once.", value=gauges.slots())
        yield GaugeMetricFamily("huisheng_slots_in_use", "Steps under way.", value=gauges.slots_in_use())
        yield GaugeMetricFamily("huisheng_waiting", "Requests that wait for a slot.", value=gauges.waiting())


class _CacheLookups(Collector):
    """Look-ups in the cache: of responses, counted here, and of sentences, counted by the workers.

    Args:
        sentences: that were found so far, and that were not.
    """

    def __init__(self, sentences: Callable[[], tuple[int, int]]) -> None:
        self._sentences = sentences
        self._responses = {True: 0, False: 0}
        """How many were found, and how many were not."""

    def count_response(self, *, hit: bool) -> None:
        """Count the look-up of a response."""
        self._responses[hit] += 1

    def collect(self) -> Iterable[Metric]:
        """One family."""
        labels = ("level", "result")
        family = CounterMetricFamily("huisheng_cache_lookups", "Look-ups in the cache.", labels=labels)
        responses = self._responses[True], self._responses[False]
        for level, counts in (("request", responses), ("sentence", self._sentences())):
            for result, count in zip(("hit", "miss"), counts, strict=True):
                family.add_metric((level, result), count)
        yield family


class WorkerProcesses(Collector):
    """Memory, processor time and open files: `process_…` of each worker as `huisheng_worker_process_…`.

    The label is the worker's index, not its process id: one that is replaced goes on in the same series.

    Args:
        pids: process ids of the workers, each always at the same index.
    """

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of time: the workers may not run yet."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """One family a measure, one sample a worker; a worker that died just now is left out."""
        families = dict[str, Metric]()
        for index, pid in enumerate(self._pids()):
            label = {"worker": str(index)}
            for measure in _process(pid).collect():
                family = families.setdefault(
                    measure.name, Metric(measure.name, measure.documentation, measure.type)
                )
                family.samples += [Sample(sample.name, label, sample.value) for sample in measure.samples]
        return families.values()


def _process(pid: int) -> ProcessCollector:
    return ProcessCollector(namespace="huisheng_worker", pid=lambda: pid, registry=None)
