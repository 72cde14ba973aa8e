"""Which symbols and speakers the rows of a voice's embedding tables stand for."""

from __future__ import annotations

from typing import Final, NamedTuple
from xml.parsers import expat

from huisheng.acoustic.config import VocabularySizes
from huisheng.errors import VoicePackageError
from huisheng.export.modelscope.configuration import LinguisticUnit
from huisheng.export.modelscope.files import ModelFile, ModelFolder, join_path, model_error
from huisheng.text.symbols.sambert import Inventory, inventory

_DEFAULT: Final = "PinYin"
_BREAKS: Final = ("#1", "#2", "#3", "#4")
_SPECIAL: Final = 2
"""Rows behind the symbols of every table: padding and end; most models have a third for the mask."""

_BYTES: Final = 256
_MOST: Final = 4_096
_LONGEST: Final = 64
"""Symbols of an inventory, and characters of a symbol."""

_LANGUAGES: Final = {
    "zh-cn": "PinYin",
    "hk_cantonese": "ZhHK",
    "cantonese": "ZhHK",
    "shanghai": "WuuShanghai",
}
"""Names of a language that the front end of the time used."""


class Alphabet(NamedTuple):
    """What the tables of a voice stand for.

    Attributes:
        inventory: symbols in the order of their ids.
        speakers: the same.
        remark: English, what was guessed; empty when nothing was.
    """

    inventory: Inventory
    speakers: tuple[str, ...]
    remark: str = ""


def own_alphabet(
    model: ModelFolder, home: str, unit: LinguisticUnit, language: str, rows: VocabularySizes
) -> Alphabet:
    """The inventory of a voice of 2022, which brings a text file for each field, one symbol a line.

    Args:
        model: the directory.
        home: the voice's folder.
        unit: names of the files.
        language: as `configuration.json` names it.
        rows: of the embedding tables.

    Raises:
        ModelError: a file is missing or unusable, or the tables are of other sizes.
    """

    def symbols(name: str) -> tuple[str, ...]:
        if not name:
            raise model_error(
                "configuration.json",
                "缺少 linguistic_unit 的符号表文件名",
                "names of inventories are missing",
            )
        return _lines(model.require_file(join_path(home, name)))

    found = Inventory(
        language=_LANGUAGES.get(language.lower(), language),
        phones=symbols(unit.sy),
        tones=symbols(unit.tone),
        syllable_flags=symbols(unit.syllable_flag),
        word_segments=symbols(unit.word_segment),
        emotions=symbols(unit.emo_category),
        has_mask=_has_mask(rows, len(symbols(unit.emo_category))),
    )
    return Alphabet(
        _fitting(_canonical(found), rows, home), _check_count(symbols(unit.speaker), rows, found, home)
    )


def alphabet(model: ModelFolder, home: str, unit: LinguisticUnit, rows: VocabularySizes) -> Alphabet:
    """The inventory of a voice since December 2022: of its `dict/<language>` if it brings one, else of the
    language.

    Args:
        model: the directory.
        home: the voice's folder.
        unit: names the language and the speakers.
        rows: of the embedding tables.

    Raises:
        ModelError: the language is unknown, or the tables are of other sizes.
    """
    speakers = tuple(name.strip() for name in unit.speaker_list.split(",")) if unit.speaker_list else ("F7",)
    language = _LANGUAGES.get(unit.language.lower(), unit.language)
    remark = ""
    phones = model.file(join_path(home, f"dict/{unit.language}/PhoneSet.xml"))
    if phones is not None:
        tones = model.require_file(join_path(home, f"dict/{unit.language}/tonelist.txt"))
        found = _own_inventory(language, phones, tones, rows)
    else:
        found, remark = _known_inventory(language, rows, home)
    return Alphabet(_fitting(found, rows, home), _check_count(speakers, rows, found, home), remark)


def _known_inventory(language: str, rows: VocabularySizes, home: str) -> tuple[Inventory, str]:
    """The inventory of a known language; of Mandarin if the sizes are its own: KAN-TTS takes unknown ones for
    it.
    """
    emotions = len(inventory(_DEFAULT).emotions)
    has_mask = _has_mask(rows, emotions)
    try:
        return inventory(language, has_mask=has_mask), ""
    except VoicePackageError as error:
        mandarin = inventory(_DEFAULT, has_mask=has_mask)
        if (rows.phones, rows.tones) == (mandarin.sizes.phones, mandarin.sizes.tones):
            return mandarin, f"Its language {language!r} is unknown; the sizes of its tables are Mandarin's."
        raise model_error(
            home,
            f"语言 {language} 的符号表不在模型中，也不是内置的语言",
            f"the symbols of language {language} are neither in the model nor built in",
        ) from error


def _own_inventory(language: str, phones: ModelFile, tones: ModelFile, rows: VocabularySizes) -> Inventory:
    """From the front end's own tables, which hold phones and tones; the other fields are always the same."""
    shared = inventory(_DEFAULT)
    return _canonical(
        Inventory(
            language=language,
            phones=(*_phone_names(phones), *_BREAKS),
            tones=tuple(f"tone{line}" if line else "tone_none" for line in _lines(tones)),
            syllable_flags=shared.syllable_flags,
            word_segments=shared.word_segments,
            emotions=shared.emotions,
            has_mask=_has_mask(rows, len(shared.emotions)),
        )
    )


def _canonical(found: Inventory) -> Inventory:
    """With the language's name as we spell it, where we know it."""
    try:
        language = inventory(found.language).language
    except VoicePackageError:
        return found
    return Inventory(
        language,
        found.phones,
        found.tones,
        found.syllable_flags,
        found.word_segments,
        found.emotions,
        found.has_mask,
    )


def _has_mask(rows: VocabularySizes, emotions: int) -> bool:
    return rows.emotions != emotions + _SPECIAL


def _fitting(found: Inventory, rows: VocabularySizes, home: str) -> Inventory:
    """
    Raises:
        ModelError: the tables have more or fewer rows than there are symbols.
    """
    sizes = found.sizes
    expected = [("emo_category", sizes.emotions, rows.emotions)]
    if rows.bytes:
        expected += [("byte_index", _BYTES + _SPECIAL + found.has_mask, rows.bytes)]
    else:
        expected += [
            ("sy", sizes.phones, rows.phones),
            ("tone", sizes.tones, rows.tones),
            ("syllable_flag", sizes.syllable_flags, rows.syllable_flags),
            ("word_segment", sizes.word_segments, rows.word_segments),
        ]
    for field, symbols, table in expected:
        if symbols != table:
            raise model_error(
                home,
                f"语言 {found.language} 的 {field} 有 {symbols} 项，检查点却有 {table} 行",
                f"{field} of language {found.language} has {symbols} entries, the checkpoint {table} rows",
            )
    return found


def _check_count(
    speakers: tuple[str, ...], rows: VocabularySizes, found: Inventory, home: str
) -> tuple[str, ...]:
    """
    Raises:
        ModelError: a name is unusable, or there are more or fewer rows than speakers.
    """
    if not all(0 < len(name) <= _LONGEST and name.isprintable() for name in speakers):
        raise model_error(home, "发音人列表中有不可用的名称", "a name in its list of speakers is unusable")
    trained = rows.speakers - _SPECIAL - found.has_mask
    if rows.speakers and trained != len(speakers):
        raise model_error(
            home,
            f"speaker_list 有 {len(speakers)} 个发音人，检查点却有 {trained} 个",
            f"speaker_list names {len(speakers)} speakers, the checkpoint has {trained}",
        )
    return speakers


def _lines(file: ModelFile) -> tuple[str, ...]:
    """Lines of a list of symbols; an empty one counts, except at the end.

    Raises:
        ModelError: there are too many, or one is too long.
    """
    lines = tuple(line.strip() for line in file.text().splitlines())
    if not 0 < len(lines) <= _MOST or max(map(len, lines)) > _LONGEST:
        raise model_error(file.name, "不是每行一个符号的列表", "it is no list of one symbol a line")
    return lines


def _phone_names(file: ModelFile) -> tuple[str, ...]:
    """`<phone><name>` of a `PhoneSet.xml`, in its order.

    Raises:
        ModelError: it is no such file, or declares a document type, whose entities could expand without end.
    """
    reader = _PhoneReader()
    try:
        reader.parser.Parse(file.text().encode(), True)
    except (expat.ExpatError, ValueError) as error:
        raise model_error(file.name, "不是有效的 PhoneSet.xml", "it is no valid PhoneSet.xml") from error
    if not 0 < len(reader.names) <= _MOST or max(map(len, reader.names)) > _LONGEST:
        raise model_error(file.name, "不是有效的 PhoneSet.xml", "it is no valid PhoneSet.xml")
    return tuple(name.strip() for name in reader.names)


class _PhoneReader:
    """Collects the text of each `name` inside a `phone`."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._path: list[str] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._path.append(name)
        if self._path[-2:] == ["phone", "name"]:
            self.names.append("")

    def _end(self, _name: str) -> None:
        self._path.pop()

    def _text(self, text: str) -> None:
        if self._path[-2:] == ["phone", "name"]:
            self.names[-1] += text

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type")
