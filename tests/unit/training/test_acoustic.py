"""Training of the acoustic model: its batches, and their targets."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from tests.unit.training import toy_corpus as toy

from huisheng.acoustic.config import AcousticConfig, BlockConfig, FsmnConfig, ParallelConfig, VocabularySizes
from huisheng.acoustic.contours import SEMITONE, Contours, f0_of
from huisheng.acoustic.parallel import ParallelOutput, ParallelSamBert
from huisheng.convnext import StackConfig
from huisheng.training.acoustic import (
    AcousticBatch,
    AcousticData,
    AcousticModelWithLoss,
    acoustic_losses,
    interpolate_f0,
    parallel_config,
)
from huisheng.training.adversarial import CROP, AdversarialAcousticModel, crop_mels
from huisheng.training.corpus import CorpusReader
from huisheng.training.discriminators import MelDiscriminator
from huisheng.training.distributed import SINGLE_PROCESS
from huisheng.training.settings import TrainingSettings
from huisheng.training.steps import AdversarialTraining, SupervisedTraining

SMALL = AcousticConfig(
    vocabulary=VocabularySizes(170, 10, 8, 8, 2, 2),
    embedding=16,
    encoder=BlockConfig(1, 2, 16, 24, 0.0, 0.0, 0.0),
    text_units=16,
    speaker_units=4,
    emotion_units=4,
    predictor=FsmnConfig(5, 1, 8, 16, 0.0, 0),
    predictor_lstm=8,
    mels=toy.MELS,
    parallel=ParallelConfig(StackConfig(1, 16, 24, 3), StackConfig(1, 16, 24, 3)),
)

SETTINGS = TrainingSettings(peak_rate=1e-3, warmup_steps=1, steps=20, mixed_precision=False)


@pytest.fixture
def data(tmp_path: Path) -> AcousticData:
    return AcousticData(CorpusReader(toy.write(tmp_path)), held_out=False, frames=120)


@pytest.fixture
def model() -> AcousticModelWithLoss:
    cast("Any", torch).manual_seed(0)
    return AcousticModelWithLoss(ParallelSamBert(SMALL)).eval()


def truth(batch: AcousticBatch) -> ParallelOutput:
    """What a perfect model would say at normal pitch and speed."""
    frames = torch.arange(batch.mels.shape[1]) < batch.durations.sum(dim=1)[:, None]
    return ParallelOutput(
        log_durations=torch.log1p(batch.durations * batch.speeds[:, None]),
        contours=Contours(batch.pitch - batch.shifts[:, None], (batch.voicing - 0.5) * 100.0, batch.energy),
        mel=batch.mels,
        valid=frames,
    )


def test_an_epoch_holds_every_utterance_once(data: AcousticData) -> None:
    for seed in range(3):
        places = [place for batch in data.batches(seed) for place in batch]

        assert Counter(places) == Counter(range(toy.COUNT - 3))


def test_no_batch_is_larger_than_asked_but_for_an_utterance_by_itself(data: AcousticData) -> None:
    for places in data.batches(1):
        batch = data.batch(places)

        assert len(places) == 1 or batch.mels.shape[0] * batch.mels.shape[1] <= 120


def test_batches_come_in_another_order_in_another_epoch(data: AcousticData) -> None:
    assert data.batches(1) != data.batches(2)
    assert data.batches(1) == data.batches(1)


def test_a_row_holds_what_the_corpus_holds(data: AcousticData) -> None:
    batch = data.batch([1, 4])
    arrays = toy.arrays(1)
    frames = len(arrays.f0)

    assert torch.equal(batch.lengths, torch.tensor([6, 9]))
    np.testing.assert_array_equal(batch.symbols[0, :6].numpy(), arrays.symbols)
    np.testing.assert_array_equal(batch.durations[0, :6].numpy(), arrays.durations)
    assert not batch.durations[0, 6:].any()
    np.testing.assert_allclose(batch.mels[0, :frames].numpy(), arrays.mel.astype(np.float32))
    voiced = arrays.voicing
    np.testing.assert_allclose(f0_of(batch.pitch[0, :frames]).numpy()[voiced], arrays.f0[voiced], rtol=1e-4)
    np.testing.assert_array_equal(batch.voicing[0, :frames].numpy() > 0.5, voiced)
    assert float(batch.shifts[0]) == pytest.approx(3.0 * SEMITONE)


def test_pitch_goes_on_in_a_line_where_nothing_is_voiced() -> None:
    f0 = np.array([4.0, 100.0, 3.0, 3.0, 3.0, 400.0, 5.0], dtype=np.float32)

    np.testing.assert_allclose(
        interpolate_f0(f0), [100.0, 100.0, 100.0 * 2**0.5, 200.0, 200.0 * 2**0.5, 400.0, 400.0], rtol=1e-5
    )


def test_a_perfect_model_costs_nothing_however_high_and_fast_it_was_said(data: AcousticData) -> None:
    batch = data.batch([0, 1, 2])

    cost = acoustic_losses(batch, truth(batch))

    assert float(cost.total) == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("field", ["shifts", "speeds"])
def test_melody_and_time_are_learned_as_they_are_at_normal_pitch_and_speed(
    data: AcousticData, field: str
) -> None:
    batch = data.batch([1])
    usual = torch.zeros(1) if field == "shifts" else torch.ones(1)
    untold = AcousticBatch(
        **{name: getattr(batch, name) for name in batch.__dataclass_fields__} | {field: usual}
    )

    cost = acoustic_losses(untold, truth(batch))

    assert float(cost.pitch if field == "shifts" else cost.duration) > 0.01


def test_padding_costs_nothing(data: AcousticData, model: AcousticModelWithLoss) -> None:
    with torch.no_grad():
        both = model.predict(data.batch([0, 8]))
        alone = model.predict(data.batch([0]))
    frames = alone.mel.shape[1]

    torch.testing.assert_close(both.mel[0, :frames], alone.mel[0], atol=1e-5, rtol=1e-5)
    assert not both.valid[0, frames:].any()


def test_an_emotion_of_no_intensity_is_neutral(data: AcousticData, model: AcousticModelWithLoss) -> None:
    batch = data.batch([1])
    faint = replace(batch, intensities=torch.zeros(1))
    neutral = replace(batch, emotions=torch.zeros(1, dtype=torch.long))

    torch.testing.assert_close(model.inputs(faint).emotions, model.inputs(neutral).emotions)
    assert not torch.equal(model.inputs(batch).emotions, model.inputs(neutral).emotions)


def test_the_published_shape_fits_the_corpus_and_the_package(tmp_path: Path) -> None:
    corpus = CorpusReader(toy.write(tmp_path)).corpus

    model = ParallelSamBert(parallel_config(corpus))

    weights = sum(weight.numel() for weight in model.parameters())
    assert model.config.vocabulary.phones >= len(corpus.phones)
    assert 8_500_000 < weights < 9_500_000


def test_steps_make_the_cost_smaller(data: AcousticData, model: AcousticModelWithLoss) -> None:
    settings = TrainingSettings(peak_rate=1e-2, warmup_steps=1, steps=40, mixed_precision=False)
    training = SupervisedTraining(model, settings, SINGLE_PROCESS)
    batch = data.batch([0, 1, 2])

    costs = [training.train_step([batch], number) for number in range(40)]

    assert costs[-1]["duration"] < 0.5 * costs[0]["duration"]
    assert costs[-1]["mel"] < costs[0]["mel"]


def test_crops_are_the_same_stretch_of_both_and_never_reach_behind_the_end(data: AcousticData) -> None:
    batch = data.batch([6, 7, 8])
    said = truth(batch)

    made, wanted = crop_mels(said, batch)

    assert made.shape[1:] == (CROP, toy.MELS)
    torch.testing.assert_close(made, wanted)
    long = said.valid.sum(dim=1) >= CROP
    assert len(made) == max(1, int(long.sum()))


def test_adversarial_training_improves_the_discriminator_and_changes_the_model(
    data: AcousticData, model: AcousticModelWithLoss
) -> None:
    cast("Any", torch).manual_seed(0)
    gan = AdversarialAcousticModel(model, MelDiscriminator(channels=4))
    before = [weight.detach().clone() for weight in gan.parameters()]
    training = AdversarialTraining(gan, SETTINGS, SINGLE_PROCESS)

    values = [training.train_step([data.batch([6, 7, 8])], number) for number in range(8)]

    assert {"mel", "recorded", "made", "adversarial", "matching", "norm"} <= values[0].keys()
    assert values[-1]["recorded"] + values[-1]["made"] < values[0]["recorded"] + values[0]["made"]
    changed = [not torch.equal(old, new) for old, new in zip(before, gan.parameters(), strict=True)]
    assert sum(changed) > 0.9 * len(changed)
