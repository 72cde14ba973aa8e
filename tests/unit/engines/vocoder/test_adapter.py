"""With a vocoder of another package: streamed is whole, and it hears what its own voice would tell it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.engines.parallel.tiny_parallel import HOP, MEL, network, networks, package
from tests.unit.engines.sambert.tiny import LONG, join, publish_altered, speak_words, utterance
from tests.unit.engines.sambert.tiny import package as imported
from tests.unit.engines.toy_kokoro import say
from tests.unit.engines.vocoder.tiny_vocoders import (
    KINDS,
    PackageOverride,
    export,
    generator,
    stepping,
    vocoder_package,
)

from huisheng.engines.families import two_stage_engine
from huisheng.engines.parallel import assemble as at_once_network
from huisheng.engines.protocol import EngineOptions
from huisheng.engines.sambert import assemble as stepping_network
from huisheng.engines.two_stage.engine import TwoStageEngine, VoiceModel
from huisheng.engines.two_stage.voices import details
from huisheng.engines.vocoder.adapter import adapt_vocoder, read_pitch
from huisheng.engines.vocoder.protocol import Mel, Vocoder, VocoderStream
from huisheng.engines.vocoder.source import _SEED, LOWEST, NOISE_DEVIATION
from huisheng.engines.vocoder.spectral import f0_of
from huisheng.errors import VoicePackageError
from huisheng.export.rounding import round_weights
from huisheng.types import ResolvedOptions, Samples
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.source import Draw
from huisheng.voice.load import VoicePackage, read_package
from huisheng.voice.manifest import Source

SLOWLY = ResolvedOptions(speed=0.5)
LONGER = " ".join([LONG] * 3)
"""More than one window."""

EVERY = pytest.mark.parametrize("kind", KINDS)
BEHIND = pytest.mark.parametrize(
    ("voice", "kind"),
    [("plain", "slower-ahead"), ("nsf", "slower-ahead"), ("nsf", "slower-spectral")],
    ids=str,
)


def engine(voice: VoicePackage, vocoder: VoicePackage | None = None, threads: int = 2) -> TwoStageEngine:
    override = None if vocoder is None else PackageOverride(vocoder)
    return two_stage_engine(voice.manifest, lambda: voice, EngineOptions(threads, vocoder=override))


def model(voice: VoicePackage, vocoder: VoicePackage) -> VoiceModel:
    """The graphs of a voice, one thread, with the vocoder of a package."""
    parallel = details(voice.manifest).parallel is not None
    return VoiceModel(voice, at_once_network if parallel else stepping_network, EngineOptions(1), vocoder)


@cache
def adapt(kind: str) -> Vocoder:
    """The vocoder of this kind, for the voice that makes all frames at once."""
    return adapt_vocoder(vocoder_package(kind), package().manifest)


@cache
def spoken_alone() -> Samples:
    """The sentence with the voice's own vocoder."""
    return speak_words(engine(package()), LONG)


def at_once(voice: VoicePackage, vocoder: VoicePackage, words: str, options: ResolvedOptions) -> Samples:
    """All frames in one call."""
    made = model(voice, vocoder)
    speaker = ((voice.manifest.speakers[0], 1.0),)
    _, outline = made._network.outline(made.plan(say(words).items, options, speaker))
    return made._pipeline.stream().flush(np.concatenate(list(made._network.mels(outline))))


def frames(total: int = 120) -> Mel:
    """Frames of a voice that makes all frames at once, with a melody that stops now and then."""
    places = np.arange(total)
    mel = np.random.default_rng(3).standard_normal((total, MEL.bands))
    pitch, voicing = np.sin(places / 11.0), places % 23 < 17
    return np.column_stack([mel, pitch, voicing]).astype(np.float32)


def pieces(sound: VocoderStream, mel: Mel, cuts: list[int]) -> Samples:
    ends = [0, *cuts, len(mel)]
    made = [sound.process(mel[start:end]) for start, end in pairwise(ends)]
    return np.concatenate([*made, sound.flush()])


# One stream


@EVERY
@pytest.mark.parametrize("threads", [1, 2])
def test_with_another_vocoder_what_is_streamed_is_what_is_said_at_once(kind: str, threads: int) -> None:
    vocoder = vocoder_package(kind)

    streamed = list(engine(package(), vocoder, threads).synthesize(utterance(LONGER, SLOWLY)))

    assert len(streamed) > 2
    whole = at_once(package(), vocoder, LONGER, SLOWLY)
    np.testing.assert_allclose(join(streamed), whole, rtol=0, atol=1e-4)


@BEHIND
def test_also_of_a_voice_that_makes_frame_after_frame(voice: str, kind: str) -> None:
    made, vocoder = stepping(voice), vocoder_package(kind)

    streamed = speak_words(engine(made, vocoder), LONG, SLOWLY)

    np.testing.assert_allclose(streamed, at_once(made, vocoder, LONG, SLOWLY), rtol=0, atol=1e-4)


@EVERY
@settings(max_examples=10)
@given(cuts=st.sets(st.integers(1, 119), max_size=6))
def test_however_frames_are_cut_the_samples_are_the_same(kind: str, cuts: set[int]) -> None:
    made = pieces(adapt(kind).stream(), frames(), sorted(cuts))

    np.testing.assert_allclose(made, adapt(kind).stream().flush(frames()), rtol=0, atol=1e-5)


@EVERY
def test_every_frame_becomes_a_hop_of_samples(kind: str) -> None:
    samples = adapt(kind).stream().flush(frames(40))

    assert samples.shape == (40 * HOP,)
    assert np.isfinite(samples).all()
    assert samples.std() > 0.0


@EVERY
def test_no_frames_give_no_samples(kind: str) -> None:
    assert not len(adapt(kind).stream().flush())


@EVERY
def test_a_sentence_lasts_as_long_and_sounds_different(kind: str) -> None:
    other = speak_words(engine(package(), vocoder_package(kind)), LONG)

    assert len(other) == len(spoken_alone())
    assert np.abs(other - spoken_alone()).max() > 1e-2


# What it hears


def test_a_copy_of_a_voices_own_vocoder_sounds_as_its_own(tmp_path: Path) -> None:
    copy = read_package(export(networks().vocoder, "copy", MEL, tmp_path))

    np.testing.assert_allclose(speak_words(engine(package(), copy), LONG), spoken_alone(), rtol=0, atol=1e-5)


def test_a_voice_can_speak_with_the_vocoder_of_another() -> None:
    lending = speak_words(engine(package(), package()), LONG)

    np.testing.assert_allclose(lending, spoken_alone(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", ["plain", "nsf"])
def test_a_voice_that_makes_frame_after_frame_can_speak_with_the_vocoder_of_another(kind: str) -> None:
    made = stepping(kind)

    lending, owning = (speak_words(engine(made, vocoder), LONG) for vocoder in (made, None))

    np.testing.assert_allclose(lending, owning, rtol=0, atol=1e-4)


@torch.inference_mode()
@pytest.mark.parametrize("kind", ["causal", "ahead", "causal-source", "ahead-source"])
def test_another_hifigan_makes_what_it_was_taught_of_the_bands_and_of_the_melody_in_hertz(kind: str) -> None:
    said = frames()

    made = adapt(kind).stream().flush(said)

    np.testing.assert_allclose(made, vocode_in_torch(kind, said), rtol=0, atol=1e-4)


def vocode_in_torch(kind: str, said: Mel) -> Samples:
    """(N,) what the network of a package makes of frames in torch."""
    trained = generator(kind)
    assert isinstance(trained, Generator)
    kept = round_weights(trained.fold())
    bands = torch.as_tensor(said[:, : MEL.bands].T.copy())[None]
    if kept.config.harmonics is None:
        return kept(bands).numpy().reshape(-1)
    partials, random = kept.config.harmonics + 1, np.random.Generator(np.random.Philox(_SEED))
    phases = random.uniform(-np.pi, np.pi, (partials, 1))
    phases[0] = 0.0
    noise = NOISE_DEVIATION * random.standard_normal((len(said) * HOP, partials)).T
    melody = [torch.as_tensor(np.asarray(curve, np.float32))[None, None] for curve in read_pitch(said, None)]
    drawn = Draw(*(torch.as_tensor(values.astype(np.float32))[None] for values in (phases, noise)))
    return kept(bands, *melody, drawn).numpy().reshape(-1)


def test_octaves_are_told_in_hertz() -> None:
    said = frames()
    melody = read_pitch(said, None)

    f0 = f0_of(said[:, -2], said[:, -1])
    np.testing.assert_allclose(np.where(melody.voiced, melody.hertz, 0.0), f0, rtol=1e-6)
    assert melody.hertz.min() > 0.0


def test_deviations_are_told_in_hertz_and_no_lower_than_a_voice_goes() -> None:
    said = np.array([[0.0, 1.0, 0.9], [0.0, -9.0, 0.5]], dtype=np.float32)

    melody = read_pitch(said, Source(harmonics=7, scale=40.0, offset=200.0))

    np.testing.assert_allclose(melody.hertz, [240.0, LOWEST])
    assert melody.voiced.tolist() == [True, False]


# Windows


def test_a_vocoder_that_waits_for_nothing_makes_the_first_window_shorter() -> None:
    made = model(package(), vocoder_package("causal"))
    _, outline = made._network.outline(made.plan(say(LONGER).items, SLOWLY, (("lan", 1.0),)))

    assert adapt("causal").ahead == 0
    assert len(next(iter(made._network.mels(outline)))) < len(next(iter(network().mels(outline))))


# Refused


@pytest.mark.parametrize(
    "other", [{"sample_rate": 8_001}, {"highest": 3_999.0}, {"values": (0.0, 1.0)}, {"window": 301}], ids=str
)
def test_a_contract_that_differs_in_one_number_is_refused(other: dict[str, object], tmp_path: Path) -> None:
    mel = MEL.model_copy(update=other)
    stated = {"mel": mel, "sample_rate": mel.sample_rate}
    changed = publish_altered(package(), tmp_path, lambda _: None, **stated)

    with pytest.raises(VoicePackageError, match="不一致"):
        model(changed, vocoder_package("spectral"))


def test_a_voice_without_a_pitch_cannot_have_a_vocoder_that_needs_one() -> None:
    with pytest.raises(VoicePackageError, match="不一致"):
        model(stepping("plain"), vocoder_package("slower-spectral"))


def test_a_voice_that_says_nothing_of_its_spectrogram_keeps_its_own_vocoder() -> None:
    with pytest.raises(VoicePackageError, match="不一致"):
        model(imported(), vocoder_package("slower-ahead"))


@EVERY
def test_a_vocoder_that_reads_more_bands_than_it_says_is_refused(kind: str, tmp_path: Path) -> None:
    bands = MEL.bands + 1
    mel = vocoder_package(kind).manifest.mel
    assert mel is not None
    lying = publish_altered(
        vocoder_package(kind), tmp_path, lambda _: None, mel=mel.model_copy(update={"bands": bands})
    )
    voice = replace(package(), manifest=package().manifest.model_copy(update={"mel": _with_bands(bands)}))

    with pytest.raises(VoicePackageError, match=f"语音包 {kind} 的文件不一致"):
        model(voice, lying)


def _with_bands(bands: int) -> object:
    return MEL.model_copy(update={"bands": bands})


@pytest.mark.parametrize(("kind", "other"), [("causal", "spectral"), ("spectral", "ahead")])
def test_a_graph_of_another_kind_than_the_manifest_says_is_refused(
    kind: str, other: str, tmp_path: Path
) -> None:
    content = vocoder_package(other).path("vocoder.onnx").read_bytes()
    changed = publish_altered(
        vocoder_package(kind), tmp_path, lambda folder: (folder / "vocoder.onnx").write_bytes(content)
    )

    with pytest.raises(VoicePackageError, match="不一致"):
        model(package(), changed)
