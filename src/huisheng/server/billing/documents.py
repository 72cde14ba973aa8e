"""Receipts and invoices as PDF, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from huisheng.server.billing.lettering import LATIN, Lettering

_INK: Final = HexColor("#161310")
_QUIET: Final = HexColor("#6b6156")
_LINE: Final = HexColor("#b0a492")
_MARGIN: Final = 20 * mm
_LABEL_WIDTH: Final = 46 * mm
_AMOUNT_WIDTH: Final = 46 * mm
_TEXT_WIDTH: Final = A4[0] - 2 * _MARGIN - 12  # the frame of a page keeps 6 points free on each side
_FOOT: Final = 10 * mm
"""Height of the baseline of a page's number."""

_TEXT: Final = ParagraphStyle(
    "text", fontName=LATIN, fontSize=9.5, leading=14, wordWrap="CJK", textColor=_INK
)
_TITLE: Final = ParagraphStyle("title", parent=_TEXT, fontSize=18, leading=26)
_HEADING: Final = ParagraphStyle("heading", parent=_TEXT, fontSize=10.5, leading=16, spaceAfter=1 * mm)
_LABEL: Final = ParagraphStyle("label", parent=_TEXT, fontSize=8.5, textColor=_QUIET)
_AMOUNT: Final = ParagraphStyle("amount", parent=_TEXT, alignment=TA_RIGHT)
_TOTAL: Final = ParagraphStyle("total", parent=_AMOUNT, fontSize=13, leading=18)
_SMALL: Final = ParagraphStyle("small", parent=_TEXT, fontSize=8, leading=12, textColor=_QUIET)


@dataclass(frozen=True, slots=True)
class LabeledBlock:
    """Rows under a heading, each a label with its text; rows without a text are left out."""

    heading: str
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PrintedDocument:
    """What stands on a page.

    Attributes:
        title: its heading.
        blocks: what there is to know.
        amounts: rows of money, the last of which is the sum; those without a text are left out.
        note: at the end, in small letters.
    """

    title: str
    blocks: Sequence[LabeledBlock]
    amounts: Sequence[tuple[str, str]]
    note: str


def draw_pdf(document: PrintedDocument, letters: Lettering) -> bytes:
    """The document as PDF, A4; the same each time."""
    parts: list[Any] = [_paragraph(document.title, _TITLE, letters), Spacer(1, 5 * mm)]
    for block in document.blocks:
        if rows := [(label, text) for label, text in block.rows if text]:
            parts += [
                _paragraph(block.heading, _HEADING, letters),
                _draw_rows(rows, letters),
                Spacer(1, 6 * mm),
            ]
    amounts = [(label, text) for label, text in document.amounts if text]
    note = _paragraph(document.note, _SMALL, letters)
    parts.append(KeepTogether([_draw_amounts(amounts, letters), Spacer(1, 8 * mm), note]))
    drawn = BytesIO()
    template = SimpleDocTemplate(
        drawn,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=document.title,
        initialFontName=LATIN,  # the usual one would not be embedded
        invariant=1,
    )
    template.build(parts, onFirstPage=_draw_number, onLaterPages=_draw_number)
    return drawn.getvalue()


def _paragraph(text: str, style: ParagraphStyle, letters: Lettering) -> Paragraph:
    return Paragraph(letters.mark_fonts(text), style)


def _draw_rows(rows: Sequence[tuple[str, str]], letters: Lettering) -> Table:
    """Labels at the left, what they say beside them, however long."""
    cells = [[_paragraph(label, _LABEL, letters), _paragraph(text, _TEXT, letters)] for label, text in rows]
    table = Table(cells, colWidths=(_LABEL_WIDTH, _TEXT_WIDTH - _LABEL_WIDTH))
    table.setStyle(_style())
    return table


def _draw_amounts(rows: Sequence[tuple[str, str]], letters: Lettering) -> Table:
    """Money, flush right; the sum is larger."""
    cells = [
        [_paragraph(label, _LABEL, letters), _paragraph(text, style, letters)]
        for (label, text), style in zip(rows, [*[_AMOUNT] * (len(rows) - 1), _TOTAL], strict=True)
    ]
    table = Table(cells, colWidths=(_TEXT_WIDTH - _AMOUNT_WIDTH, _AMOUNT_WIDTH))
    table.setStyle(_style())
    return table


def _style() -> TableStyle:
    return TableStyle(
        [
            ("FONTNAME", (0, 0), (-1, -1), LATIN),
            ("LINEABOVE", (0, 0), (-1, 0), 0.6, _LINE),
            ("LINEBELOW", (0, 0), (-1, -1), 0.3, _LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("VALIGN", (0, -1), (0, -1), "MIDDLE"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ]
    )


def _draw_number(canvas: Any, template: Any) -> None:  # noqa: ANN401, ARG001 (reportlab has no types)
    """The number of the page, at its foot."""
    canvas.setFont(LATIN, _SMALL.fontSize)
    canvas.setFillColor(_QUIET)
    canvas.drawRightString(A4[0] - _MARGIN - 6, _FOOT, str(canvas.getPageNumber()))
