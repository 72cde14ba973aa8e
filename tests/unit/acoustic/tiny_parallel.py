"""The tiny model with a decoder that makes all frames at once, and something to say with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import torch
from tests.parity.weights import draw_state_dict
from tests.unit.acoustic.tiny import TINY, drawn_ids
from torch import Tensor

from huisheng.acoustic.config import ParallelConfig
from huisheng.acoustic.contours import Contours
from huisheng.acoustic.inputs import Inputs, valid_positions
from huisheng.acoustic.parallel import ParallelBatch, ParallelSamBert
from huisheng.convnext import StackConfig

PARALLEL: Final = replace(
    TINY,
    parallel=ParallelConfig(
        contours=StackConfig(2, 8, 12, kernel=3, dropout=0.1),
        decoder=StackConfig(2, 10, 14, kernel=5),
        pitches=7,
        efforts=3,
    ),
)

_GAINS: Final = ("norm.weight", "entered.weight", "leave.weight", "scale")
"""They lie around 1."""


def network() -> ParallelSamBert:
    """With lively weights, the same each time; symbols last some frames."""
    ours = ParallelSamBert(PARALLEL).eval().requires_grad_(False)
    weights = draw_state_dict(
        {key: tuple(value.shape) for key, value in ours.state_dict().items()}, dict(ours.named_buffers())
    )
    ours.load_state_dict(weights)
    for stack in (ours.contour_predictor.stack, ours.mel_decoder.stack):
        for name, parameter in stack.named_parameters():
            parameter.add_(float(name.endswith(_GAINS)))
    return ours


def utterances(ours: ParallelSamBert, *lengths: int, padded: int = 0, seed: int = 0) -> Inputs:
    """Random symbols of some lengths; what lies behind an end is as random as the rest."""
    sizes = ours.config.vocabulary
    fields = (sizes.phones, sizes.tones, sizes.syllable_flags, sizes.word_segments)
    ids = drawn_ids(len(lengths), max(lengths) + padded, (*fields, sizes.emotions, sizes.speakers), seed)
    emotions: Tensor = ours.emo_tokenizer(ids[..., 4])
    speakers: Tensor = ours.spk_tokenizer(ids[..., 5])
    return Inputs(ids[..., :4], emotions, speakers, torch.tensor(lengths))


def training_batch(ours: ParallelSamBert, *lengths: int, seed: int = 0) -> ParallelBatch:
    """Random truths about random symbols."""
    generator = torch.Generator().manual_seed(seed)
    inputs = utterances(ours, *lengths, seed=seed)
    shape = inputs.symbols.shape[:2]
    durations = torch.randint(1, 6, shape, generator=generator) * valid_positions(inputs.lengths, shape[1])
    frames = durations.sum(dim=1)
    longest = int(frames.max())
    spoken = valid_positions(frames, longest)
    mels = torch.randn(len(lengths), longest, ours.config.mels, generator=generator)
    pitch, voicing, energy = torch.randn(3, len(lengths), longest, generator=generator) * spoken
    contours = Contours(pitch, (voicing > 0.0).float(), energy)
    return ParallelBatch(inputs, durations, contours, mels * spoken[..., None])
