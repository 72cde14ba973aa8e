"""`huisheng serve`: the HTTP server, until Ctrl-C."""

from __future__ import annotations

import argparse
import errno
import socket
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from huisheng.cli.extras import read_settings, require_server

if TYPE_CHECKING:
    from huisheng.runtime.cache.cache import CacheConfig
    from huisheng.runtime.logging import LogFormat
    from huisheng.runtime.synthesizer import Synthesizer
    from huisheng.server.settings import Settings

_OPTIONS: Final = ("host", "port", "lazy", "vocoder")
"""Options that are settings too; without one its value comes from the environment."""

_REACHABLE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (shown, not listened on)
"""What to open in a browser on this machine when the server listens on every address."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--host", help="监听地址，默认 127.0.0.1 address to listen on")
    parser.add_argument("--port", type=int, help="端口，默认 8000 TCP port")
    parser.add_argument(
        "--lazy",
        action="store_true",
        default=None,
        help="首次请求时才加载引擎 load the engine at the first request",
    )
    parser.add_argument(
        "--engine",
        default="",
        help="语音引擎，默认全部已安装的音色 speech engine, all installed voices by default",
    )
    parser.add_argument(
        "--vocoder", metavar="PACKAGE", help="声码器，默认为音色自带 vocoder, the voices' own by default"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted.

    Raises:
        PortInUse: another program listens there.
        SetupError: the extra `server` is not installed, the address cannot be listened on, a setting is
            wrong, there is no such engine, or no such vocoder for any voice of it.
    """
    require_server()
    from huisheng.runtime import logging

    settings = _settings(arguments)
    factory = SynthesizerFactory(
        arguments.engine,
        settings.models,
        settings.vocoder,
        settings.lexicon,
        settings.threads,
        settings.batch,
        settings.memory if settings.remembers and settings.cache_shared else None,
    )
    synthesizer = factory()
    with listen(settings.host, settings.port) as listener:
        logging.configure(sys.stderr, settings.log_format)
        return _serve(settings, listener, synthesizer, factory)


@dataclass(frozen=True, slots=True)
class SynthesizerFactory:
    """Makes a synthesizer, here or in a process of its own.

    Attributes:
        engine: its name in `--engine`.
        models: in memory at once.
        vocoder: package whose vocoder is used; empty for the voices' own.
        lexicon: of the installation.
        threads: that may work on one utterance; 0 for what suits each engine.
        batch: utterances of one voice whose steps are made together.
        memory: where sentences are kept to be said again; None for nowhere.
        log_format: of a process of its own, whose logging is not configured yet; None elsewhere.
    """

    engine: str = ""
    models: int = 4
    vocoder: str = ""
    lexicon: Path | None = None
    threads: int = 0
    batch: int = 1
    memory: CacheConfig | None = None
    log_format: LogFormat | None = None

    def __call__(self) -> Synthesizer:
        """Make a synthesizer; nothing is loaded.

        Raises:
            SetupError: there is no such engine, or no such vocoder for any voice of it.
        """
        from huisheng.engines import make_engine
        from huisheng.runtime import logging
        from huisheng.runtime.cache.sentences import CachingEngine
        from huisheng.runtime.synthesizer import Synthesizer
        from huisheng.text.pronunciation.user import LexiconFile

        if self.log_format:
            logging.configure(sys.stderr, self.log_format)
        lexicon = LexiconFile(self.lexicon) if self.lexicon else None
        engine = make_engine(self.engine, self.models, self.vocoder, self.threads, self.batch)
        if self.memory:
            engine = CachingEngine(engine, self.memory.open())
        return Synthesizer(engine, lexicon=lexicon)


def listen(host: str, port: int) -> socket.socket:
    """A socket that holds the address from here on: checking and taking it are one step.

    Raises:
        PortInUse: another program listens there.
        SetupError: the address is not one of this machine's, or needs more rights.
    """
    from huisheng.errors import PortInUse, SetupError

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from error
        raise SetupError(
            f"无法监听 {host}:{port}，请检查地址和权限。",
            f"Cannot listen on {host}:{port}; check the address and your rights.",
        ) from error


def _settings(arguments: argparse.Namespace) -> Settings:
    given = {name: getattr(arguments, name) for name in _OPTIONS if getattr(arguments, name) is not None}
    return read_settings(**given)


def _serve(
    settings: Settings, listener: socket.socket, synthesizer: Synthesizer, factory: SynthesizerFactory
) -> int:
    from functools import partial

    from huisheng.cli import interrupts
    from huisheng.server.app import create_app
    from huisheng.server.running import Server

    app = create_app(settings, synthesizer, factory=replace(factory, log_format=settings.log_format))
    server = Server(app, partial(_announce, settings.host, listener.getsockname()[1]))
    interrupts.release()  # the server drains and stops in its own way
    try:
        server.run([listener])
    except KeyboardInterrupt:
        print("绘声已停止。 Stopped.", file=sys.stderr)
    return 0


def _announce(host: str, port: int) -> None:
    shown = _REACHABLE.get(host, host)
    shown = f"[{shown}]" if ":" in shown else shown
    print(
        f"绘声已启动：http://{shown}:{port} （接口说明 /docs，按 Ctrl-C 停止）\n"
        f"Huisheng is running: http://{shown}:{port} (API: /docs, Ctrl-C to stop)",
        flush=True,
    )
