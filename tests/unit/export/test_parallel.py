"""A parallel voice as a package: what its manifest and tables say, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from tests.unit.export.parallel_networks import CARD, SPEAKERS, SPECTRAL, SYMBOLS, small, speaking, tiny

from huisheng.errors import ModelError
from huisheng.export.parallel import VoiceCard, export_voice
from huisheng.vocoder.spectral import SpectralGenerator
from huisheng.voice.load import VoicePackage, load_package
from huisheng.voice.manifest import Parallel, Person, Sambert
from huisheng.voice.mel import MelContract

MEL = MelContract(
    sample_rate=8_000,
    hop=8,
    window=24,
    fft=32,
    offset=4,
    bands=5,
    lowest=0.0,
    highest=4_000.0,
    decibels=(-80.0, 20.0),
    values=(-4.0, 4.0),
    pitched=True,
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> VoicePackage:
    folder = tmp_path_factory.mktemp("voices")
    export_voice(*tiny(), CARD, folder)
    return load_package(CARD.name, folder)


def details(package: VoicePackage) -> Sambert:
    assert package.manifest.sambert is not None
    return package.manifest.sambert


def test_a_package_holds_five_graphs_and_two_tables(package: VoicePackage) -> None:
    assert package.manifest.files.keys() == {
        *("encoder.onnx", "durations.onnx", "contours.onnx", "decoder.onnx", "vocoder.onnx"),
        *("speakers.npy", "emotions.npy"),
    }


def test_the_matrices_of_a_package_take_half_the_room(package: VoicePackage) -> None:
    encoder = onnx.load_model_from_string(package.path("encoder.onnx").read_bytes()).graph

    wide = [tensor.data_type for tensor in encoder.initializer if math.prod(tensor.dims) >= 1_024]
    assert set(wide) == {onnx.TensorProto.FLOAT16}


def test_a_manifest_says_what_the_card_says(package: VoicePackage) -> None:
    manifest = package.manifest

    assert (manifest.name, manifest.version, manifest.engine) == ("xiaolan", "1.0", "sambert")
    assert (manifest.speakers, manifest.licence) == (SPEAKERS, "Apache-2.0")
    assert (manifest.origins, manifest.remarks) == (CARD.origins, CARD.remarks)
    assert manifest.languages == ("zh-CN", "en-US")


def test_a_manifest_says_at_which_rate_the_vocoder_speaks(package: VoicePackage) -> None:
    assert (package.manifest.sample_rate, package.manifest.frame_samples) == (8_000, 8)


def test_a_manifest_holds_the_symbols_in_the_order_of_their_ids(package: VoicePackage) -> None:
    known = details(package)

    assert tuple(package.manifest.symbols) == SYMBOLS.phones
    assert (known.tones, known.syllable_flags, known.word_segments, known.emotions, known.has_mask) == (
        SYMBOLS.tones,
        SYMBOLS.syllable_flags,
        SYMBOLS.word_segments,
        SYMBOLS.emotions,
        False,
    )


def test_a_manifest_says_how_far_a_frame_reaches(package: VoicePackage) -> None:
    assert details(package).parallel == Parallel(
        decoder_reach=8,
        vocoder_reach=6,
        fft=32,
        steps=2,
        noise_fft=12,
        noise_steps=2,
        energy=(0.5, 0.25),
        contours_reach=6,
    )


def test_a_manifest_says_how_many_symbols_are_read_at_once(package: VoicePackage) -> None:
    assert details(package).longest == 60


def test_a_manifest_holds_the_measured_difference(package: VoicePackage) -> None:
    assert 0.0 < package.manifest.proof.max_abs_difference < 1e-5


def test_the_speakers_are_kept_as_the_people_they_are(tmp_path: Path) -> None:
    people = tuple(
        Person(id=name, name=name, name_en=name, description="沉稳", description_en="calm")
        for name in SPEAKERS
    )

    export_voice(*tiny(), replace(CARD, people=people), tmp_path)

    assert details(load_package(CARD.name, tmp_path)).people == people


def test_the_tables_hold_a_row_for_each_speaker_and_emotion(package: VoicePackage) -> None:
    kept = speaking(small(), SPECTRAL).acoustic

    for file, rows in (("speakers.npy", kept.spk_tokenizer), ("emotions.npy", kept.emo_tokenizer)):
        table = np.load(package.path(file))
        assert table.dtype == np.float32
        np.testing.assert_array_equal(table, rows.weight.detach().numpy())


def test_without_a_contract_in_the_card_the_package_states_none(package: VoicePackage) -> None:
    assert package.manifest.mel is None


def test_a_manifest_holds_the_contract_of_the_card(tmp_path: Path) -> None:
    export_voice(*tiny(), replace(CARD, mel=MEL), tmp_path)

    assert load_package(CARD.name, tmp_path).manifest.mel == MEL


@pytest.mark.parametrize("other", [{"sample_rate": 16_000}, {"hop": 10}, {"bands": 6}], ids=str)
def test_a_contract_of_other_networks_is_refused(other: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="与说明不符"):
        export_voice(*tiny(), replace(CARD, mel=MEL.model_copy(update=other)), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_exporting_again_makes_the_same_files(package: VoicePackage, tmp_path: Path) -> None:
    export_voice(*tiny(), CARD, tmp_path)

    assert load_package(CARD.name, tmp_path).manifest == package.manifest


def test_torch_gets_its_threads_back(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)

    export_voice(*tiny(), CARD, tmp_path)

    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_networks_that_learn_go_on_learning(tmp_path: Path) -> None:
    export_voice(*tiny(), CARD, tmp_path)

    assert tiny().acoustic.training
    assert tiny().vocoder.training


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (replace(CARD, speakers=("lan",)), "2 个说话人，却给了 1 个名字"),
        (replace(CARD, inventory=replace(SYMBOLS, tones=SYMBOLS.tones[1:])), "符号表"),
        (replace(CARD, inventory=replace(SYMBOLS, emotions=(*SYMBOLS.emotions, "emotion_fear"))), "符号表"),
    ],
    ids=["speakers", "tones", "emotions"],
)
def test_a_card_that_does_not_fit_the_model_is_refused(card: VoiceCard, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=reason):
        export_voice(*tiny(), card, tmp_path)


def test_a_vocoder_that_hears_another_spectrogram_is_refused(tmp_path: Path) -> None:
    deaf = SpectralGenerator(replace(SPECTRAL, mels=6))

    with pytest.raises(ModelError, match="6 个频带，声学模型给出 5 个"):
        export_voice(tiny().acoustic, deaf, CARD, tmp_path)


def test_a_name_that_no_package_may_have_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Windows"):
        export_voice(*tiny(), replace(CARD, name="nul"), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_published_when_the_graphs_say_something_else(tmp_path: Path) -> None:
    broken = speaking(small(), SPECTRAL).vocoder
    weight = broken.network.head.weight
    spoilt = SpectralGenerator(SPECTRAL)
    spoilt.load_state_dict(broken.state_dict())
    with torch.no_grad():
        spoilt.network.head.weight.copy_(weight * float("inf"))

    with pytest.raises(ModelError, match="不一致"):
        export_voice(tiny().acoustic, spoilt, CARD, tmp_path)

    assert list(tmp_path.iterdir()) == []
