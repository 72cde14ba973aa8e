"""Receipts and invoices as PDF, in both languages.

Chinese is set in STSong-Light, one of the fonts that readers of PDF bring themselves (Adobe-GB1), so that no
font file is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

_FONT: Final = "STSong-Light"
_INK: Final = HexColor("#161310")
_LINE: Final = HexColor("#b0a492")
_MARGIN: Final = 20 * mm
_LABEL_WIDTH: Final = 50 * mm
_TEXT_WIDTH: Final = A4[0] - 2 * _MARGIN

pdfmetrics.registerFont(UnicodeCIDFont(_FONT))  # pyright: ignore[reportUnknownMemberType]

_TEXT: Final = ParagraphStyle("text", fontName=_FONT, fontSize=10, leading=15, wordWrap="CJK", textColor=_INK)
_TITLE: Final = ParagraphStyle("title", parent=_TEXT, fontSize=18, leading=26)
_SMALL: Final = ParagraphStyle("small", parent=_TEXT, fontSize=8, leading=12)


@dataclass(frozen=True, slots=True)
class PrintedDocument:
    """What stands on a page.

    Attributes:
        title: its heading.
        blocks: lists of rows, each a label with its text; rows without a text are left out.
        note: at the end, in small letters.
    """

    title: str
    blocks: Sequence[Sequence[tuple[str, str]]]
    note: str


def draw_pdf(document: PrintedDocument) -> bytes:
    """The document as PDF, A4; the same each time."""
    parts: list[Any] = [Paragraph(escape(document.title), _TITLE), Spacer(1, 4 * mm)]
    for block in document.blocks:
        rows = [(label, text) for label, text in block if text]
        if rows:
            parts += [_draw_rows(rows), Spacer(1, 6 * mm)]
    parts.append(Paragraph(escape(document.note), _SMALL))
    drawn = BytesIO()
    template = SimpleDocTemplate(
        drawn,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=document.title,
        invariant=1,
    )
    template.build(parts)
    return drawn.getvalue()


def _draw_rows(rows: Sequence[tuple[str, str]]) -> Any:  # noqa: ANN401 (reportlab has no types)
    cells = [[Paragraph(escape(label), _TEXT), Paragraph(escape(text), _TEXT)] for label, text in rows]
    table = Table(cells, colWidths=(_LABEL_WIDTH, _TEXT_WIDTH - _LABEL_WIDTH))
    table.setStyle(
        TableStyle([("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    )
    return table
