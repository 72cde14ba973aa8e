"""The page as one file that fetches nothing: built from `web/` by set-up, with the takes as data URIs."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final, Literal, TypeAlias

from huisheng.errors import SetupError
from huisheng.listening.candidates import Candidate
from huisheng.listening.shuffling import Order, keep_order, shuffle
from huisheng.listening.speaking import Session, Take

Language: TypeAlias = Literal["", "zh", "en"]

_PLACE: Final = "{{data}}"
"""Where the template takes its content."""

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

    Raises:
        SetupError: the page is not built.
    """
    before, _, after = read_template().partition(_PLACE)
    return before + json.dumps(_content(session, takes, look)).translate(_ESCAPES) + after


def read_template() -> str:
    """The page without its content.

    Raises:
        SetupError: it is not built.
    """
    try:
        return resources.files("huisheng.listening").joinpath("page.html").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SetupError(
            "试听网页还没有构建，请运行 make setup 后重试。",
            "The page of the listening test is not built; run make setup.",
        ) from error


def _content(session: Session, takes: Sequence[Take], look: Look) -> dict[str, Any]:
    shape = (len(session.sentences), len(session.candidates))
    orders = shuffle(*shape, look.seed) if look.blind else keep_order(*shape)
    rows = [
        _row(text, takes[number * shape[1] : (number + 1) * shape[1]], order, look.media_type)
        for number, (text, order) in enumerate(zip(session.sentences, orders, strict=True))
    ]
    key = {"seed": look.seed, "orders": orders, "candidates": _describe(session.candidates)}
    digest = hashlib.sha256(json.dumps([rows, key]).encode()).hexdigest()
    return {
        "id": digest[:16],  # votes are kept under it; no two pages share one, as no two takes are equal
        "blind": look.blind,
        "language": look.language,
        "sentences": rows,
        "key": _encode_key(key) if look.blind else key,
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


def _describe(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    """What people see of each; the emotion only where one of them has any."""
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
    emotion = "" if plain else candidate.emotion_label(english=english)
    return " · ".join(part for part in (emotion, candidate.speed_label(english=english)) if part)


def _encode_key(key: dict[str, Any]) -> str:
    """Not to be read at a glance, and no secret either."""
    return _base64(json.dumps(key).encode())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
