"""Training of the vocoder: crops in phase with their pulses."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from tests.unit.training import toy_corpus as toy

from huisheng.audio.source_filter import phase, pulses
from huisheng.convnext import StackConfig
from huisheng.training.adversarial import SPECTRAL_WEIGHT, AdversarialVocoder
from huisheng.training.corpus import FULL_SCALE, CorpusReader
from huisheng.training.discriminators import SmallDiscriminators
from huisheng.training.distributed import SINGLE_PROCESS
from huisheng.training.settings import TrainingSettings
from huisheng.training.steps import AdversarialTraining, SupervisedTraining
from huisheng.training.vocoder import CROP, CROPS, VocoderData, VocoderWithLoss, excitation
from huisheng.vocoder.config import SpectralConfig
from huisheng.vocoder.loss import Resolution
from huisheng.vocoder.spectral import SpectralGenerator

SMALL = SpectralConfig(mels=toy.MELS, hop=toy.HOP, stack=StackConfig(1, 16, 24, 3))

SETTINGS = TrainingSettings(peak_rate=1e-3, warmup_steps=1, steps=20, mixed_precision=False)


@pytest.fixture
def reader(tmp_path: Path) -> CorpusReader:
    return CorpusReader(toy.write(tmp_path))


@pytest.fixture
def data(reader: CorpusReader) -> VocoderData:
    return VocoderData(reader, SMALL, held_out=False)


@pytest.fixture
def model() -> VocoderWithLoss:
    cast("Any", torch).manual_seed(0)
    return VocoderWithLoss(SpectralGenerator(SMALL))


def test_an_epoch_has_a_crop_for_every_second_and_more_of_them(data: VocoderData) -> None:
    owners = Counter(place % 9 for batch in data.batches(1) for place in batch)

    assert all(1 <= len(batch) <= CROPS for batch in data.batches(1))
    assert set(owners) <= set(range(9))


def test_the_same_place_is_the_same_crop(data: VocoderData) -> None:
    one, other = data.batch([9 * 5 + 3]), data.batch([9 * 5 + 3])

    assert torch.equal(one.samples, other.samples)
    assert torch.equal(one.excitation, other.excitation)


def test_a_crop_of_a_short_utterance_ends_in_silence(data: VocoderData) -> None:
    batch = data.batch([0])
    frames = len(toy.arrays(0).f0)

    assert frames < CROP
    assert batch.mel.shape == (1, CROP, toy.MELS)
    assert batch.samples.shape == (1, 1, CROP * toy.HOP)
    assert not batch.samples[0, 0, frames * toy.HOP :].any()
    assert (batch.mel[0, frames:] == -4.0).all()


@pytest.mark.parametrize("place", [8, 9 * 7 + 8, 9 * 11 + 8])
def test_mel_samples_and_pulses_of_a_crop_are_of_the_same_stretch(data: VocoderData, place: int) -> None:
    batch = data.batch([place])
    arrays = toy.arrays(8)
    mel = arrays.mel.astype(np.float32)
    starts = [
        start for start in range(len(mel)) if np.array_equal(mel[start][None], batch.mel[0, :1].numpy())
    ]
    start = starts[0]
    voiced = np.where(arrays.voicing, arrays.f0, np.float32(0.0))
    cycles = arrays.turns + phase(arrays.f0, toy.HOP, 24_000)
    whole = np.pad(pulses(cycles, voiced, toy.HOP, 24_000), 30 * toy.HOP)
    first = (start + 30) * toy.HOP - SMALL.pulses.overhang
    length = SMALL.excitation_length(CROP)

    kept = min(CROP, len(mel) - start) * toy.HOP
    np.testing.assert_allclose(
        batch.samples[0, 0, :kept].numpy(),
        (arrays.samples / FULL_SCALE)[start * toy.HOP :][:kept],
        atol=1e-6,
    )
    np.testing.assert_allclose(batch.excitation[0, 0].numpy(), whole[first : first + length], atol=1e-4)


def test_noise_is_not_the_pulses_and_has_a_deviation_of_one() -> None:
    arrays = toy.arrays(8)

    made = excitation(arrays, (0, len(arrays.f0)), SMALL, np.random.default_rng(1))

    assert made[1].std() == pytest.approx(1.0, abs=0.05)
    assert abs(float(np.dot(made[0], made[1]))) / made.shape[1] < 0.05


def test_steps_make_the_cost_smaller(data: VocoderData, model: VocoderWithLoss) -> None:
    training = SupervisedTraining(
        model,
        replace(SETTINGS, peak_rate=5e-3),
        SINGLE_PROCESS,
    )
    batch = data.batch([6, 7, 8])

    costs = [training.train_step([batch], number)["magnitude"] for number in range(20)]

    assert costs[-1] < 0.8 * costs[0]


def test_adversarial_training_improves_the_discriminators_and_changes_the_vocoder(
    data: VocoderData, model: VocoderWithLoss
) -> None:
    discriminators = SmallDiscriminators(
        periods=(2,), resolutions=(Resolution(256, 64, 256),), channels=(2, 4), widest=8
    )
    gan = AdversarialVocoder(model, discriminators)
    before = [weight.detach().clone() for weight in gan.parameters()]
    training = AdversarialTraining(gan, SETTINGS, SINGLE_PROCESS)

    values = [training.train_step([data.batch([6, 7, 8])], number) for number in range(6)]

    assert values[0].keys() == {"spectral", "recorded", "made", "adversarial", "matching", "norm"}
    assert values[-1]["recorded"] + values[-1]["made"] < values[0]["recorded"] + values[0]["made"]
    changed = [not torch.equal(old, new) for old, new in zip(before, gan.parameters(), strict=True)]
    assert sum(changed) > 0.9 * len(changed)


def test_in_adversarial_training_the_own_losses_count_by_their_weight(
    data: VocoderData, model: VocoderWithLoss
) -> None:
    gan = AdversarialVocoder(
        model, SmallDiscriminators(periods=(2,), resolutions=(), channels=(2, 4), widest=8)
    )
    batch = data.batch([6, 7])

    with torch.no_grad():
        _, _, own = gan.generate(batch)
        alone = model(batch)

    assert float(own.total) == pytest.approx(SPECTRAL_WEIGHT * float(alone.total), rel=1e-4)
