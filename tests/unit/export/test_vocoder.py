"""A vocoder alone as a package: what its manifest says, that it was proved, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch
from onnx import TensorProto
from tests.unit.engines.parallel.tiny_parallel import MEL
from tests.unit.engines.vocoder.tiny_vocoders import KINDS, export, generator, vocoder_package
from tests.unit.training.toy_corpus import description

from huisheng.audio.spectrogram import RANGE, REFERENCE
from huisheng.errors import ModelError
from huisheng.export.contract import contract_of
from huisheng.export.rounding import round_weights
from huisheng.export.vocoder import AnyGenerator
from huisheng.export.vocoder_proof import prove_vocoder
from huisheng.vocoder.config import VocoderConfig
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.spectral import SpectralGenerator
from huisheng.voice.load import load_package, read_package
from huisheng.voice.manifest import Hifigan, Source, Spectral

EVERY = pytest.mark.parametrize("kind", KINDS)


def as_packaged(kind: str) -> AnyGenerator:
    """The network as a package holds it."""
    made = generator(kind)
    return round_weights(made.fold() if isinstance(made, Generator) else made)


@EVERY
def test_a_package_holds_a_graph_and_no_voices(kind: str) -> None:
    manifest = vocoder_package(kind).manifest

    assert list(manifest.files) == ["vocoder.onnx"]
    assert (manifest.engine, manifest.speakers, manifest.symbols) == ("vocoder", (), {})
    assert (manifest.sample_rate, manifest.frame_samples) == (MEL.sample_rate, MEL.hop)


@EVERY
def test_a_manifest_says_whether_the_network_needs_a_pitch(kind: str) -> None:
    assert vocoder_package(kind).manifest.mel == MEL.model_copy(
        update={"pitched": kind not in {"causal", "ahead"}}
    )


def test_a_manifest_says_what_a_spectral_vocoder_is() -> None:
    assert vocoder_package("spectral").manifest.vocoder == Spectral(
        vocoder_reach=1, fft=400, steps=1, noise_fft=120, noise_steps=2
    )


def test_a_manifest_says_what_a_hifigan_is_and_that_it_is_driven_by_hertz() -> None:
    config = KINDS["ahead-source"]
    assert isinstance(config, VocoderConfig)
    left, right = config.margin

    assert vocoder_package("ahead-source").manifest.vocoder == Hifigan(
        causal=False, left=left, right=right, source=Source(harmonics=3, scale=1.0, offset=0.0)
    )


@EVERY
def test_a_manifest_holds_the_measured_difference(kind: str) -> None:
    proof = vocoder_package(kind).manifest.proof

    assert proof.samples == proof.symbols * MEL.hop
    assert 0.0 < proof.max_abs_difference < 1e-5


@EVERY
def test_exporting_again_makes_the_same_package(kind: str, tmp_path: Path) -> None:
    export(generator(kind), kind, MEL, tmp_path)

    assert load_package(kind, tmp_path).manifest == vocoder_package(kind).manifest


def test_matrices_take_half_the_room() -> None:
    graph = onnx.load_model_from_string(vocoder_package("spectral").path("vocoder.onnx").read_bytes()).graph

    wide = [tensor.data_type for tensor in graph.initializer if len(tensor.dims) == 2]
    assert TensorProto.FLOAT16 in wide


def test_a_network_that_learns_goes_on_learning(tmp_path: Path) -> None:
    learning = deepcopy(generator("causal")).train()

    export(learning, "causal", MEL, tmp_path)

    assert learning.training
    assert any(name.endswith("weight_g") for name in learning.state_dict())


def test_torch_gets_its_threads_back(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)

    export(generator("spectral"), "spectral", MEL, tmp_path)

    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def other_rate(made: AnyGenerator) -> AnyGenerator:
    return _with_config(made, sample_rate=16_000)


def other_bands(made: AnyGenerator) -> AnyGenerator:
    return _with_config(made, mels=MEL.bands + 1)


def _with_config(made: AnyGenerator, **change: int) -> AnyGenerator:
    if isinstance(made, Generator):
        return Generator(replace(made.config, **change))
    return SpectralGenerator(replace(made.config, **change))


@pytest.mark.parametrize("change", [other_rate, other_bands])
@pytest.mark.parametrize("kind", ["spectral", "ahead-source"])
def test_a_network_that_reads_something_else_than_the_card_says_is_refused(
    kind: str, change: Callable[[AnyGenerator], AnyGenerator], tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="采样率、帧移、频带数"):
        export(change(generator(kind)), kind, MEL, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_network_without_a_source_fits_any_rate_of_its_hop(tmp_path: Path) -> None:
    faster = MEL.model_copy(update={"sample_rate": 24_000})

    package = read_package(export(generator("causal"), "causal", faster, tmp_path))

    assert package.manifest.sample_rate == 24_000


@EVERY
def test_a_graph_of_other_weights_is_refused(kind: str) -> None:
    other = as_packaged(kind)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(1.01)

    with pytest.raises(ModelError, match="不一致"):
        prove_vocoder(other, vocoder_package(kind).path("vocoder.onnx"))


def test_nothing_is_published_when_the_network_speaks_no_number(tmp_path: Path) -> None:
    broken = deepcopy(generator("ahead"))
    with torch.no_grad():
        next(broken.parameters()).mul_(float("nan"))

    with pytest.raises(ModelError, match="不一致"):
        export(broken, "ahead", MEL, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_name_that_no_package_may_have_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="another engine"):
        export(generator("spectral"), "kokoro", MEL, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_corpus_says_how_its_frames_were_made() -> None:
    wanted, mel = description().spectrogram, contract_of(description())

    assert (mel.sample_rate, mel.hop, mel.offset) == (wanted.sample_rate, wanted.hop, wanted.offset)
    assert (mel.window, mel.fft, mel.bands) == (wanted.window, wanted.fft, wanted.mels)
    assert (mel.lowest, mel.highest) == (wanted.lowest, wanted.highest)


def test_its_levels_are_those_that_the_spectrogram_tells_apart() -> None:
    mel = contract_of(description())

    assert mel.decibels == (REFERENCE - RANGE, REFERENCE)
