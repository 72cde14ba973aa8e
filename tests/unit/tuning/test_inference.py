"""Networks in torch say what their package says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.unit.export.parallel_networks import SYMBOLS
from tests.unit.tuning import tiny_base

from huisheng.engines.families import two_stage_engine
from huisheng.engines.protocol import EngineOptions
from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.export.recovery import recover_networks
from huisheng.text.frontend import Frontend
from huisheng.text.symbols.sambert import encode, transcribe
from huisheng.tuning.inference import predict, predict_voicing, synthesize
from huisheng.types import ResolvedOptions, Utterance
from huisheng.voice.load import VoicePackage, read_package

TEXT = "今天天气很好"
"""Without a mark, so that no break at the end is cut short."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> VoicePackage:
    torch.set_num_threads(1)
    return read_package(tiny_base.publish(tmp_path_factory.mktemp("voices")))


@pytest.fixture(scope="module")
def networks(package: VoicePackage) -> ParallelNetworks:
    return recover_networks(package)


def ids() -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    sentence = next(Frontend(contextual=False).sentences(TEXT))
    return encode(transcribe(sentence.items, SYMBOLS), SYMBOLS)


def test_samples_are_those_of_the_engine(package: VoicePackage, networks: ParallelNetworks) -> None:
    sentence = next(Frontend(contextual=False).sentences(TEXT))
    engine = two_stage_engine(package.manifest, lambda: package, EngineOptions(threads=1))
    wanted = np.concatenate(
        [chunk.samples for chunk in engine.synthesize(Utterance(sentence, ResolvedOptions(voice="tiny")))]
    )

    made = synthesize(networks, ids(), speaker=0, emotion=0)

    hop = tiny_base.SPECTRAL.hop
    inside = slice(2 * hop, min(len(made), len(wanted)) - 2 * hop)  # the noise begins at another place
    assert np.corrcoef(made[inside], wanted[inside])[0, 1] > 0.5


def test_another_speaker_sounds_different(networks: ParallelNetworks) -> None:
    one, other = (predict(networks.acoustic, ids(), speaker, 0).mel for speaker in (0, 1))

    assert one.shape != other.shape or not torch.allclose(one, other)


def test_samples_are_whole_frames(networks: ParallelNetworks) -> None:
    frames = predict(networks.acoustic, ids(), 0, 0).mel.shape[1]

    assert len(synthesize(networks, ids(), 0, 0)) == frames * tiny_base.SPECTRAL.hop


def test_frames_have_a_pitch_where_the_model_says_so(networks: ParallelNetworks) -> None:
    made = predict(networks.acoustic, ids(), 1, 2)
    durations = (made.log_durations.expm1() + 0.5).floor()[0].numpy().astype(np.int64)

    found = predict_voicing(networks.acoustic, ids(), durations, 1, 2)

    np.testing.assert_array_equal(found, (made.contours.voicing > 0.0)[0].numpy())
