"""`huisheng train` as people run it, on a corpus of noise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tests.unit.training import toy_corpus as toy

from huisheng.cli.main import main
from huisheng.training import checkpoints

SHORT = ("--steps", "2", "--evaluate", "1", "--save", "1", "--device", "cpu", "--full-precision")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def averages(folder: Path) -> list[torch.Tensor]:
    state = checkpoints.load(folder)
    assert state is not None
    return state["averages"]["shadow"]


@pytest.mark.parametrize("model", ["vocoder", "acoustic"])
def test_a_model_is_trained_and_then_trained_with_discriminators(
    corpus: Path, tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, adversarial = tmp_path / "plain", tmp_path / "adversarial"

    assert main(["train", model, str(corpus), "--out", str(plain), *SHORT]) == 0
    assert (
        main(
            [
                "train",
                model,
                str(corpus),
                "--out",
                str(adversarial),
                "--start",
                str(plain),
                "--judged",
                *SHORT,
            ]
        )
        == 0
    )

    told = capsys.readouterr()
    assert len(told.out.split()) == 2
    assert "held_out 2: total" in told.err
    for folder in (plain, adversarial):
        assert (folder / checkpoints.BEST).exists()
        assert list((folder / "log").glob("events*"))


WORKER = """
import sys
from pathlib import Path

from huisheng.cli.main import main
from huisheng.training import train
from huisheng.training.distributed import average_gradients
from torch import nn, ones

train_vocoder = train.train_vocoder


def average_and_train(job, context):
    network = nn.Linear(2, 1)
    network.bias.requires_grad_(False)
    (network(ones(1, 2)) * (1.0 + 2.0 * context.rank)).sum().backward()
    average_gradients(network, context)
    (Path(sys.argv[1]) / str(context.rank)).write_text(str(network.weight.grad.tolist()))
    return train_vocoder(job, context)


train.train_vocoder = average_and_train
sys.exit(main(sys.argv[2:]))
"""
"""`huisheng train` that averages the gradients of a small network before it trains: torchrun starts once."""


@pytest.fixture(scope="module")
def two_processes(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `WORKER` in two processes left: a file of each rank, and the training in `out`."""
    folder = tmp_path_factory.mktemp("two")
    script = folder / "worker.py"
    script.write_text(WORKER)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = ["train", "vocoder", str(corpus), "--out", str(folder / "out"), *SHORT]
    subprocess.run([*launcher, str(script), str(folder), *command], check=True, capture_output=True)
    return folder


def test_two_processes_learn_what_one_learns_from_twice_as_many_batches(
    corpus: Path, two_processes: Path, tmp_path: Path
) -> None:
    main(["train", "vocoder", str(corpus), *SHORT, "--out", str(tmp_path), "--accumulate", "2"])

    for one, two in zip(averages(tmp_path), averages(two_processes / "out"), strict=True):
        torch.testing.assert_close(one, two, atol=2e-5, rtol=1e-3)


def test_two_processes_get_the_mean_of_their_gradients(two_processes: Path) -> None:
    assert [(two_processes / rank).read_text() for rank in "01"] == ["[[2.0, 2.0]]"] * 2


def test_without_a_corpus_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "vocoder", str(tmp_path), "--out", str(tmp_path / "out"), *SHORT]) == 1

    assert "重新制作语料" in capsys.readouterr().err


def test_weights_to_begin_with_that_are_not_there_are_named(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        "train",
        "acoustic",
        str(corpus),
        "--out",
        str(tmp_path / "out"),
        "--start",
        str(tmp_path / "no"),
    ]

    assert main([*command, *SHORT]) == 1

    assert "best.pt" in capsys.readouterr().err
