"""One speaker more is learned; what the base knew of others stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.unit.tuning import tiny_base

from huisheng.acoustic.inputs import Inputs
from huisheng.training.acoustic import AcousticBatch
from huisheng.training.distributed import SINGLE_PROCESS
from huisheng.training.settings import TrainingSettings
from huisheng.training.steps import SupervisedTraining
from huisheng.tuning.acoustic import FineTuningModel, Rehearsal, add_speaker, keep_last_speaker

SETTINGS = TrainingSettings(
    steps=40, peak_rate=3e-3, warmup_steps=1, weight_decay=0.0, ema_decay=0.9, mixed_precision=False
)
NEW = 2


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def batch() -> AcousticBatch:
    """Two lines of the new speaker, neutral, of noise."""
    random = torch.Generator().manual_seed(3)
    durations = torch.randint(2, 6, (2, 8), generator=random)
    frames = int(durations.sum(dim=1).max())
    durations[:, -1] += frames - durations.sum(dim=1)
    track = torch.randn(3, 2, frames, generator=random)
    return AcousticBatch(
        symbols=torch.randint(0, 5, (2, 8, 4), generator=random),
        lengths=torch.tensor([8, 8]),
        durations=durations,
        speakers=torch.full((2,), NEW),
        emotions=torch.zeros(2, dtype=torch.long),
        intensities=torch.ones(2),
        speeds=torch.ones(2),
        shifts=torch.zeros(2),
        pitch=track[0],
        voicing=(track[1] > 0.0).float(),
        energy=track[2],
        mels=torch.randn(2, frames, tiny_base.MELS, generator=random),
    )


def learner() -> FineTuningModel:
    base = tiny_base.networks().acoustic
    return FineTuningModel(add_speaker(base, 1), Rehearsal(add_speaker(base, 1)))


def train_model(steps: int) -> FineTuningModel:
    torch.manual_seed(1)  # pyright: ignore[reportUnknownMemberType]
    made = FineTuningModel(
        add_speaker(base := tiny_base.networks().acoustic, 1), Rehearsal(add_speaker(base, 0))
    )
    training = SupervisedTraining(made, SETTINGS, SINGLE_PROCESS)
    for number in range(steps):
        training.train_step([batch()], number)
    return made


@pytest.fixture(scope="module")
def after() -> FineTuningModel:
    torch.set_num_threads(1)
    return train_model(40)


def test_the_new_speaker_begins_as_the_most_similar_one() -> None:
    rows = add_speaker(tiny_base.networks().acoustic, 1).spk_tokenizer.weight

    assert len(rows) == 3
    torch.testing.assert_close(rows[NEW], rows[1])


def test_recordings_cost_less_after_learning(after: FineTuningModel) -> None:
    before = learner().eval()(batch()).total

    assert after.eval()(batch()).total < 0.9 * before


def test_the_text_encoder_emotions_and_other_speakers_stay(after: FineTuningModel) -> None:
    ours, base = after.acoustic.model.state_dict(), tiny_base.networks().acoustic.state_dict()

    torch.testing.assert_close(
        ours["spk_tokenizer.weight"][:NEW], base["spk_tokenizer.weight"], atol=0, rtol=0
    )
    for name in base:
        if name.startswith(("text_encoder.", "emo_tokenizer.")):
            torch.testing.assert_close(ours[name], base[name], atol=0, rtol=0)


def test_the_row_of_the_new_speaker_learns(after: FineTuningModel) -> None:
    row = after.acoustic.model.spk_tokenizer.weight[NEW]

    assert (row - tiny_base.networks().acoustic.spk_tokenizer.weight[1]).abs().max() > 1e-3


def test_durations_melody_and_decoder_learn(after: FineTuningModel) -> None:
    ours, base = after.acoustic.model.state_dict(), tiny_base.networks().acoustic.state_dict()

    for part in (
        "duration_predictor.fc.weight",
        "contour_predictor.tracks.weight",
        "mel_decoder.bands.weight",
    ):
        assert (ours[part] - base[part]).abs().max() > 1e-4


def rehearse() -> AcousticBatch:
    torch.manual_seed(4)  # pyright: ignore[reportUnknownMemberType]
    return Rehearsal(tiny_base.networks().acoustic)(batch())


def test_a_rehearsal_asks_for_speakers_and_emotions_of_the_base() -> None:
    torch.manual_seed(4)  # pyright: ignore[reportUnknownMemberType]
    rehearsal = Rehearsal(tiny_base.networks().acoustic)
    asked = [rehearsal(batch()) for _ in range(12)]

    assert {int(one) for training_batch in asked for one in training_batch.speakers} == {0, 1}
    assert {int(one) for training_batch in asked for one in training_batch.emotions} == {0, 1, 2}


def test_a_rehearsal_holds_what_the_base_says() -> None:
    base, training_batch = tiny_base.networks().acoustic, rehearse()
    speakers = base.spk_tokenizer.weight[training_batch.speakers][:, None].expand(-1, 8, -1)
    emotions = base.emo_tokenizer.weight[training_batch.emotions][:, None].expand(-1, 8, -1)

    said = base.infer(Inputs(training_batch.symbols, emotions, speakers, training_batch.lengths))

    torch.testing.assert_close(training_batch.mels, said.mel)
    torch.testing.assert_close(training_batch.pitch, said.contours.pitch)
    assert training_batch.mels.shape[1] == int(training_batch.durations.sum(dim=1).max())


def test_while_it_is_evaluated_the_recordings_alone_count() -> None:
    evaluated = learner().eval()(batch())

    assert float(evaluated.rehearsal) == 0.0
    torch.testing.assert_close(evaluated.total, evaluated.own)


def test_learning_with_rehearsal_changes_the_others_less_than_without() -> None:
    with_it, without = train_model(25), taught_without(25)
    training_batch = rehearse()

    kept, lost = (one.acoustic.eval()(training_batch).total for one in (with_it, without))

    assert kept < 0.8 * lost


def taught_without(steps: int) -> FineTuningModel:
    made = learner()
    training = SupervisedTraining(made.acoustic, SETTINGS, SINGLE_PROCESS)
    for number in range(steps):
        training.train_step([batch()], number)
    return made


def test_alone_the_last_speaker_is_the_only_one() -> None:
    model = add_speaker(tiny_base.networks().acoustic, 1)
    with torch.no_grad():
        model.spk_tokenizer.weight[NEW] += 0.5

    only = keep_last_speaker(model)

    assert only.config == replace(model.config, vocabulary=replace(model.config.vocabulary, speakers=1))
    torch.testing.assert_close(only.spk_tokenizer.weight[0], model.spk_tokenizer.weight[NEW])
    assert not only.training
