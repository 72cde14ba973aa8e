"""The commands of `huisheng`, by name; a command's module is loaded when it is asked for."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Container, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple, Protocol, TypeAlias, cast


class Command(Protocol):
    """The interface of a command: that of its module, or an `Action` of one."""

    @property
    def add_arguments(self) -> Callable[[argparse.ArgumentParser], None]:
        """Declares the arguments."""
        ...

    @property
    def run(self) -> Callable[[argparse.Namespace], int]:
        """Runs the command; returns the exit status."""
        ...


class Action(NamedTuple):
    """A command that shares its module with others, by its name in the module's `ACTIONS`."""

    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class Listing(NamedTuple):
    """What is known of a command before it is loaded.

    Attributes:
        module: of `huisheng.cli`.
        help: its line in the help page.
    """

    module: str
    help: str


Name: TypeAlias = tuple[str, ...]
"""Words by which a command is called: one, and of an action two."""

COMMANDS: Final[Mapping[Name, Listing]] = {
    ("speak",): Listing("speak", "把文本合成为音频文件 synthesize a text into a file"),
    ("read",): Listing("read", "显示文本的读音 show how the text is read"),
    ("voices",): Listing("voices", "音色与语音包 voices and their packages"),
    ("voices", "pull"): Listing("voices_new", "下载并安装语音包 download and install a package"),
    ("voices", "import"): Listing("voices_new", "导入 SAM-BERT 模型 import a SAM-BERT model from disk"),
    ("voices", "import-package"): Listing("voices_new", "安装语音包文件 install a packed voice"),
    ("voices", "import-vocoder"): Listing(
        "voices_vocoder", "把训练的声码器安装为语音包 install a trained vocoder"
    ),
    ("voices", "list"): Listing("voices_installed", "列出已安装的语音包 list installed packages"),
    ("voices", "show"): Listing("voices_installed", "显示语音包的清单 show the manifest of a package"),
    ("voices", "verify"): Listing("voices_installed", "校验已安装的语音包 check installed packages"),
    ("voices", "remove"): Listing("voices_installed", "删除语音包 remove packages"),
    ("voices", "export"): Listing("voices_installed", "把语音包导出为文件 pack a package into one file"),
    ("voices", "audition"): Listing(
        "voices_audition", "生成试听网页，可盲听投票 make a page to compare by ear"
    ),
    ("voices", "train"): Listing(
        "voices_train", "用自己的录音训练音色 train a voice on one's own recordings"
    ),
    ("voices", "consent"): Listing("voices_train", "打印同意书模板 print the form of a consent"),
    ("serve",): Listing("serve", "启动网页和接口服务 start the web page and the API"),
    ("accounts",): Listing("accounts", "用户与账户 people and accounts"),
    ("accounts", "list"): Listing("accounts", "列出账户 list accounts"),
    ("accounts", "add"): Listing("accounts", "添加用户，不发送邮件 add a person"),
    ("accounts", "operator"): Listing("accounts", "指定运营者 make somebody an operator"),
    ("accounts", "password"): Listing("accounts", "设置密码 set somebody's password"),
    ("accounts", "suspend"): Listing("accounts", "停用账户 suspend an account"),
    ("accounts", "resume"): Listing("accounts", "恢复账户 the opposite"),
    ("accounts", "grant"): Listing("accounts", "赠送额度 give an allowance"),
    ("accounts", "voice"): Listing("accounts", "账户的专属音色 voices that belong to accounts"),
    ("database",): Listing("database", "账户数据库的表 the tables of accounts and money"),
    ("database", "upgrade"): Listing("database", "建表或升级 make the tables, or bring them forwards"),
    ("database", "downgrade"): Listing("database", "退回旧版本 bring the tables back to an older version"),
    ("database", "show"): Listing("database", "显示位置、版本与行数 show place, version and rows"),
    ("backup",): Listing("backup", "备份账户数据库 back the database of accounts up"),
    ("restore",): Listing("restore", "恢复备份 restore a backup"),
    ("plans",): Listing("plans", "套餐与价格 plans and prices"),
    ("plans", "check"): Listing("plans", "检查套餐文件 check a plan file"),
    ("plans", "show"): Listing("plans", "显示套餐与价格 show plans and prices"),
    ("roi",): Listing("roi", "成本、收入与回本时间 costs, revenue and payback"),
    ("license",): Listing("license", "私有许可证，显示已安装的 private licence, the installed one"),
    ("license", "issue"): Listing("license", "签发许可证，或新建签发密钥 sign a licence, or make a key"),
    ("license", "verify"): Listing("license", "校验许可证文件 check the file of a licence"),
    ("license", "install"): Listing("license", "安装许可证 install a licence"),
    ("license", "show"): Listing("license", "显示已安装的许可证 show the installed licence"),
    ("train",): Listing("train", "训练模型 train a model"),
    ("ledger",): Listing("ledger", "账目 the books"),
    ("ledger", "prove"): Listing("ledger", "证明账目正确 prove that the books are right"),
    ("doctor",): Listing("doctor", "检查安装 check the installation"),
}
"""In the order of the help pages."""


def run(arguments: Sequence[str] | None, begin: Callable[[], None]) -> int:
    """Run one command.

    Args:
        arguments: after the program's name; those of the process when None.
        begin: called when the command is known, before it does anything.

    Raises:
        HuishengError: what is wrong with the request or the installation.
        BrokenPipeError: the reader of stdout is gone.
    """
    _never_fail_to_print()
    try:
        command, chosen = parse(sys.argv[1:] if arguments is None else arguments)
        begin()
        return command.run(chosen)
    finally:
        sys.stdout.flush()  # here, and not when the interpreter ends, a broken pipe can be caught


def parse(words: Sequence[str]) -> tuple[Command, argparse.Namespace]:
    """The command that is asked for, and its arguments.

    Words that begin with its name need its parser alone; all others (help, and wrong usage) the whole.

    Raises:
        SystemExit: help was printed, or what is wrong.
    """
    name = next((name for name in (tuple(words[:2]), tuple(words[:1])) if name in COMMANDS), ())
    if name:
        own = argparse.ArgumentParser(prog=" ".join(("huisheng", *name)))
        _declare(own, name, words)
        chosen, unknown = own.parse_known_args(words[len(name) :])
        if not unknown:
            return chosen.command, chosen
    chosen = make_parser(words).parse_args(words)
    return chosen.command, chosen


def make_parser(words: Container[str] | None = None) -> argparse.ArgumentParser:
    """The whole command line.

    Args:
        words: of the command line; only commands named among them have their arguments declared. All of them
            when None.
    """
    from huisheng import __version__  # looked up in the installed distribution, which takes its time

    whole = argparse.ArgumentParser(
        prog="huisheng", description="绘声：中文语音合成。 Chinese text in, emotional speech out."
    )
    whole.add_argument("--version", action="version", version=f"huisheng {__version__}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND", title="命令 commands")
    _add_commands(commands, (), words)
    return whole


def _add_commands(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    group: Name,
    words: Container[str] | None,
) -> None:
    """Add the commands of a group with their lines in the help page; the group () is the whole program."""
    for name, listing in COMMANDS.items():
        if name[:-1] == group:
            own = commands.add_parser(name[-1], help=listing.help)
            if words is None or name[-1] in words:
                _declare(own, name, words)


def _declare(parser: argparse.ArgumentParser, name: Name, words: Container[str] | None) -> None:
    """Declare the arguments of a command, and its actions if it has any."""
    command = _load(name)
    command.add_arguments(parser)
    parser.set_defaults(command=command)
    if any(other[:-1] == name for other in COMMANDS):
        _add_commands(parser.add_subparsers(metavar="ACTION", title="操作 actions"), name, words)


def _load(name: Name) -> Command:
    module = import_module(f"huisheng.cli.{COMMANDS[name].module}")
    return cast("Command", module.ACTIONS[name[-1]] if name[:-1] else module)


def _never_fail_to_print() -> None:
    """A console whose encoding lacks a character gets an escape instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def abandon_stdout() -> None:
    """The reader is gone: what is still buffered goes nowhere, so that the interpreter ends quietly."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
