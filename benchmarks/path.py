"""Which modules and functions of ours does one request pass, and which one command?

One `GET /api/speech` to a real server, whose event loop and threads run in this process, and one `huisheng
speak`; both warm: the same was done before, with other texts. Counted are, of the package `huisheng` alone:

    modules             in which a named function was called
    calls               distinct named functions called; comprehensions and lambdas have no name
    calls_total         all calls; a generator or coroutine that goes on counts again
    generators_nested   generators, one inside another, at the deepest place
    stat_calls          questions to the file system, libraries' too: stat, lstat, access, listdir, scandir

    python -m benchmarks.path                 tables of the packages and the modules
    python -m benchmarks.path runtime text/   their functions too, the deepest nest, what asks for files
    python -m benchmarks.path --json          one line for programs
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import inspect
import io
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.parse import quote

from benchmarks.sections import table

import huisheng
from huisheng.cli.main import main as run_command
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.running import Server
from huisheng.server.settings import Settings
from huisheng.voice.store import HOME_VARIABLE

_PACKAGE: Final = f"{Path(huisheng.__file__).parent}{os.sep}"
_GENERATOR: Final = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
_STAT: Final = frozenset({"stat", "lstat", "access", "listdir", "scandir"})
_WARM_UP: Final = ("今天下午我们去公园，你来吗？", "你好，明天见。", "我们一起去看海吧！")
_TEXT: Final = "今天天气很好，我们一起去散步吧！"
_AFTER: Final = 0.3
"""Seconds: what the server still does once the answer is read belongs to the request."""
_START: Final = 60.0
"""Seconds that a server may take to load its voice."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What was called while something was done.

    Attributes:
        functions: calls by module, a path in the package, and qualified name.
        nest: generators inside each other where there were most, the innermost first.
        stats: questions to the file system, by the function of ours that led to them.
    """

    functions: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    nest: list[str] = field(default_factory=list[str])
    stats: Counter[str] = field(default_factory=Counter[str])

    @property
    def named_functions(self) -> list[tuple[str, str]]:
        """Functions with a name of their own, in the order of modules."""
        return sorted(each for each in self.functions if "<" not in each[1].rpartition(".")[2])

    @property
    def modules(self) -> list[str]:
        """Modules in which a named function was called."""
        return sorted({module for module, _ in self.named_functions})

    def figures(self) -> dict[str, int]:
        """The counts, for programs."""
        return {
            "modules": len(self.modules),
            "calls": len(self.named_functions),
            "calls_total": self.functions.total(),
            "generators_nested": len(self.nest),
            "stat_calls": self.stats.total(),
        }


class Tracer:
    """Notes calls of this package's functions in the thread that makes it and in threads begun later."""

    def __init__(self) -> None:
        self._trace: Trace | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Tracer:
        """Begin to watch, so far without noting anything."""
        threading.setprofile(self._watch)
        sys.setprofile(self._watch)
        return self

    def __exit__(self, *_: object) -> None:
        """Watch no longer."""
        sys.setprofile(None)
        threading.setprofile(None)

    @contextlib.contextmanager
    def recording(self) -> Generator[Trace]:
        """Note what is called in the meantime."""
        self._trace = trace = Trace()
        try:
            yield trace
        finally:
            self._trace = None

    def _watch(self, frame: FrameType, event: str, argument: object) -> None:
        """The profile function (`sys.setprofile`)."""
        if (trace := self._trace) is None:
            return
        with self._lock:
            if event == "call" and frame.f_code.co_filename.startswith(_PACKAGE):
                _note_call(trace, frame)
            elif event == "c_call" and _asks_file_system(argument):
                _note_stat(trace, frame)


def trace_request(synthesizer: Synthesizer, home: Path) -> Trace:
    """Serve with threads alone, and follow one request for a new text.

    Args:
        synthesizer: speaks.
        home: folder for the data of the server.

    Raises:
        TimeoutError: the server does not get ready.
        RuntimeError: the request is refused.
    """
    settings = Settings(home=home, workers=0)
    with Tracer() as tracer, _serving(settings, synthesizer) as port:
        deadline = time.monotonic() + _START
        while _get(port, "/readyz") != http.HTTPStatus.OK:
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.1)
        for text in _WARM_UP:
            _get(port, f"/api/speech?text={quote(text)}")
        with tracer.recording() as trace:
            status = _get(port, f"/api/speech?text={quote(_TEXT)}")
            time.sleep(_AFTER)
    if status != http.HTTPStatus.OK:
        raise RuntimeError(status)
    return trace


def trace_command(folder: Path) -> Trace:
    """Follow one `huisheng speak` into a file of this folder, after another has imported its modules.

    Raises:
        RuntimeError: the command fails.
    """

    def speak(text: str) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            status = run_command(["speak", text, "--output", str(folder / "speech.wav")])
        if status:
            raise RuntimeError(status)

    speak(_WARM_UP[0])
    return trace_call(lambda: speak(_TEXT))


def trace_call(work: Callable[[], object]) -> Trace:
    """Follow a piece of work in this thread and those that it begins."""
    with Tracer() as tracer, tracer.recording() as trace:
        work()
    return trace


def main(arguments: Sequence[str]) -> int:
    """0."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[HOME_VARIABLE] = folder  # the voice that comes with the program, and no other
        traces = {
            "request": trace_request(Synthesizer(), Path(folder)),
            "command": trace_command(Path(folder)),
        }
    if options.json:
        print(json.dumps({name: trace.figures() for name, trace in traces.items()}))
        return 0
    for name, trace in traces.items():
        print(f"## {name}\n\n{card(trace)}\n")
        if options.parts:
            print(f"{details(trace, tuple(options.parts))}\n")
    return 0


def card(trace: Trace) -> str:
    """Figures, packages and modules as Markdown tables."""
    functions = Counter(module for module, _ in trace.named_functions)
    calls: Counter[str] = Counter()
    for (module, _), times in trace.functions.items():
        calls[module] += times
    packages = Counter(module.partition("/")[0] for module in trace.modules)
    sums = (
        [name, str(modules), *(str(_sum_package(counts, name)) for counts in (functions, calls))]
        for name, modules in packages.items()
    )
    each = ([module, str(functions[module]), str(calls[module])] for module in trace.modules)
    figures = trace.figures()
    return "\n\n".join(
        [
            table(tuple(figures), [[str(figure) for figure in figures.values()]]),
            table(("package", "modules", "functions", "calls"), sums),
            table(("module", "functions", "calls"), each),
        ]
    )


def _sum_package(counts: Counter[str], package: str) -> int:
    return sum(count for module, count in counts.items() if module.partition("/")[0] == package)


def details(trace: Trace, parts: tuple[str, ...]) -> str:
    """Each function of the modules whose path begins so, the deepest nest, and what leads to questions for
    files.
    """
    lines: list[str] = []
    for module in sorted({module for module, _ in trace.functions if module.startswith(parts)}):
        lines.append(module)
        lines += [f"    {name} {times}" for (its, name), times in trace.functions.items() if its == module]
    lines += ["generators, the innermost first:", *(f"    {name}" for name in trace.nest)]
    lines += ["file system:", *(f"    {name} {times}" for name, times in trace.stats.most_common())]
    return "\n".join(lines)


@contextlib.contextmanager
def _serving(settings: Settings, synthesizer: Synthesizer) -> Generator[int]:
    """The port of a server that runs in a thread of this process."""
    started = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server: list[Server] = []

        def serve() -> None:
            server.append(Server(create_app(settings, synthesizer), started.set))
            server[0].run([listener])

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            if not started.wait(_START):
                raise TimeoutError
            yield listener.getsockname()[1]
        finally:
            if server:
                server[0].should_exit = True
            thread.join()


def _get(port: int, path: str) -> int:
    """The status of an answer that was read whole."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=_START)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status


def _note_call(trace: Trace, frame: FrameType) -> None:
    trace.functions[_module(frame), frame.f_code.co_qualname] += 1
    if not frame.f_code.co_flags & _GENERATOR:
        return
    nest = [_name(each) for each in _callers(frame) if each.f_code.co_flags & _GENERATOR]
    if len(nest) > len(trace.nest):
        trace.nest[:] = nest


def _note_stat(trace: Trace, frame: FrameType) -> None:
    trace.stats[next(map(_name, _callers(frame)), "?")] += 1


def _callers(frame: FrameType | None) -> Generator[FrameType]:
    """Functions of ours that are being run for this one, itself first."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_PACKAGE):
            yield frame
        frame = frame.f_back


def _asks_file_system(function: object) -> bool:
    name, module = getattr(function, "__name__", ""), getattr(function, "__module__", "")
    return name in _STAT and module == os.name


def _module(frame: FrameType) -> str:
    return frame.f_code.co_filename.removeprefix(_PACKAGE).replace(os.sep, "/")


def _name(frame: FrameType) -> str:
    return f"{_module(frame)}:{frame.f_code.co_qualname}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.path",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", help="beginnings of paths of modules, such as runtime or text/")
    parser.add_argument("--json", action="store_true", help="one line for programs")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
