"""Documents as Azure's documentation and clients write them: what is read, and what is told."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from huisheng.emotion.names import aliases
from huisheng.engines.protocol import Capabilities
from huisheng.errors import MarkupError
from huisheng.runtime.vocabulary import make_vocabulary
from huisheng.testing import SILENT_VOICE
from huisheng.text.markup import ssml
from huisheng.text.markup.script import read
from huisheng.text.markup.values import PACKAGE
from huisheng.text.resources import rows
from huisheng.types import Emotion

DOCUMENTS: Final = sorted((Path(__file__).parent / "azure").glob("*.xml"))
VOCABULARY: Final = make_vocabulary(Capabilities("silent", (SILENT_VOICE,)))
STYLES: Final = [row[0] for row in rows(PACKAGE, "azure_styles.tsv")]


def document(inside: str) -> str:
    return f'<speak xmlns:mstts="https://www.w3.org/2001/mstts">{inside}</speak>'


def codes(inside: str) -> list[str]:
    return [notice.code for notice in ssml.parse(document(inside), VOCABULARY).notices]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_document_is_read_and_says_who_speaks(path: Path) -> None:
    script = read(path.read_text(encoding="utf-8"), "auto", VOCABULARY)

    assert script.text.strip()
    assert "voice_substituted" in [notice.code for notice in script.notices]


@pytest.mark.parametrize("style", STYLES)
def test_a_style_that_is_no_emotion_here_becomes_the_nearest_and_is_told(style: str) -> None:
    inside = f'<mstts:express-as style="{style}">好</mstts:express-as>'
    script = ssml.parse(document(inside), VOCABULARY)

    assert script.inflection(0).emotion is not None
    assert [notice.code for notice in script.notices] == ["style_substituted"]


def test_a_style_is_as_strong_as_its_degree_asks() -> None:
    inside = '<mstts:express-as style="terrified" styledegree="0.5">好</mstts:express-as>'

    assert ssml.parse(document(inside), VOCABULARY).inflection(0).emotion == Emotion("fearful", 0.7)


def test_a_style_that_is_an_emotion_here_is_not_told() -> None:
    assert not codes('<mstts:express-as style="cheerful">好</mstts:express-as>')


def test_no_style_of_the_table_is_an_alias_already() -> None:
    assert not set(STYLES) & set(aliases())


def test_an_unknown_style_is_refused() -> None:
    with pytest.raises(MarkupError, match="nothing"):
        codes('<mstts:express-as style="nothing">好</mstts:express-as>')


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ('好<mstts:silence type="Leading" value="200ms"/>', "element_ignored"),
        ('<mstts:backgroundaudio src="a.wav"/>好', "element_ignored"),
        ('<audio src="a.wav">好</audio>', "element_ignored"),
        ('<lexicon uri="a.xml"/>好', "element_ignored"),
        ('<prosody contour="(0%,+20Hz)">好</prosody>', "attribute_ignored"),
        ('<mstts:express-as style="sad" role="Girl">好</mstts:express-as>', "attribute_ignored"),
        ('<voice name="silent" effect="eq_car">好</voice>', "attribute_ignored"),
    ],
)
def test_what_has_no_effect_is_told(inside: str, code: str) -> None:
    assert codes(inside) == [code]


def test_the_same_is_told_once() -> None:
    assert codes('<voice name="zh-CN-YunxiNeural">好</voice>' * 3) == ["voice_substituted"]


def test_what_is_followed_is_not_told() -> None:
    assert not codes('<voice name="silent"><prosody rate="+20%">好</prosody></voice>')


def test_shorthand_tells_it_too() -> None:
    script = read("[音色 zh-CN-YunxiNeural]好[/]", "shorthand", VOCABULARY)

    assert [notice.code for notice in script.notices] == ["voice_substituted"]


def test_a_bookmark_names_its_place() -> None:
    script = ssml.parse(document('好<bookmark mark="here"/>吧'), VOCABULARY)

    assert [(bookmark.at, bookmark.name) for bookmark in script.bookmarks] == [(1, "here")]
