"""`huisheng ledger prove`: whether the books are right."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, TextIO

from huisheng.cli.commands import Action
from huisheng.cli.extras import open_database

if TYPE_CHECKING:
    from huisheng.server.ledger.proof import LedgerProof

WRONG: Final = 1


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Declare nothing: it has an action alone."""


def run(_: argparse.Namespace) -> int:
    """Without an action: what `prove` does."""
    return _prove(argparse.Namespace(json=False))


def _add_prove(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON")


def _prove(arguments: argparse.Namespace) -> int:
    """Prove the books; the exit status is 1, and the faults are printed, where they are wrong."""
    with open_database() as database:
        from huisheng.server.books import prove
        from huisheng.server.clock import utc_now
        from huisheng.server.database import migrating

        migrating.require_current(database)
        with database.reading() as session:
            proof = prove(session, utc_now())
    if arguments.json:
        print(json.dumps({**asdict(proof), "is_right": proof.is_right}, default=str, indent=2))
    else:
        print_proof(proof, sys.stdout)
    return 0 if proof.is_right else WRONG


def print_proof(proof: LedgerProof, file: TextIO) -> None:
    """Tell whether the books are right; a line for each fault."""
    for fault in proof.faults:
        print(f"{fault.check}\t{fault.id}\t{fault.detail}", file=file)
    if proof.is_right:
        print(
            f"账目正确：{proof.journals} 个事项，{proof.entries} 条分录，{len(proof.checks)} 项检查。 "
            f"The books are right: {proof.journals} journals, {proof.entries} entries, "
            f"{len(proof.checks)} checks.",
            file=file,
        )
    else:
        print(f"账目有 {len(proof.faults)} 处错误。 The books have {len(proof.faults)} faults.", file=file)


ACTIONS: Final = {"prove": Action(_add_prove, _prove)}
