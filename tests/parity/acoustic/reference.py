"""What the reference said on random weights (KAN-TTS 66202d0, torch 2.13.0, CPU), and the same model of ours.

`fixtures` holds, per model, its configuration, the shapes of its weights, and inputs with outputs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tests.parity.weights import draw_state_dict
from torch import Tensor

from huisheng.acoustic.config import AcousticConfig, VocabularySizes, acoustic_config
from huisheng.acoustic.inputs import Inputs, TrainingBatch, valid_positions
from huisheng.acoustic.model import SamBert
from huisheng.acoustic.outputs import Inference, TrainingOutput

FIXTURES = Path(__file__).parent / "fixtures"

MODELS = ("am16k", "am16k_full", "am_nsf", "am_mas", "am_byte", "am_se", "am_fp")
SPOKEN = tuple(tuple(path.name.split(".")[::2]) for path in sorted(FIXTURES.glob("*.infer.*.npz")))
"""Model and line of each inference."""
TAUGHT = tuple(path.name.split(".")[0] for path in sorted(FIXTURES.glob("*.train.npz")))
"""Models that were also run as in training, with all dropout off."""


def shapes(model: str) -> dict[str, tuple[int, ...]]:
    """Key → shape of a model's weights."""
    listed: dict[str, list[int]] = json.loads((FIXTURES / f"{model}.keys.json").read_text("utf-8"))
    return {key: tuple(shape) for key, shape in listed.items()}


def config(model: str) -> AcousticConfig:
    params: Mapping[str, Any] = json.loads((FIXTURES / f"{model}.meta.json").read_text("utf-8"))["params"]
    vocabulary = VocabularySizes(
        phones=params.get("sy", 0),
        tones=params.get("tone", 0),
        syllable_flags=params.get("syllable_flag", 0),
        word_segments=params.get("word_segment", 0),
        emotions=params["emotion"],
        speakers=params["speaker"],
        bytes=params.get("byte_index", 0),
    )
    pauses = shapes(model).get("FP_predictor.w_1.bias", (256,))
    return replace(acoustic_config(params, vocabulary), pause_units=pauses[0])


@cache
def network(model: str) -> SamBert:
    """With the reference's weights."""
    ours = SamBert(config(model)).eval()
    ours.load_state_dict(draw_state_dict(shapes(model), dict(ours.named_buffers())))
    return ours


@cache
def numbers(file: str) -> dict[str, Tensor]:
    """Name → tensor of a fixture."""
    with np.load(FIXTURES / file) as held:
        return {name: torch.from_numpy(held[name]) for name in held.files}  # pyright: ignore[reportUnknownMemberType]


def inputs(model: str, given: Mapping[str, Tensor], lengths: Tensor) -> Inputs:
    ours = network(model)
    speakers = given["spk"] if ours.config.speaker_vectors else ours.speaker_vectors(given["spk"])
    return Inputs(given["ling"], ours.emotion_vectors(given["emo"]), speakers, lengths)


@cache
def infer_line(model: str, line: str) -> Inference:
    given = numbers(f"{model}.infer.{line}.npz")
    return network(model).infer(inputs(model, given, torch.tensor([given["ling"].shape[1]])))


@cache
def batch(model: str) -> TrainingBatch:
    given = numbers(f"{model}.train.npz")
    lengths = given["in_len"]
    # The reference adds the batch's padding to the end symbol, and takes it away again before it decodes.
    durations = given["dur_in"] * valid_positions(lengths, given["dur_in"].shape[1])
    return TrainingBatch(
        inputs=inputs(model, given, lengths),
        mels=given["mel_in"],
        frames=given["out_len"],
        pitch=given["pitch_in"],
        energy=given["energy_in"],
        durations=None if network(model).config.aligns else durations,
        prior=given.get("prior"),
    )


@cache
def training_output(model: str) -> TrainingOutput:
    with torch.no_grad():
        return network(model).forward(batch(model))
