"""The page as one file: its parts from `data/`, the takes as data URIs, nothing that comes from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final, Literal, TypeAlias

from huisheng.audition.candidates import Candidate
from huisheng.audition.shuffling import Order, in_order, shuffled
from huisheng.audition.speaking import Session, Take

Language: TypeAlias = Literal["", "zh", "en"]

STYLES: Final = ("tokens.css", "page.css")
SCRIPTS: Final = (
    *("words.js", "statistics.js", "elements.js", "player.js", "ballots.js", "files.js"),
    *("table.js", "trials.js", "results.js", "main.js"),
)
"""In the order in which they need each other."""

_PLACE: Final = re.compile(r"\{\{(\w+)\}\}")
_ESCAPES: Final = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})
"""No text ends the element that holds the data (HTML, 4.12.1.3)."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the page shows the takes.

    Attributes:
        media_type: of every take.
        blind: whether names are hidden, places shuffled and votes taken.
        seed: of the shuffling.
        language: that the page opens in; empty for the reader's own.
    """

    media_type: str
    blind: bool = False
    seed: int = 0
    language: Language = ""


def page(session: Session, takes: Sequence[Take], look: Look) -> str:
    """HTML that needs nothing besides itself.

    Args:
        session: what was spoken.
        takes: of the session, sentence by sentence, candidates in their order.
        look: how to show them.
    """
    style = "\n".join(map(_part, STYLES))
    script = "\n".join(map(_part, SCRIPTS))
    parts = {
        "policy": _policy(style, script),
        "style": style,
        "data": json.dumps(_content(session, takes, look)).translate(_ESCAPES),
        "script": script,
    }
    return _PLACE.sub(lambda place: parts[place[1]], _part("page.html"))


def _part(name: str) -> str:
    return resources.files("huisheng.audition").joinpath("data", name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Content Security Policy: only our own style and script run, and nothing is fetched from anywhere."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "media-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _content(session: Session, takes: Sequence[Take], look: Look) -> dict[str, Any]:
    shape = (len(session.sentences), len(session.candidates))
    orders = shuffled(*shape, look.seed) if look.blind else in_order(*shape)
    rows = [
        _row(text, takes[number * shape[1] : (number + 1) * shape[1]], order, look.media_type)
        for number, (text, order) in enumerate(zip(session.sentences, orders, strict=True))
    ]
    key = {"seed": look.seed, "orders": orders, "candidates": _described(session.candidates)}
    digest = hashlib.sha256(json.dumps([rows, key]).encode()).hexdigest()
    return {
        "id": digest[
            :16
        ],  # votes are kept under it: every take has a number of its own, so no two pages share one
        "blind": look.blind,
        "language": look.language,
        "sentences": rows,
        "key": _veiled(key) if look.blind else key,
    }


def _row(text: str, takes: Sequence[Take], order: Order, media_type: str) -> dict[str, Any]:
    """A sentence and its takes, in the order in which they are shown."""
    shown = (takes[candidate] for candidate in order)
    return {
        "text": text,
        "takes": [
            {"audio": f"data:{media_type};base64,{_base64(take.data)}", "seconds": round(take.duration, 3)}
            for take in shown
        ],
    }


def _described(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    """What people see of each; a feeling only where one of them has any."""
    plain = all(candidate.plain for candidate in candidates)
    return [
        {
            "id": candidate.id,
            "emotion": candidate.emotion,
            "name": {"zh": candidate.voice.name, "en": candidate.voice.name_en},
            "manner": {
                language: _manner(candidate, plain=plain, english=language == "en")
                for language in ("zh", "en")
            },
        }
        for candidate in candidates
    ]


def _manner(candidate: Candidate, *, plain: bool, english: bool) -> str:
    feeling = "" if plain else candidate.feeling(english=english)
    return " · ".join(part for part in (feeling, candidate.pace(english=english)) if part)


def _veiled(key: dict[str, Any]) -> str:
    """Not to be read at a glance; no secret from anybody who wants to know."""
    return _base64(json.dumps(key).encode())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
