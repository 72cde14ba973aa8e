"""What was learned becomes the package that the program brings along."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import torch
from recipes.builtin.features import describe
from recipes.builtin.shipping import STRENGTHS, TrainedStages, ship
from recipes.builtin.speakers import recipes
from tests.unit.recipes.builtin.toy_teacher import publish_teacher

from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.engines.families import two_stage_engine
from huisheng.errors import SetupError
from huisheng.text.frontend import Frontend
from huisheng.text.symbols.sambert import category
from huisheng.training import checkpoints
from huisheng.training.acoustic import AcousticModelWithLoss, parallel_config
from huisheng.training.corpus import CorpusWriter
from huisheng.training.train import spectral_config
from huisheng.training.vocoder import VocoderWithLoss
from huisheng.vocoder.spectral import SpectralGenerator
from huisheng.voice.load import VoicePackage, read_package
from huisheng.voice.store import HOME_VARIABLE

LIMIT = 25_000_000
"""Bytes that the package may take."""


@pytest.fixture(scope="module")
def trained_home(tmp_path_factory: pytest.TempPathFactory, frontend: Frontend) -> Path:
    """A home with a corpus of nothing, and trainings in which nothing was learned."""
    home, corpus = tmp_path_factory.mktemp("home"), describe((0.0, 1.0))
    publish_teacher(home / "voices", frontend)
    CorpusWriter(home / "corpus").finish(corpus, ())
    cast("Any", torch).manual_seed(1)
    acoustic = AcousticModelWithLoss(ParallelSamBert(parallel_config(corpus)))
    vocoder = VocoderWithLoss(SpectralGenerator(spectral_config(corpus)))
    for name, learner in zip(TrainedStages(), (acoustic, vocoder), strict=True):
        checkpoints.save({"learner": learner.state_dict()}, home / name, checkpoints.BEST)
    return home


@pytest.fixture(scope="module")
def package(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> VoicePackage:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(trained_home))
        return read_package(ship(trained_home, tmp_path_factory.mktemp("voices")))


def test_its_voices_are_the_people_of_the_recipe(package: VoicePackage) -> None:
    voices = two_stage_engine(package.manifest, lambda: package).capabilities.voices

    assert [(voice.id, voice.name) for voice in voices] == [(one.id, one.name) for one in recipes().values()]


def test_every_one_of_them_shows_every_emotion(package: VoicePackage) -> None:
    voices = two_stage_engine(package.manifest, lambda: package).capabilities.voices

    assert {len(voice.emotions) for voice in voices} == {9}


def test_it_holds_its_card_and_its_licence(package: VoicePackage) -> None:
    card = package.path("card.md").read_text(encoding="utf-8")
    assert "Kokoro" in card
    assert f"Version {package.manifest.version}," in card
    assert "Apache License" in package.path("licence.txt").read_text(encoding="utf-8")


def test_it_states_the_spectrogram_between_its_networks(package: VoicePackage) -> None:
    assert package.manifest.mel is not None
    assert package.manifest.mel.bands == 100


def test_its_emotions_are_as_strong_as_the_recipe_says(package: VoicePackage) -> None:
    known = package.manifest.sambert

    assert known is not None
    assert known.strengths == {category(name): strength for name, strength in STRENGTHS.items()}


def test_it_is_small_enough_for_a_repository(package: VoicePackage) -> None:
    assert sum(path.stat().st_size for path in package.directory.iterdir()) <= LIMIT


def test_a_missing_training_is_refused(trained_home: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="没有用这份语料训练的声学模型"):
        ship(trained_home, tmp_path, TrainedStages(acoustic="nowhere"))
