"""The documents tell the truth: what they name exists, their examples run. No network, no voice."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import httpx
import pytest
from openai import OpenAI
from pydantic_settings import BaseSettings
from tools.lint.imports import MAY_IMPORT

from huisheng.cli import main as cli
from huisheng.cli.commands import make_parser
from huisheng.cli.serve import listen
from huisheng.emotion.names import NAMES, aliases
from huisheng.emotion.styles import STYLES
from huisheng.engines import FAMILIES, SAMBERT, EngineFamily
from huisheng.engines.protocol import Capabilities
from huisheng.engines.two_stage.voices import voices
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.documentation import error_kinds
from huisheng.server.doors.openai import our_voice
from huisheng.server.errors import status_of
from huisheng.server.running import Server
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.load import read_package
from huisheng.voice.store import HOME_VARIABLE, folder_of

ROOT: Final = Path(__file__).resolve().parents[2]
VOICES: Final = voices(read_package(folder_of(BUILTIN)).manifest)
PAGES: Final = tuple(sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]))
ADDRESS: Final = "http://127.0.0.1:8000"
FOLDERS: Final = "src|docs|tests|tools|web|benchmarks|requirements|deploy"
NEVER_ANSWERED: Final = frozenset(
    {
        *("error", "refused", "invalid_request", "setup"),  # branches of the tree
        "worker_lost",  # becomes `engine` where the work cannot be begun anew
        "license",  # of the command line
        *("invalid_label", "download", "unknown_engine", "port_in_use"),  # of set-up and of reading labels
        *("unsafe_archive", "model"),  # of importing voices
        *("corpus", "recordings", "unreadable_audio", "consent"),  # of training them
        *("sign_in_first", "sign_in_failed"),  # in the address that a provider's sign-in leads to
        *("database_too_new", "database_outdated", "database_address"),  # operators see them
        *(
            "backup_too_new",
            "database_missing",
            "database_not_empty",
            "unknown_revision",
            "servers_running",
        ),  # of commands
        *("unknown_argument", "invalid_argument"),  # of programs; over HTTP the schemas refuse them
        *("plan_file", "font"),  # of operators
        *("invalid_signature", "stale_notification", "wrong_merchant", "malformed_notification"),  # methods
        "order_not_known_yet",  # of payment are told so in their own way
    }
)

HTTP: Final = (ROOT / "docs/reference/http.md").read_text(encoding="utf-8")
ACCOUNTS: Final = "".join(
    (ROOT / "docs/reference" / name).read_text(encoding="utf-8")
    for name in ("accounts.md", "billing.md", "administration.md")
)
EMOTION: Final = (ROOT / "docs/guides/emotion.md").read_text(encoding="utf-8")


class Example(NamedTuple):
    """A fenced block of a page."""

    page: str
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page}: {self.code.strip().splitlines()[-1][:60]}"


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def examples(language: str) -> list[Example]:
    fence = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    blocks = [
        Example(str(page.relative_to(ROOT)), *found) for page in PAGES for found in fence.findall(read(page))
    ]
    return [block for block in blocks if block.language == language]


def lines(program: str) -> list[Example]:
    """Every line of a shell example that runs a program."""
    return [
        Example(block.page, "sh", line)
        for block in examples("sh")
        for line in block.code.splitlines()
        if line.startswith(f"{program} ")
    ]


def inline(pattern: str) -> list[tuple[str, str]]:
    """What stands in back quotes and fits, with its page."""
    quoted = re.compile(r"`([^`\n]+)`")
    return [
        (str(page.relative_to(ROOT)), found)
        for page in PAGES
        for found in quoted.findall(read(page))
        if re.fullmatch(pattern, found)
    ]


def cells(text: str) -> Iterator[list[str]]:
    """The rows of every table."""
    for line in text.splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def environment_values(settings: BaseSettings) -> dict[str, object]:
    """Names of variables, without our prefix, and the values as they are written."""
    values: dict[str, object] = {}
    for name, value in settings.model_dump(mode="json").items():
        nested = getattr(settings, name)
        values |= environment_values(nested) if isinstance(nested, BaseSettings) else {name: value}
    return values


def options() -> frozenset[str]:
    """Every option of every command, and of every action of one."""
    return frozenset(_options(make_parser()))


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield from parser._option_string_actions
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in cast("dict[str, argparse.ArgumentParser]", action.choices).values():
                yield from _options(command)


class SilentBuiltin(SilentEngine):
    """Says silence under the names of the built-in voices."""

    @property
    def capabilities(self) -> Capabilities:
        """Those of the silent engine, with the voices that the documents name."""
        return replace(super().capabilities, voices=VOICES)


def silent_builtin(*_: object) -> SilentBuiltin:
    """In place of the engine that reads the package."""
    return SilentBuiltin()


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The default engine is silent, and the current folder an empty one that holds `article.txt`."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setitem(FAMILIES, SAMBERT, EngineFamily(silent_builtin))
    monkeypatch.setitem(FAMILIES, "kokoro", EngineFamily(alone=lambda _: SilentEngine()))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "article.txt").write_text("第一段。\n第二段。\n", encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that says silence."""
    home = tmp_path_factory.mktemp("home")
    app = create_app(Settings(home=home, page=home / "page"), Synthesizer(SilentBuiltin()))
    ready = threading.Event()
    server = Server(app, ready.set)
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        ready.wait()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def routes(address: str) -> frozenset[str]:
    """`GET /audio/{name}` and so on; the last three are for people and tools."""
    described = described_routes(httpx.get(f"{address}/openapi.json").json())
    return described | {"GET /", "GET /docs", "GET /openapi.json"}


@pytest.fixture(scope="module")
def account_routes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[frozenset[str]]:
    """What a server with accounts has besides."""
    home = tmp_path_factory.mktemp("accounts")
    app = create_app(Settings(home=home, page=home / "page", accounts=True), Synthesizer(SilentBuiltin()))
    yield described_routes(app.openapi())
    app.state.components.business.close()


def described_routes(description: dict[str, Any]) -> frozenset[str]:
    """Methods and addresses of an OpenAPI description."""
    paths: dict[str, dict[str, Any]] = description["paths"]
    return frozenset(f"{method.upper()} {path}" for path, methods in paths.items() for method in methods)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_that_exists(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)", read(page))

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_link_to_a_heading_finds_it() -> None:
    links = [(page, link) for page in PAGES for link in re.findall(r"\]\(([^)\s]*#[^)\s]+)\)", read(page))]
    missing: list[str] = []
    for page, link in links:
        file, _, anchor = link.partition("#")
        headings = re.findall(r"^#+ (.+)$", read(page.parent / file if file else page), re.MULTILINE)
        plain = (re.sub(r"[^\w\s-]", "", heading.strip().lower()) for heading in headings)
        if anchor not in {heading.replace(" ", "-") for heading in plain}:
            missing.append(f"{page.name}: {link}")

    assert missing == []


@pytest.mark.parametrize(("page", "path"), inline(rf"(?:{FOLDERS})/[\w./*-]*"))
def test_every_path_exists(page: str, path: str) -> None:
    built = {"web/node_modules", "src/huisheng/server/page", "src/huisheng/listening/page.html"}

    assert path.rstrip("/") in built or any(ROOT.glob(path.rstrip("/"))), f"{page} names {path}"


def test_every_name_that_is_placed_in_a_file_is_there() -> None:
    placed = re.compile(rf"`([A-Za-z_][\w.]*)`\s+(?:in|of)\s+`((?:{FOLDERS}|recipes)/[\w/.-]+\.\w+)`")
    names = [(page.name, *found) for page in PAGES for found in placed.findall(read(page))]

    assert len(names) > 10
    assert [found for found in names if not _is_word_of(found[1].rpartition(".")[2], ROOT / found[2])] == []


def _is_word_of(name: str, file: Path) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", read(file)) is not None


def test_every_method_that_the_concepts_name_exists() -> None:
    methods = {
        f"{node.name}.{each.name}"
        for path in (ROOT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.ClassDef)
        for each in node.body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    named = {name for page, name in inline(r"[A-Z]\w+\.[a-z]\w+") if page.startswith("docs/concepts/")}

    assert "Synthesizer.speak" in named
    assert named - methods == set()


def test_every_make_target_exists() -> None:
    targets = frozenset(re.findall(r"^([\w-]+):", read(ROOT / "Makefile"), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"(?:`|^)make ([\w-]+)", read(page), re.MULTILINE)}

    assert named <= targets


@pytest.mark.parametrize(
    "command",
    sorted({*(line.code for line in lines("huisheng")), *(code for _, code in inline("huisheng .*"))}),
)
def test_every_command_is_understood(command: str) -> None:
    arguments = shlex.split(command, comments=True)[1:]

    assert arguments == ["--version"] or make_parser().parse_args(arguments)


def test_every_option_of_the_command_line_is_described() -> None:
    described = {option for page, option in inline("--?[a-z][a-z-]*|huisheng .*") if page.endswith("cli.md")}

    assert options() - {"-h", "--help"} <= {word for text in described for word in text.split()}


def test_every_option_that_is_described_exists() -> None:
    assert {option for _, option in inline("--?[a-z][a-z-]*")} <= options()


def test_the_table_of_settings_is_complete_and_gives_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tables = "".join(read(ROOT / f"docs/guides/{page}.md") for page in ("operations", "payments"))
    rows = {row[0].strip("`"): row[1].strip("`") for row in cells(tables) if len(row) > 1}
    defaults = environment_values(Settings.model_construct()) | {"home": "见下", "page": "包内的 `page"}
    named = {name for name in rows if name.startswith("HUISHENG_")}

    assert {name.removeprefix("HUISHENG_").lower(): rows[name].lower() for name in named} == {
        name: "空" if value in ("", None, []) else str(value).lower() for name, value in defaults.items()
    }


def test_every_setting_that_is_named_exists() -> None:
    named = {name for page in PAGES for name in re.findall(r"\bHUISHENG_([A-Z_]+)", read(page))}

    assert {name.lower() for name in named} <= environment_values(Settings.model_construct()).keys()


@pytest.mark.parametrize(("page", "route"), inline(r"(?:GET|POST|PUT|PATCH|DELETE) /\S*"))
def test_every_route_exists(
    page: str, route: str, routes: frozenset[str], account_routes: frozenset[str]
) -> None:
    assert route in routes | account_routes, f"{page} names {route}"


def test_every_route_is_described(routes: frozenset[str], account_routes: frozenset[str]) -> None:
    assert {route for route in routes if f"`{route}`" not in HTTP} == set()
    assert {route for route in account_routes - routes if f"`{route}`" not in ACCOUNTS} == set()


@pytest.mark.parametrize(
    "model", ["SpeechRequest", "SpeechResult", "OpenAISpeechRequest", "StreamAudio", "StreamDone"]
)
def test_every_field_is_described(model: str, address: str) -> None:
    schemas = httpx.get(f"{address}/openapi.json").json()["components"]["schemas"]
    named = {field for field in schemas[model]["properties"] if f"`{field}`" in HTTP or f'"{field}"' in HTTP}

    assert set(schemas[model]["properties"]) == named


def test_the_table_of_errors_is_complete_and_gives_the_statuses() -> None:
    rows = {row[1].strip("`"): int(row[0]) for row in cells(HTTP) if row[0].isdecimal()}

    assert rows == {
        kind.code: int(status_of(kind)) for kind in error_kinds() if kind.code not in NEVER_ANSWERED
    }


def test_the_table_of_foreign_voices_is_true() -> None:
    pairs = re.findall(r"\| `(\w+)` \| `(\w+)` (?=\|)", HTTP.partition("| OpenAI |")[2].partition("##")[0])

    assert dict(pairs) == {foreign: our_voice(foreign, VOICES, lambda: VOICES[0]) for foreign, _ in pairs}
    assert len(pairs) == len(read(ROOT / "src/huisheng/server/doors/openai_voices.tsv").splitlines()) - 1


@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_emotions_gives_every_name(name: str) -> None:
    style = next(style for style in STYLES.values() if style.name == name)
    others = (
        alias + (f" ×{meaning.strength:g}" if meaning.strength != 1.0 else "")
        for alias, meaning in aliases().items()
        if meaning.emotion == name
    )

    assert f"| `{name}` | {style.label} | {style.description} | {'、'.join(others)} |" in EMOTION


def test_the_acceptance_bands_are_those_that_are_measured_against() -> None:
    bands = tomllib.loads(read(ROOT / "benchmarks/emotion/bands.toml"))["bands"]
    number = re.compile(r"[+−]?\d+(?:\.\d+)?")
    rows = {
        row[0].split("`")[1]: [
            float(value.replace("−", "-")) for cell in row[1:] for value in number.findall(cell)
        ]
        for row in cells(EMOTION)
        if " … " in row[1]
    }

    assert rows == {
        name: [edge for measure in ("pitch", "spread", "rate", "level") for edge in band[measure]]
        for name, band in bands.items()
    }


def test_the_map_of_packages_names_each() -> None:
    rows = cells(read(ROOT / "docs/concepts/architecture.md").partition("## Packages")[2])
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row[0])}

    assert named == {package for package in MAY_IMPORT if package}


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(name for extra in extras.values() for name in extra)]
    for lock in ("build", "train", "dev", "node", "eval", "bench"):
        wanted += read(ROOT / f"requirements/{lock}.in").splitlines()
    names = {found.group() for line in wanted if (found := re.match(r"[\w-]+", line))}
    listed = {
        name for row in cells(read(ROOT / "docs/decisions/dependencies.md")) for name in row[0].split(", ")
    }

    assert names <= listed


@pytest.mark.parametrize("example", examples("python"), ids=str)
def test_every_python_example_runs(example: Example, silence: Path, address: str) -> None:
    code = compile(example.code.replace(ADDRESS, address), example.page, "exec")

    names: dict[str, object] = {"__name__": "example"}
    exec(code, names)  # noqa: S102 (our own documents)
    for value in names.values():
        if isinstance(value, OpenAI):  # which a program leaves open until it ends
            value.close()


@pytest.mark.parametrize("example", lines("huisheng"), ids=str)
def test_every_example_of_the_command_line_runs(example: Example, silence: Path) -> None:
    arguments = shlex.split(example.code, comments=True)[1:]

    assert cli.main(arguments) == 0
    for option in ("-o", "--captions", "--timings"):
        if option in arguments:
            assert (silence / arguments[arguments.index(option) + 1]).stat().st_size > 0


ANSWERS = (b"RIFF", b"ID3", b"OggS", b'{"status":"success"', b'{"text":')
"""How sound, the address of sound, and an explanation begin."""


@pytest.mark.parametrize("example", lines("curl"), ids=str)
def test_every_curl_example_is_answered(example: Example, silence: Path, address: str) -> None:
    arguments = shlex.split(example.code.replace(ADDRESS, address))[1:]
    answer = run_curl(arguments, silence)

    assert answer.startswith(ANSWERS)


def run_curl(arguments: list[str], folder: Path) -> bytes:
    """What curl gets; where there is no curl, what the same request gets."""
    if shutil.which("curl") is None:
        return send_like_curl(arguments)
    said = subprocess.run(
        ["curl", "--fail-with-body", "--silent", *arguments], capture_output=True, check=True, cwd=folder
    )
    return (folder / arguments[arguments.index("-o") + 1]).read_bytes() if "-o" in arguments else said.stdout


def send_like_curl(arguments: list[str]) -> bytes:
    """The request that these arguments of curl mean, by another client."""
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("-o")
    parser.add_argument("-G", dest="in_address", action="store_true")
    parser.add_argument("-H", dest="header")
    parser.add_argument("-F", dest="parts", action="append", default=[])
    parser.add_argument("-d", "--data-urlencode", dest="data", action="append", default=[])
    chosen = parser.parse_args(arguments)
    if chosen.header:
        name, _, value = chosen.header.partition(": ")
        return httpx.post(chosen.address, headers={name: value}, content=chosen.data[0].encode()).content
    parts = {name: (None, value) for name, _, value in (part.partition("=") for part in chosen.parts)}
    fields = dict(field.split("=", 1) for field in chosen.data)
    if chosen.in_address:
        return httpx.get(chosen.address, params=fields).content
    return httpx.post(chosen.address, files=parts, data=fields).content


@pytest.mark.parametrize("example", lines("curl"), ids=str)
def test_every_curl_example_is_one_that_can_be_sent_without_curl(example: Example, address: str) -> None:
    answer = send_like_curl(shlex.split(example.code.replace(ADDRESS, address))[1:])

    assert answer.startswith(ANSWERS)
