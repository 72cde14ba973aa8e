"""Networks come back out of their trainings, and out of nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.unit.training.toy_corpus import description

from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.errors import CorpusError, SetupError
from huisheng.training import checkpoints
from huisheng.training.acoustic import AcousticModelWithLoss, parallel_config
from huisheng.training.results import best_acoustic, best_vocoder
from huisheng.training.train import spectral_config
from huisheng.training.vocoder import VocoderWithLoss
from huisheng.vocoder.spectral import SpectralGenerator


def train_model(folder: Path) -> VocoderWithLoss:
    """A training that has come to something."""
    model = VocoderWithLoss(SpectralGenerator(spectral_config(description())))
    checkpoints.save({"learner": model.state_dict()}, folder, checkpoints.BEST)
    return model


def test_the_weights_are_the_best_of_the_training(tmp_path: Path) -> None:
    model = train_model(tmp_path)

    found = best_vocoder(tmp_path, description())

    assert found.config == model.generator.config
    for name, value in model.generator.state_dict().items():
        torch.testing.assert_close(found.state_dict()[name], value, rtol=0, atol=0)


def test_an_acoustic_model_is_the_best_of_its_training_and_speaks(tmp_path: Path) -> None:
    model = AcousticModelWithLoss(ParallelSamBert(parallel_config(description())))
    checkpoints.save({"learner": model.state_dict()}, tmp_path, checkpoints.BEST)

    found = best_acoustic(tmp_path, description())

    assert not found.training
    for name, value in model.model.state_dict().items():
        torch.testing.assert_close(found.state_dict()[name], value, rtol=0, atol=0)


def test_weights_of_a_vocoder_are_no_acoustic_model(tmp_path: Path) -> None:
    train_model(tmp_path)

    with pytest.raises(SetupError, match="没有用这份语料训练的声学模型"):
        best_acoustic(tmp_path, description())


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="没有用这份语料训练的声码器"):
        best_vocoder(tmp_path, description())


def test_weights_of_another_corpus_are_refused(tmp_path: Path) -> None:
    train_model(tmp_path)

    with pytest.raises(SetupError, match="没有用这份语料训练的声码器"):
        best_vocoder(tmp_path, description().model_copy(update={"mels": 30}))


def test_weights_of_an_acoustic_model_are_refused(tmp_path: Path) -> None:
    checkpoints.save({"learner": {"model.weight": torch.ones(2)}}, tmp_path, checkpoints.BEST)

    with pytest.raises(SetupError, match="没有用这份语料训练的声码器"):
        best_vocoder(tmp_path, description())


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / checkpoints.BEST).write_bytes(b"nonsense")

    with pytest.raises(CorpusError):
        best_vocoder(tmp_path, description())
