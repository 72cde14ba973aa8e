"""The graphs say what the reference says, stage by stage, through the classes that the engine speaks with."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.parity.acoustic.reference import SPOKEN, network, numbers
from tests.parity.graphs.packages import (
    acoustic_published,
    acoustic_settings,
    graph,
    line_inputs,
    plan_of,
    speaking,
)

from huisheng.acoustic.inputs import Controls, Inputs
from huisheng.engines.sambert.network import Decoder, Outline, SambertNetwork
from huisheng.engines.sambert.steps import DecoderSteps
from huisheng.engines.two_stage.plan import Plan
from huisheng.types import PLAIN, Inflection

Array = NDArray[np.float32]

BEFORE_DECODER = 1e-5
SPECTROGRAM = 1e-4

HESITANT = [("am_fp", line) for model, line in SPOKEN if model == "am_fp"]

every_line = pytest.mark.parametrize(("model", "line"), SPOKEN)


class LineStages(NamedTuple):
    """What the graphs made of a line.

    Attributes:
        plan: after hesitation.
        outline: before it is spoken.
        stages: name → (K,) or (K, P) values of each symbol.
    """

    plan: Plan
    outline: Outline
    stages: dict[str, Array]


@cache
def speak_line(model: str, line: str) -> LineStages:
    return say(model, plan_of(line_inputs(model, line)))


def say(model: str, plan: Plan) -> LineStages:
    plan, text = speaking(model).read(plan)
    stages = speaking(model).vary(plan, text)
    return LineStages(plan, outline(model, plan, stages), stages | {"text": text})


def outline(model: str, plan: Plan, stages: dict[str, Array]) -> Outline:
    frames, longest = plan.frames(stages["log_durations"])
    band = int(longest / network(model).config.group + 0.5)
    return Outline(stages["coloured"], plan.speakers, plan.emotions, frames, band)


@cache
def coarse(model: str, line: str) -> Array:
    """(T, M)"""
    decoder = Decoder(
        DecoderSteps(graph(model, "decoder")), network(model).config.group, speak_line(model, line).outline
    )
    return np.concatenate(list(decoder.chunks()))


@cache
def mel(model: str, line: str) -> Array:
    """(T, M)"""
    return np.concatenate(list(speaking(model).mels(speak_line(model, line).outline)))


@every_line
@pytest.mark.parametrize(
    ("stage", "theirs"), [("pitch", "pitch"), ("energy", "energy"), ("log_durations", "log_dur")]
)
def test_a_value_of_each_symbol_is_equal_within_1e_5(model: str, line: str, stage: str, theirs: str) -> None:
    expected = numbers(f"{model}.infer.{line}.npz")[theirs][0].numpy()

    np.testing.assert_allclose(speak_line(model, line).stages[stage], expected, rtol=0, atol=BEFORE_DECODER)


@every_line
def test_the_text_is_equal_within_1e_5(model: str, line: str) -> None:
    expected = numbers(f"{model}.infer.{line}.npz")["text_hid"][0].numpy()

    text = graph(model, "encoder")({"symbols": line_inputs(model, line).symbols[0].numpy()})["text"]

    np.testing.assert_allclose(text, expected, rtol=0, atol=BEFORE_DECODER)


@every_line
def test_durations_are_the_same_frames(model: str, line: str) -> None:
    expected = numbers(f"{model}.infer.{line}.npz")

    frames = speak_line(model, line).outline.frames

    np.testing.assert_array_equal(frames, (expected["log_dur"][0].exp() - 0.5).floor().long().numpy())
    assert frames.sum() == int(expected["lr_len"])


@every_line
def test_the_decoder_sees_as_far(model: str, line: str) -> None:
    assert speak_line(model, line).outline.band == int(numbers(f"{model}.infer.{line}.npz")["x_band"])


@every_line
def test_the_outline_of_a_line_is_made_of_these_stages(model: str, line: str) -> None:
    _, made = speaking(model).outline(plan_of(line_inputs(model, line)))

    np.testing.assert_array_equal(made.frames, speak_line(model, line).outline.frames)
    np.testing.assert_array_equal(made.text, speak_line(model, line).outline.text)
    assert made.band == speak_line(model, line).outline.band


@every_line
def test_the_memory_of_the_decoder_is_equal_within_1e_5(model: str, line: str) -> None:
    expected = numbers(f"{model}.infer.{line}.npz")
    regulated = [expected[f"lr_{part}"] for part in ("text", "spk", "emo")]
    theirs = network(model).mel_decoder.memory(*regulated)[0].numpy()

    made = Decoder(
        DecoderSteps(graph(model, "decoder")), network(model).config.group, speak_line(model, line).outline
    )

    ours = made.memory(0, len(theirs))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=BEFORE_DECODER)


@every_line
def test_the_coarse_spectrogram_is_equal_within_1e_4(model: str, line: str) -> None:
    made = coarse(model, line)

    expected = numbers(f"{model}.infer.{line}.npz")["coarse"][0, : len(made)].numpy()
    np.testing.assert_allclose(made, expected, rtol=0, atol=SPECTROGRAM)


@every_line
def test_the_spectrogram_is_equal_within_1e_4(model: str, line: str) -> None:
    expected = numbers(f"{model}.infer.{line}.npz")

    made = mel(model, line)

    assert len(made) == int(expected["lr_len"])
    np.testing.assert_allclose(made, expected["mel"][0, : len(made)].numpy(), rtol=0, atol=SPECTROGRAM)


@pytest.mark.parametrize(("model", "line"), HESITANT)
def test_a_model_that_hesitates_does_so_where_the_reference_does(model: str, line: str) -> None:
    odds = numbers(f"{model}.infer.{line}.npz")["fp_prob"][0]

    pauses = graph(model, "encoder")({"symbols": line_inputs(model, line).symbols[0].numpy()})["pauses"]

    np.testing.assert_array_equal(pauses, odds.argmax(dim=1).numpy())
    assert pauses.any()


def various(given: Inputs) -> Inputs:
    """The same symbols, each with an emotion and a speaker of its own."""
    random = torch.Generator().manual_seed(3)
    emotions, speakers = (
        torch.randn(vectors.shape, generator=random) for vectors in (given.emotions, given.speakers)
    )
    return Inputs(given.symbols, emotions, speakers, given.lengths)


@pytest.mark.parametrize("model", ["am16k", "am_fp", "am_se"])
def test_where_emotion_and_speaker_change_the_graphs_say_what_the_network_says(model: str) -> None:
    given = various(line_inputs(model, "short"))
    expected = network(model).infer(given)

    _, made = speaking(model).outline(plan_of(given))

    np.testing.assert_array_equal(made.frames, expected.durations[0].numpy())
    whole = np.concatenate(list(speaking(model).mels(made)))
    np.testing.assert_allclose(whole, expected.mel[0, : len(whole)].numpy(), rtol=0, atol=SPECTROGRAM)


def test_a_symbol_that_the_network_gives_no_time_has_none_in_the_graph() -> None:
    hasty = deepcopy(network("am16k"))
    hasty.variance_adaptor.duration_predictor.fc.bias.data -= 1.7
    given = line_inputs("am16k", "mixed")
    expected = hasty.infer(given).log_durations[0].numpy()
    graphs = SambertNetwork(acoustic_published(hasty), acoustic_settings(hasty))

    plan, text = graphs.read(plan_of(given))
    made = graphs.vary(plan, text)["log_durations"]

    assert 0 < np.count_nonzero(expected) < len(expected)
    np.testing.assert_allclose(made, expected, rtol=0, atol=BEFORE_DECODER)


@pytest.mark.parametrize("model", ["am16k", "am_nsf", "am_fp"])
def test_under_the_same_controls_the_graphs_say_what_the_network_says(model: str) -> None:
    given = line_inputs(model, "short")
    plan = plan_of(given, lambda place: Inflection(pitch=3.0, range=1.5) if place > 5 else PLAIN, speed=0.8)
    plain = say(model, plan_of(given))
    middle = float(plain.stages["pitch"].mean())
    scale, bias = (torch.as_tensor(values)[None] for values in plan.melody(None, middle))
    rate = torch.full_like(scale, 0.8)
    expected = network(model).infer(given, Controls(rate=rate, pitch_scale=scale, pitch_bias=bias))

    made = say(model, plan)

    np.testing.assert_allclose(made.stages["pitch"], expected.pitch[0].numpy(), rtol=0, atol=BEFORE_DECODER)
    np.testing.assert_array_equal(made.outline.frames, expected.durations[0].numpy())
    whole = np.concatenate(list(speaking(model).mels(made.outline)))
    np.testing.assert_allclose(whole, expected.mel[0, : len(whole)].numpy(), rtol=0, atol=SPECTROGRAM)


@pytest.mark.parametrize("line", ["short", "mixed"])
def test_a_sound_of_hesitation_has_the_emotion_and_the_speaker_of_the_symbol_after_it(line: str) -> None:
    given = various(line_inputs("am_fp", line))
    origins = network("am_fp").infer(given).origins[0].numpy()

    plan, _ = speaking("am_fp").read(plan_of(given))

    owners = np.array([symbol.item for symbol in plan.symbols])
    np.testing.assert_array_equal(owners[origins >= 0], np.arange(len(given.symbols[0])))
    np.testing.assert_array_equal(plan.emotions, given.emotions[0].numpy()[owners])
    np.testing.assert_array_equal(plan.speakers, given.speakers[0].numpy()[owners])
