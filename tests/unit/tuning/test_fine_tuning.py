"""Both networks learn from a corpus, and go on where they were."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
import torch
from tests.unit.training import toy_corpus
from tests.unit.tuning import tiny_base

from huisheng.errors import CorpusError
from huisheng.training import checkpoints
from huisheng.training.acoustic import AcousticData
from huisheng.training.corpus import CorpusReader, CorpusWriter
from huisheng.training.distributed import SINGLE_PROCESS
from huisheng.training.vocoder import VocoderWithLoss
from huisheng.tuning.evaluation import evaluate, load_batches, nearest_speaker
from huisheng.tuning.fine_tuning import FineTuningJob, default_steps, fine_tune_acoustic, fine_tune_vocoder
from huisheng.tuning.vocoder import VocoderWithMagnitudeLoss

SPEAKERS = 2


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise, said by a third speaker."""
    folder = toy_corpus.write(tmp_path_factory.mktemp("corpus"))
    reader = CorpusReader(folder)
    told = reader.corpus.model_copy(update={"speakers": ("lan", "song", "ming")})
    rows = [one.model_copy(update={"speaker": SPEAKERS, "emotion": 0}) for one in reader.utterances]
    CorpusWriter(folder).finish(told, rows)
    return folder


@pytest.mark.parametrize(("minutes", "steps"), [(1, 400), (10, 400), (20, 800), (50, 2_000), (600, 2_000)])
def test_more_speech_is_learned_from_in_more_steps_within_bounds(minutes: int, steps: int) -> None:
    assert default_steps(60.0 * minutes) == steps


def test_the_acoustic_model_is_trained_once_and_then_loaded(corpus: Path, tmp_path: Path) -> None:
    base = tiny_base.networks().acoustic
    job = FineTuningJob(corpus, tmp_path, 2, SINGLE_PROCESS)

    made = fine_tune_acoustic(job, base, similar=1)
    written = (tmp_path / "acoustic" / checkpoints.LAST).stat().st_mtime_ns
    again = fine_tune_acoustic(job, base, similar=1)

    assert (tmp_path / "acoustic" / checkpoints.LAST).stat().st_mtime_ns == written
    assert len(made.spk_tokenizer.weight) == SPEAKERS + 1
    assert not made.training
    for one, other in zip(made.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=0, rtol=0)


def test_the_vocoder_is_trained_and_the_base_is_not_changed(corpus: Path, tmp_path: Path) -> None:
    base = tiny_base.networks().vocoder
    before = base.network.head.weight.clone()

    made = fine_tune_vocoder(FineTuningJob(corpus, tmp_path, 2, SINGLE_PROCESS), base)

    torch.testing.assert_close(base.network.head.weight, before, atol=0, rtol=0)
    assert (made.network.head.weight - before).abs().max() > 0.0


def test_weights_that_were_damaged_are_named(corpus: Path, tmp_path: Path) -> None:
    job = FineTuningJob(corpus, tmp_path, 1, SINGLE_PROCESS)
    fine_tune_vocoder(job, tiny_base.networks().vocoder)
    (tmp_path / "vocoder" / checkpoints.BEST).write_bytes(b"damaged")

    with pytest.raises(CorpusError, match=checkpoints.BEST):
        fine_tune_vocoder(job, tiny_base.networks().vocoder)


def test_phases_of_a_recorded_voice_are_not_compared() -> None:
    generator = tiny_base.networks().vocoder
    times = torch.arange(6_000) / 24_000.0
    one, other = (torch.sin(1_500.0 * times + turn)[None, None] for turn in (0.0, 1.5))

    ours, theirs = (
        VocoderWithMagnitudeLoss(generator).losses(one, other),
        VocoderWithLoss(generator).losses(one, other),
    )

    assert float(ours.compressed) == 0.0
    assert float(theirs.compressed) > 0.1
    assert ours[:2] == theirs[:2]


def test_an_evaluation_is_a_mean_over_the_held_out_part(corpus: Path) -> None:
    reader = CorpusReader(corpus)
    held_out = AcousticData(reader, held_out=True)
    together, apart = load_batches(held_out, 9), [held_out.batch([place]) for place in range(len(held_out))]
    model = tiny_base.networks().acoustic

    whole, parts = (evaluate(model, reader.corpus, batches, 0) for batches in (together, apart))

    assert whole.mel == pytest.approx(parts.mel, rel=0.1)
    assert whole.duration == pytest.approx(parts.duration, rel=0.1)


def test_a_model_that_says_nothing_but_zeros_is_as_far_as_the_spectrogram_is_large(corpus: Path) -> None:
    reader = CorpusReader(corpus)
    batch = AcousticData(reader, held_out=True).batch([0])
    dumb = deepcopy(tiny_base.networks().acoustic)
    for weights in dumb.mel_decoder.bands.parameters():
        weights.data.zero_()

    found = evaluate(dumb, reader.corpus, [batch], 0)

    assert found.mel == pytest.approx(12.5 * float(batch.mels.abs().mean()), rel=1e-4)


def test_the_nearest_speaker_has_the_least_loss_on_recordings(corpus: Path) -> None:
    reader = CorpusReader(corpus)
    batches = load_batches(AcousticData(reader, held_out=True), 9)
    model = tiny_base.networks().acoustic
    costs = [evaluate(model, reader.corpus, batches, speaker).cost for speaker in range(SPEAKERS)]

    best, figures = nearest_speaker(model, reader.corpus, batches, SPEAKERS)

    assert costs[best] == min(costs) == figures.cost
