"""What was learned, as the voice package that comes with the program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from huisheng.export.contract import contract_of
from huisheng.export.parallel import VoiceCard, export_voice
from huisheng.text.symbols.sambert import category
from huisheng.training.corpus import Corpus, CorpusReader
from huisheng.training.results import best_acoustic, best_vocoder
from huisheng.types import EmotionName
from huisheng.voice.builtin import BUILTIN, builtin_folder
from huisheng.voice.load import load_package
from huisheng.voice.manifest import Person
from recipes.builtin.speakers import recipes

VERSION: Final = "1.0"
LICENCE: Final = "Apache-2.0"
REMARKS: Final = (
    "Trained on speech of Kokoro-82M in blends of its timbres, on texts written for this program; "
    "recipes/builtin makes it again. See card.md."
)

STRENGTHS: Final[Mapping[EmotionName, float]] = {
    "sad": 1.1,
    "angry": 1.25,
    "fearful": 1.2,
    "surprised": 1.15,
    "affectionate": 1.2,
    "formal": 1.15,
}
"""How many times as far from neutral as it was learned an emotion is spoken at intensity 1. In the mean what
was learned is right, but sentences scatter a little more than the teacher's, and emotions that scatter are
told apart less; this makes up for it (docs/experiments.md)."""

_HERE: Final = Path(__file__).parent
_TEXT_OF_LICENCE: Final = _HERE.parents[1] / "LICENSE"


class TrainedStages(NamedTuple):
    """Stages of training whose best weights are shipped."""

    acoustic: str = "acoustic-judged"
    vocoder: str = "vocoder-judged"


def ship(home: Path, folder: Path | None = None, trained: TrainedStages | None = None) -> Path:
    """Export the voice.

    Args:
        home: where everything that was learned lies.
        folder: that holds packages; the program's own when None.
        trained: stages; the last ones when None.

    Returns:
        The folder of the package.

    Raises:
        CorpusError: a training is damaged.
        SetupError: one is missing.
        ModelError: the graphs do not say what the networks say.
    """
    corpus = CorpusReader(home / "corpus").corpus
    stages = trained or TrainedStages()
    acoustic = best_acoustic(home / stages.acoustic, corpus)
    vocoder = best_vocoder(home / stages.vocoder, corpus)
    return export_voice(acoustic, vocoder, card(corpus), folder or builtin_folder())


def card(corpus: Corpus) -> VoiceCard:
    """What the package says of itself."""
    return VoiceCard(
        name=BUILTIN,
        inventory=corpus.inventory,
        speakers=corpus.speakers,
        licence=LICENCE,
        origins=load_package("kokoro").manifest.origins,
        remarks=REMARKS,
        version=VERSION,
        people=tuple(_people()),
        energy=corpus.energy,
        strengths={category(name): strength for name, strength in STRENGTHS.items()},
        mel=contract_of(corpus),
        documents={
            "card.md": (_HERE / "card.md").read_text(encoding="utf-8"),
            "licence.txt": _TEXT_OF_LICENCE.read_text(encoding="utf-8"),
        },
    )


def _people() -> list[Person]:
    return [Person(**recipe.model_dump(include=set(Person.model_fields))) for recipe in recipes().values()]
