"""What the corpus covers: sounds, tones in context, kinds of sentences, emotions; and what it lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, product
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.sections import table

from huisheng.emotion.names import NAMES
from huisheng.emotion.styles import STYLES
from huisheng.engines.kokoro_voices import SAMPLE_RATE
from huisheng.errors import UnpronounceableSymbol
from huisheng.text.dictionary import open_dictionary
from huisheng.text.frontend import Frontend
from huisheng.text.pronunciation import lexicon
from huisheng.text.pronunciation.lexicon import Lexicon
from huisheng.text.symbols.sambert import inventory, transcribe, with_marked_breaks
from huisheng.types import EnglishWord, Intonation, Sentence, Syllable
from recipes.builtin import speaking
from recipes.builtin.planning import PlannedUtterance
from recipes.builtin.speakers import recipes

PAGE: Final = Path(__file__).with_name("COVERAGE.md")

INTRODUCTION: Final = """# 自带音色的语料覆盖

由 `make train-voice STAGES=cover` 从计划算出。音节和声调都按变调之后的读音计，声调组合不跨标点。
"""

TONES: Final = "12345"
LENGTHS: Final = (1, 5, 10, 15, 20, 30, 40)
"""Syllables and English words at which the classes of length begin."""
SCARCE: Final = 3
"""Times below which something is scarce."""

_HAN: Final = range(0x4E00, 0xA000)
_RARE: Final = b"\xd8\xa1"
"""Where the second level of GB 2312 begins, in EUC-CN."""
_SHOWN: Final = 2
"""Characters that are shown of a syllable."""
_INTONATIONS: Final = {
    Intonation.STATEMENT: "陈述",
    Intonation.QUESTION: "疑问",
    Intonation.EXCLAMATION: "感叹",
    Intonation.SUSPENSION: "省略",
    Intonation.CONTINUATION: "未完",
    Intonation.LIST: "列举",
    Intonation.QUOTATION: "引语",
}


class CoveredSentence(NamedTuple):
    """One sentence of the corpus.

    Attributes:
        utterance: of the plan.
        sentence: as it is read.
        seconds: that its recording lasts; 0 where there is none.
    """

    utterance: PlannedUtterance
    sentence: Sentence
    seconds: float

    @property
    def length(self) -> int:
        """Syllables and English words."""
        return sum(isinstance(item, Syllable | EnglishWord) for item in self.sentence.items)

    @property
    def syllables(self) -> list[Syllable]:
        """Mandarin ones."""
        return [item for item in self.sentence.items if isinstance(item, Syllable)]

    @property
    def words(self) -> list[EnglishWord]:
        """English ones; a letter that is named is a word."""
        return [item for item in self.sentence.items if isinstance(item, EnglishWord)]

    @property
    def runs(self) -> list[list[Syllable]]:
        """Syllables in a row, without marks or English between them."""
        grouped = groupby(self.sentence.items, key=lambda item: isinstance(item, Syllable))
        return [[item for item in run if isinstance(item, Syllable)] for spoken, run in grouped if spoken]


def read(plan: Iterable[PlannedUtterance], recordings: Path, frontend: Frontend) -> list[CoveredSentence]:
    """Every utterance of the plan with its sentence.

    Args:
        plan: of the corpus.
        recordings: folder of what was spoken so far.
        frontend: reads.
    """
    return [
        CoveredSentence(utterance, next(frontend.sentences(utterance.text)), _seconds(recordings, utterance))
        for utterance in plan
    ]


def page(corpus: Sequence[CoveredSentence]) -> str:
    """The whole report."""
    sections = {
        "规模": _extent(corpus),
        "音节": _syllables(corpus),
        "声调组合": _tones(corpus),
        "变调": _sandhi(corpus),
        "儿化与轻声": _colours(corpus),
        "学生的音素": _phones(corpus),
        "数字、符号与拉丁字母": table(["规则", "处"], _rows(rules(corpus))),
        "语气": table(["语气", "句"], _rows(intonations(corpus))),
        "英语": _english(corpus),
        "句长": table(["音节与英语词", "句"], _rows(lengths(corpus))),
        "情感": _emotion_counts(corpus),
    }
    return "\n".join([INTRODUCTION, *(f"## {title}\n\n{text}\n" for title, text in sections.items())])


def possible() -> dict[str, str]:
    """Syllable with its tone → characters of GB 2312-1980 that are mostly read so, the first level first.

    The neutral tone is left out: it is no character's own.
    """
    readings = Lexicon(open_dictionary(lexicon.source()))
    found: dict[str, str] = {}
    for character in sorted(filter(_is_encoded, map(chr, _HAN)), key=_place):
        reading = readings.character(character)
        if not reading.endswith("5"):
            found[reading] = found.get(reading, "") + character
    return found


def surfaces(corpus: Iterable[CoveredSentence]) -> Counter[str]:
    """How often each syllable is said; those with 儿 in them are counted elsewhere."""
    return Counter(item.surface for each in corpus for item in each.syllables if not _is_coloured(item))


def tones(corpus: Iterable[CoveredSentence], length: int) -> Counter[str]:
    """How often each sequence of so many tones is said."""
    return Counter(
        "".join(item.surface[-1] for item in run[start : start + length])
        for each in corpus
        for run in each.runs
        for start in range(len(run) - length + 1)
    )


def chains(corpus: Iterable[CoveredSentence]) -> Counter[int]:
    """How often so many third tones of the dictionary follow each other; one alone is no chain."""
    lengths = (
        len(list(chain))
        for each in corpus
        for run in each.runs
        for third, chain in groupby(run, key=lambda item: item.pinyin.endswith("3"))
        if third
    )
    return Counter(length for length in lengths if length > 1)


def readings(corpus: Iterable[CoveredSentence], character: str) -> Counter[str]:
    """How often a character is said in each way."""
    return Counter(item.surface for each in corpus for item in each.syllables if item.text == character)


def erhua(corpus: Iterable[CoveredSentence]) -> Counter[str]:
    """How often each syllable with 儿 in it is said."""
    return Counter(item.surface for each in corpus for item in each.syllables if _is_coloured(item))


def rules(corpus: Iterable[CoveredSentence]) -> Counter[str]:
    """How often each rule wrote out a number or a sign."""
    return Counter(note.rule for each in corpus for note in each.sentence.notes)


def intonations(corpus: Iterable[CoveredSentence]) -> Counter[str]:
    """Sentences by the melody of their end."""
    return Counter(_INTONATIONS[each.sentence.intonation] for each in corpus)


def lengths(corpus: Iterable[CoveredSentence]) -> dict[str, int]:
    """Sentences by their length, shortest first."""
    bounds = zip(LENGTHS, (*LENGTHS[1:], 0), strict=True)
    names = {low: f"{low}–{high - 1}" if high else f"{low} 以上" for low, high in bounds}
    counts = Counter(max(low for low in LENGTHS if low <= max(each.length, LENGTHS[0])) for each in corpus)
    return {name: counts[low] for low, name in names.items()}


def phones(corpus: Iterable[CoveredSentence]) -> dict[str, int]:
    """How often each phone and break of the student is asked for."""
    symbols = with_marked_breaks(inventory("PinYin"))
    counts = Counter[str]()
    for each in corpus:
        try:
            counts.update(symbol.phone for symbol in transcribe(each.sentence.items, symbols))
        except UnpronounceableSymbol:  # the corpus is without it, too
            continue
    return {phone: counts[phone] for phone in symbols.phones}


def _extent(corpus: Sequence[CoveredSentence]) -> str:
    spoken = sum(each.seconds > 0 for each in corpus)
    kinds = Counter(each.utterance.kind for each in corpus)
    total = (
        f"{len(corpus)} 句，{sum(len(each.syllables) for each in corpus)} 个音节，"
        f"{sum(len(each.words) for each in corpus)} 个英语词；已录 {spoken} 句，"
        f"{sum(each.seconds for each in corpus) / 60:.0f} 分钟。"
    )
    return f"{total}\n\n{table(['来源', '句'], _rows(kinds))}"


def _syllables(corpus: Sequence[CoveredSentence]) -> str:
    known, counts = possible(), surfaces(corpus)
    bases = {syllable[:-1] for syllable in known}
    unsaid = bases - {syllable[:-1] for syllable in counts}
    covered = [syllable for syllable in known if counts[syllable]]
    scarce = [syllable for syllable in covered if counts[syllable] < SCARCE]
    missing = sorted(set(known) - set(covered))
    common = [name for name in missing if _place(known[name][0]) < _RARE]
    rare = [name for name in missing if name not in common]
    return "\n\n".join(
        (
            "全部：GB 2312 里 6763 个汉字的最常用读音，不含轻声。",
            f"不计声调 {len(bases) - len(unsaid)}/{len(bases)}，没有的：{_join_names(sorted(unsaid))}。",
            f"计声调 {len(covered)}/{len(known)}，其中不足 {SCARCE} 次的 {len(scarce)} 个。没有的：",
            f"- 有一级字的：{_join_names([_format_syllable(name, known) for name in common])}。\n"
            f"- 只有二级字的：{_join_names([_format_syllable(name, known) for name in rare])}。",
        )
    )


def _tones(corpus: Sequence[CoveredSentence]) -> str:
    pairs, triples = tones(corpus, 2), tones(corpus, 3)
    rows = ([f"{first} 声", *(str(pairs[first + second]) for second in TONES)] for first in TONES)
    every = ["".join(triple) for triple in product(TONES, repeat=3)]
    missing = [triple for triple in every if not triples[triple]]
    grid = table(["前 ＼ 后", *(f"{tone} 声" for tone in TONES)], rows)
    return (
        f"相邻两个音节，5 声为轻声：\n\n{grid}\n\n"
        f"相邻三个音节：{len(every) - len(missing)}/{len(every)}，没有的：{_join_names(missing)}。"
    )


def _sandhi(corpus: Sequence[CoveredSentence]) -> str:
    found = sorted(chains(corpus).items())
    third = table(["连读的上声", "处"], ([f"{length} 个", str(count)] for length, count in found))
    spoken = {character: readings(corpus, character) for character in "一不"}
    rows = (
        [character, way, str(count)]
        for character, ways in spoken.items()
        for way, count in _by_frequency(ways)
    )
    return f"{third}\n\n{table(['字', '读作', '处'], rows)}"


def _colours(corpus: Sequence[CoveredSentence]) -> str:
    with_er, plain = erhua(corpus), surfaces(corpus)
    light = Counter({syllable: count for syllable, count in plain.items() if syllable.endswith("5")})
    pairs = tones(corpus, 2)
    behind = "，".join(f"{tone} 声之后 {pairs[tone + '5']}" for tone in TONES)
    return (
        f"儿化 {with_er.total()} 处，{len(with_er)} 种音节。\n\n"
        f"轻声 {light.total()} 处，{len(light)} 种音节：{behind}。"
    )


def _phones(corpus: Sequence[CoveredSentence]) -> str:
    counts = phones(corpus)
    unused = [phone for phone, count in counts.items() if not count]
    scarce = [f"{phone}（{count}）" for phone, count in counts.items() if 0 < count < SCARCE]
    return (
        f"{len(counts) - len(unused)}/{len(counts)}；没有用到的：{_join_names(unused)}；"
        f"不足 {SCARCE} 次的：{_join_names(scarce)}。"
    )


def _english(corpus: Sequence[CoveredSentence]) -> str:
    words = Counter(word.text for each in corpus for word in each.words)
    letters = Counter(text for text in words.elements() if len(text) == 1)
    sounds = Counter(phone.rstrip("012") for each in corpus for word in each.words for phone in word.phones)
    missing = [letter for letter in map(chr, range(ord("A"), ord("Z") + 1)) if not letters[letter]]
    return (
        f"单词 {words.total() - letters.total()} 个，{len(words) - len(letters)} 种；"
        f"字母 {letters.total()} 个，没有的：{_join_names(missing)}。\n\n"
        f"音素 {len(sounds)} 种（英语有 39 种），最少的："
        f"{_join_names([f'{phone}（{count}）' for phone, count in _by_frequency(sounds)[-5:]])}。"
    )


def _emotion_counts(corpus: Sequence[CoveredSentence]) -> str:
    labels = [STYLES[name].label for name in NAMES]
    cells = Counter((each.utterance.speaker, each.utterance.emotion) for each in corpus)
    minutes = Counter[str]()
    for each in corpus:
        minutes[each.utterance.speaker] += each.seconds / 60.0  # pyright: ignore[reportArgumentType]
    speakers = (
        [speaker, *(str(cells[speaker, name]) for name in NAMES), f"{minutes[speaker]:.0f}"]
        for speaker in recipes()
    )
    levels = sorted({each.utterance.intensity for each in corpus})
    strengths = Counter((each.utterance.emotion, each.utterance.intensity) for each in corpus)
    by_level = ([STYLES[name].label, *(str(strengths[name, level]) for level in levels)] for name in NAMES)
    return "\n\n".join(
        (
            "句数；最后一列是录音的分钟数。",
            table(["说话人", *labels, "分钟"], speakers),
            table(["强度", *(f"{level:g}" for level in levels)], by_level),
            f"快慢不同的 {sum(each.utterance.speed != 1 for each in corpus)} 句，"
            f"高低不同的 {sum(each.utterance.pitch != 0 for each in corpus)} 句。",
        )
    )


def _format_syllable(syllable: str, characters: Mapping[str, str]) -> str:
    """With a few of its characters."""
    return f"{syllable} {characters[syllable][:_SHOWN]}"


def _seconds(recordings: Path, utterance: PlannedUtterance) -> float:
    recording = speaking.load(recordings, utterance)
    return len(recording.samples) / SAMPLE_RATE if recording else 0.0


def _is_coloured(item: Syllable) -> bool:
    return len(item.text) > 1 and item.text.endswith("儿")


def _is_encoded(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _place(character: str) -> bytes:
    """Where a character stands in GB 2312: the 3,755 of the first level come before the others."""
    return character.encode("gb2312")


def _by_frequency(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The most frequent first; of the same number, by name."""
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _rows(counts: Mapping[str, int]) -> Iterator[list[str]]:
    ordered = _by_frequency(counts) if isinstance(counts, Counter) else counts.items()
    return ([name, str(count)] for name, count in ordered)


def _join_names(names: Sequence[str]) -> str:
    return "、".join(names) or "无"
