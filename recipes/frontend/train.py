"""Train the front-end's models from the texts in this folder: `python -m recipes.frontend.train [NAME …]`.

    polyphones/*.txt   lines under a heading `= character reading`: every such character in them is read so;
                       as many for a rare reading as for a common one
    natural/*.txt      the same, with each reading as often as running text has it
    shares.tsv         character, `reading=count …`: how often each reading was counted in running text
    emotions/*.tsv     text, emotion, strength
    breaks/*.txt       sentences with `|` where a phrase ends

Each model is written into the package that uses it; the same sentences give the same bytes.
"""

from __future__ import annotations

import argparse
import re
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from huisheng.text import emotion, prosody, segmentation
from huisheng.text.dictionary import open_dictionary
from huisheng.text.linear import save
from huisheng.text.normalization.normalizer import normalize
from huisheng.text.pronunciation import lexicon
from huisheng.text.pronunciation.lexicon import Lexicon
from huisheng.text.pronunciation.polyphones import EDGE, CharacterContext, features, word_group
from huisheng.text.pronunciation.reader import Reader
from huisheng.text.segmentation import Segmenter, phrases
from huisheng.training.linear import Example, Recipe, Shares, fit

HERE = Path(__file__).parent
WORDS_EACH = 150
"""Words of the dictionary for a character."""
WORD_WEIGHT = 0.25
"""Weight of such a word beside a sentence."""
USUAL = 0.96
"""Share of a reading from which it is taken for granted where nothing else is known."""
RUNNING_EACH = 150
"""Running texts for a character with a dominant reading."""
RUNNING_WEIGHT = 0.4
"""Weight of such a text beside a sentence."""
PARTICLES = frozenset("得吗吧的地着了")
"""Light by themselves, not by the word that they stand in."""
TEXT = HERE.parents[1] / "src" / "huisheng" / "text"


class Labelled(NamedTuple):
    """A sentence in which every `character` is read `reading`."""

    text: str
    character: str
    reading: str


class Model(NamedTuple):
    """What can be trained: its examples, how to fit them, where the result goes.

    Attributes:
        sources: files that it is made from.
        examples: makes them.
        recipe: how to fit.
        target: file of the model.
        shares: gives those of labels in running text.
    """

    sources: tuple[Path, ...]
    examples: Callable[[], list[Example]]
    recipe: Recipe
    target: Path
    shares: Callable[[], Shares] = dict


def main(arguments: Sequence[str] | None = None) -> int:
    """Train all models, or those that are named."""
    models = all_models()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join(models))
    for name in parser.parse_args(arguments).names or models:
        model = models[name]
        examples = model.examples()
        content = save(fit(examples, model.recipe, fingerprint(model.sources), model.shares()))
        model.target.write_bytes(content)
    return 0


def all_models() -> dict[str, Model]:
    """The models by name."""
    balanced = tuple(sorted((HERE / "polyphones").glob("*.txt")))
    natural = tuple(sorted((HERE / "natural").glob("*.txt")))
    counted = HERE / "shares.tsv"
    emotions = tuple(sorted((HERE / "emotions").glob("*.tsv")))
    phrasing_texts = tuple(sorted((HERE / "breaks").glob("*.txt")))
    return {
        "polyphones": Model(
            (*balanced, *natural, counted),
            lambda: list(
                polyphone_examples(
                    tuple(read_labelled([*balanced, *natural])),
                    running_text(natural, phrasing_texts, emotions),
                    usual_readings(read_shares(counted, natural)) | usual_readings(read_shares(counted, [])),
                )
            ),
            Recipe(prior=0.8, balance=0.6, natural=0.8, smallest=0.025),
            TEXT / "pronunciation" / "data" / "polyphones.model",
            lambda: read_shares(counted, natural),
        ),
        "emotion": Model(
            emotions,
            lambda: list(emotion_examples(emotions)),
            Recipe(prior=0.2, balance=0.5, steps=80, smallest=0.02),
            TEXT / "data" / "emotion.model",
        ),
        "breaks": Model(
            phrasing_texts,
            lambda: list(break_examples(phrasing_texts)),
            Recipe(prior=4.0, balance=0.0, steps=100, smallest=0.01),
            TEXT / "data" / "breaks.model",
        ),
    }


def fingerprint(paths: Sequence[Path]) -> str:
    """CRC-32 of the sentences, with any line ends."""
    checksum = 0
    for path in paths:
        checksum = zlib.crc32(path.read_text(encoding="utf-8").encode(), checksum)
    return f"{checksum:08x}"


def running_text(natural: Sequence[Path], phrased: Sequence[Path], emotions: Sequence[Path]) -> Iterator[str]:
    """The sentences of the other models, and those of other characters."""
    yield from (sentence.text for sentence in read_labelled(natural))
    for path in phrased:
        yield from (re.sub("[|/]", "", line) for line in path.read_text(encoding="utf-8").splitlines())
    for path in emotions:
        yield from (line.partition("\t")[0] for line in path.read_text(encoding="utf-8").splitlines())


def read_shares(counted: Path, natural: Sequence[Path]) -> Shares:
    """How often each reading of a character was counted: in the table, and in our own natural sentences."""
    shares: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in counted.read_text(encoding="utf-8").splitlines():
        character, _, counts = line.partition("\t")
        for reading, _, count in (each.partition("=") for each in counts.split()):
            shares[character][reading] += int(count)
    for sentence in read_labelled(natural):
        shares[sentence.character][sentence.reading] += 1
    return shares


def usual_readings(shares: Shares) -> dict[str, str]:
    """The characters that are nearly always read one way, and that way."""
    found: dict[str, str] = {}
    for character, counts in shares.items():
        reading = max(counts, key=lambda each: (counts[each], each))
        if counts[reading] >= USUAL * sum(counts.values()):
            found[character] = reading
    return found


def read_labelled(paths: Sequence[Path]) -> Iterator[Labelled]:
    """The sentences of the files."""
    for path in paths:
        character = reading = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("= "):
                _, character, reading = line.split()
            elif line.strip():
                yield Labelled(line.strip(), character, reading)


def polyphone_examples(
    sentences: Sequence[Labelled], running: Iterator[str], usual: Mapping[str, str]
) -> Iterator[Example]:
    """Examples of every kind; what two files tell alike counts once.

    Args:
        sentences: in which a character is labelled.
        running: text without labels, as people write it.
        usual: readings of characters that hardly ever have another.
    """
    tools = tools_of_training()
    counts = Counter((sentence.character, sentence.reading) for sentence in sentences)
    legal: dict[str, set[str]] = {}
    for character, reading in counts:
        legal.setdefault(character, set()).add(reading)
    for sentence in dict.fromkeys(sentences):
        for place in places(sentence.text, sentence.character, tools.segmenter):
            group = group_of(place, legal[sentence.character])
            yield Example(group, sentence.reading, features(place, tools.reader.evidence(place)))
    yield from dictionary_examples(legal, tools)
    yield from running_examples(legal, usual, running, tools)


def group_of(place: CharacterContext, readings: set[str]) -> str:
    """The character; or the word, where its sense decides between readings that differ by a light tone."""
    light = any(f"{reading[:-1]}5" in readings for reading in readings if not reading.endswith("5"))
    if light and place.character not in PARTICLES:
        return word_group(place.words[place.position].text, place.offset)
    return place.character


def running_examples(
    legal: Mapping[str, set[str]], usual: Mapping[str, str], running: Iterator[str], tools: Tools
) -> Iterator[Example]:
    """Characters in text that was not written for them: words are read as words, rare readings stay rare."""
    left: Counter[tuple[str, bool]] = Counter()
    for text in running:
        for character in dict.fromkeys(c for c in text if c in legal):
            for place in places(text, character, tools.segmenter):
                evidence = tools.reader.evidence(place)
                proposed = next((each.partition("=")[2] for each in evidence if "=" in each), "")
                reading = proposed or usual.get(character, "")
                left[character, bool(proposed)] += 1
                if reading in legal[character] and left[character, bool(proposed)] <= RUNNING_EACH:
                    group = group_of(place, legal[character])
                    yield Example(group, reading, features(place, evidence), RUNNING_WEIGHT)


def dictionary_examples(legal: dict[str, set[str]], tools: Tools) -> Iterator[Example]:
    """The commonest words with each character: they teach how far a dictionary can be trusted."""
    left = dict.fromkeys(legal, WORDS_EACH)
    for word in segmentation.commonest_words():
        for offset, reading in enumerate(tools.readings.word(word.text) or ()):
            character = word.text[offset]
            if reading in legal.get(character, ()) and left[character]:
                left[character] -= 1
                place = CharacterContext((word,), 0, offset, word.text, offset)
                seen = inner(place, tools.reader.evidence(place))
                yield Example(group_of(place, legal[character]), reading, seen, WORD_WEIGHT)


def inner(place: CharacterContext, evidence: Sequence[str]) -> list[str]:
    """The features of a word that do not tell of what stands around it."""
    return [
        feature for feature in features(place, evidence) if EDGE not in feature and feature[0] not in "en"
    ]


def emotion_examples(paths: Sequence[Path]) -> Iterator[Example]:
    """For every text its emotion, and its strength where that is not neutral."""
    segmenter = tools_of_training().segmenter
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            text, label, strength = line.split("\t")
            present = emotion.features(text, segmenter)
            yield Example(emotion.EMOTION, label, present)
            if label != emotion.LABELS[0]:
                yield Example(emotion.STRENGTH, strength, [*present, f"is{label}"])


def break_examples(paths: Sequence[Path]) -> Iterator[Example]:
    """Every place between two words, but for those marked as neither right nor wrong."""
    segmenter = tools_of_training().segmenter
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            text, broken, open_places = read_breaks(line)
            for phrase in phrases(normalize(text), segmenter):
                place = 0
                for word, features_here in zip(phrase.words, prosody.features(phrase.words), strict=False):
                    place += len(word.text)
                    start = phrase.spans[place].start
                    if start not in open_places:
                        label = prosody.YES if start in broken else prosody.NO
                        yield Example(prosody.BREAK, label, features_here)


def read_breaks(line: str) -> tuple[str, set[int], set[int]]:
    """A sentence without its marks of phrasing, where it is broken, and where it may be."""
    text, broken, open_places = "", set[int](), set[int]()
    for character in line:
        if character == "|":
            broken.add(len(text))
        elif character == "/":
            open_places.add(len(text))
        else:
            text += character
    return text, broken, open_places


def places(text: str, character: str, segmenter: Segmenter) -> Iterator[CharacterContext]:
    """Where a character stands in a text, with the words around it."""
    for phrase in phrases(normalize(text), segmenter):
        whole = "".join(word.text for word in phrase.words)
        index = 0
        for position, word in enumerate(phrase.words):
            for offset, found in enumerate(word.text):
                if found == character:
                    yield CharacterContext(phrase.words, position, offset, whole, index)
                index += 1


class Tools(NamedTuple):
    """The parts of the front-end that features are made with."""

    segmenter: Segmenter
    readings: Lexicon
    reader: Reader


@cache
def tools_of_training() -> Tools:
    """The front-end's own parts, without the models that are to be trained."""
    readings = Lexicon(open_dictionary(lexicon.source()))
    segmenter = Segmenter(open_dictionary(segmentation.source(lexicon.own_words())))
    return Tools(segmenter, readings, Reader(readings, None))


if __name__ == "__main__":
    sys.exit(main())
