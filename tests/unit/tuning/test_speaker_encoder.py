"""The speaker encoder is computed as its makers compute it, and nothing in its file is run."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from huisheng.errors import ModelError
from huisheng.tuning.speaker_encoder import SpeakerEncoder, mel_power, similarity
from huisheng.types import Samples
from huisheng.units import Hertz

RATE = Hertz(16_000)


class Published(nn.Module):
    """The network in torch, with the names of its checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(40, 24, 3, batch_first=True)
        self.linear = nn.Linear(24, 16)

    def forward(self, parts: torch.Tensor) -> torch.Tensor:
        """(P, T, 40) → (16,)."""
        _, (hidden, _) = self.lstm(parts)
        raw = self.linear(hidden[-1]).relu()
        each = raw / raw.norm(dim=1, keepdim=True)
        return each.mean(dim=0) / each.mean(dim=0).norm()


@pytest.fixture(scope="module")
def network() -> Published:
    torch.manual_seed(2)  # pyright: ignore[reportUnknownMemberType]
    made = Published().eval()
    with torch.no_grad():
        made.linear.bias.uniform_(0.0, 0.5)
    return made


@pytest.fixture(scope="module")
def checkpoint(network: Published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("encoder") / "pretrained.pt"
    state: dict[str, Any] = {"step": 1, "model_state": OrderedDict(network.state_dict())}
    torch.save(state, path, _use_new_zipfile_serialization=False)
    return path


def chirp(seconds: float) -> Samples:
    times = np.arange(round(seconds * RATE)) / RATE
    glide = 0.3 * np.sin(2 * np.pi * (200 + 800 * times) * times)
    return (glide + 0.1 * np.sin(2 * np.pi * 3000 * times)).astype(np.float32)


LIBROSA = {
    0: (0.655013, 1.02818, 0.024305, 0.00245924, 0.0400605),
    10: (0.0, 3.33794, 1.39137, 0.0, 0.0531488),
}
"""Frame → bands 0, 3, 5, 8 and 28 of melspectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=40)."""


@pytest.mark.parametrize("frame", LIBROSA)
def test_the_power_of_mel_bands_is_that_of_librosa(frame: int) -> None:
    mel = mel_power(chirp(0.2))

    assert mel.shape == (21, 40)
    np.testing.assert_allclose(mel[frame, [0, 3, 5, 8, 28]], LIBROSA[frame], rtol=1e-4, atol=2e-6)


def test_a_vector_is_what_the_network_makes_in_torch(network: Published, checkpoint: Path) -> None:
    samples = chirp(2.0)
    scaled = samples * np.float32(10.0 ** (-30.0 / 20.0) / np.sqrt(np.square(samples).mean()))
    mel = np.pad(mel_power(scaled), ((0, 160), (0, 0)))
    parts = np.stack([mel[start : start + 160] for start in (0, 80)])

    vector = SpeakerEncoder(checkpoint).embed(samples, RATE)

    np.testing.assert_allclose(vector, network(torch.tensor(parts)).detach().numpy(), atol=1e-5)


def test_loudness_says_nothing_of_the_speaker(checkpoint: Path) -> None:
    encoder = SpeakerEncoder(checkpoint)

    one, other = (encoder.embed(chirp(2.0) * np.float32(gain), RATE) for gain in (1.0, 0.1))

    assert similarity(one, other) == pytest.approx(1.0, abs=1e-5)


def test_samples_of_another_rate_are_converted(checkpoint: Path) -> None:
    encoder = SpeakerEncoder(checkpoint)
    one, other = (
        encoder.embed(np.sin(600.0 * np.pi * np.arange(2 * rate) / rate).astype(np.float32), Hertz(rate))
        for rate in (16_000, 24_000)
    )

    np.testing.assert_allclose(one, other, atol=1e-3)


def test_silence_has_a_vector(checkpoint: Path) -> None:
    assert np.isfinite(SpeakerEncoder(checkpoint).embed(np.zeros(0, np.float32), RATE)).all()


class Harmful:
    """Runs something when it is read by a plain unpickler."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._target,)


def test_a_file_that_would_run_something_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    path, target = tmp_path / "pretrained.pt", tmp_path / "harm"
    path.write_bytes(pickle.dumps(Harmful(target)))

    with pytest.raises(ModelError, match="resemblyzer"):
        SpeakerEncoder(path)

    assert not target.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x02K\x01."])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pretrained.pt"
    path.write_bytes(content)

    with pytest.raises(ModelError, match="pretrained"):
        SpeakerEncoder(path)


def test_a_checkpoint_that_is_cut_off_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    path = tmp_path / "pretrained.pt"
    path.write_bytes(checkpoint.read_bytes()[:-1_000])

    with pytest.raises(ModelError):
        SpeakerEncoder(path)


def test_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        SpeakerEncoder(tmp_path / "pretrained.pt")
