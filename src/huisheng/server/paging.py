"""Lists over HTTP: a page of items, and the cursor with which the next one is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

from huisheng.server.errors import InvalidCursor

LARGEST: Final = 100
"""Items of a page."""

_MOMENT: Final = "%Y%m%dT%H%M%S.%f"
_ROW_ID: Final = re.compile("[a-z0-9_]+")

T = TypeVar("T")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is asked for.

    Attributes:
        limit: items, 1…100.
        cursor: of the last item of the page before; empty for the first page.
    """

    limit: int = LARGEST
    cursor: str = ""


class ListPage(BaseModel, Generic[T]):
    """A part of a list; `next` is the cursor of the page after it, null at the end."""

    items: Sequence[T]
    next: str | None = None


def cut_page(
    rows: Sequence[Row], asked: PageRequest, item: Callable[[Row], T], cursor: Callable[[Row], str]
) -> ListPage[T]:
    """A page of rows, of which one more was read than is asked for, to know whether there is a next page.

    Args:
        rows: at most `asked.limit + 1`.
        asked: by the client.
        item: makes what is shown of a row.
        cursor: makes the cursor behind a row.
    """
    shown = rows[: asked.limit]
    following = cursor(shown[-1]) if len(rows) > asked.limit else None
    return ListPage[T](items=[item(row) for row in shown], next=following)


def time_cursor(at: datetime, row_id: str) -> str:
    """The cursor behind a row of a list in the order of time."""
    return f"{at.astimezone(UTC):{_MOMENT}}_{row_id}"


def parse_time_cursor(cursor: str) -> tuple[datetime, str] | None:
    """The time and the id that `time_cursor` was given; None for the first page.

    Raises:
        InvalidCursor: it was made by something else.
    """
    if not cursor:
        return None
    written, _, row_id = cursor.partition("_")
    if not _ROW_ID.fullmatch(row_id):
        raise InvalidCursor
    try:
        return datetime.strptime(written, _MOMENT).replace(tzinfo=UTC), row_id
    except ValueError as error:
        raise InvalidCursor from error


async def _page_request(
    limit: Annotated[int, Query(ge=1, le=LARGEST, description="每页的条数")] = LARGEST,
    cursor: Annotated[str, Query(max_length=64, description="上一页的 next")] = "",
) -> PageRequest:
    return PageRequest(limit, cursor)


PageRequestDep = Annotated[PageRequest, Depends(_page_request)]
