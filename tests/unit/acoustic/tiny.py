"""A model of a few thousand weights, and something to say with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from tests.parity.weights import draw_state_dict
from torch import Tensor

from huisheng.acoustic.config import AcousticConfig, BlockConfig, FsmnConfig, VocabularySizes
from huisheng.acoustic.inputs import Inputs, TrainingBatch, valid_positions
from huisheng.acoustic.model import SamBert

TINY: Final = AcousticConfig(
    vocabulary=VocabularySizes(phones=147, emotions=5, speakers=3),
    longest=20,
    embedding=16,
    encoder=BlockConfig(2, 2, 8, 12, 0.1, 0.1, 0.1),
    text_units=6,
    speaker_units=4,
    emotion_units=3,
    predictor=FsmnConfig(5, 2, 7, 10, 0.1, 0),
    predictor_lstm=5,
    duration_prenet=(6, 5),
    duration_lstm=6,
    prenet=(9, 8),
    decoder=BlockConfig(2, 2, 8, 12, 0.1, 0.1, 0.1),
    mels=4,
    postnet=FsmnConfig(9, 2, 9, 11, 0.1, 3),
    postnet_lstm=6,
    pause_units=8,
)


def network(config: AcousticConfig = TINY) -> SamBert:
    """With lively weights, the same each time; symbols last 1…40 frames."""
    ours = SamBert(config).eval()
    tables = dict(ours.named_buffers())
    weights = draw_state_dict({key: tuple(t.shape) for key, t in ours.state_dict().items()}, tables)
    weights["variance_adaptor.duration_predictor.fc.weight"] *= 4.0
    ours.load_state_dict(weights)
    return ours


def drawn_ids(rows: int, longest: int, sizes: Sequence[int], seed: int = 0) -> Tensor:
    """(rows, longest, fields) int64, each field below its size."""
    generator = torch.Generator().manual_seed(seed)
    fields = [torch.randint(size, (rows, longest), generator=generator) for size in sizes]
    return torch.stack(fields, dim=2)


def utterances(ours: SamBert, *lengths: int, padded: int = 0, seed: int = 0) -> Inputs:
    """Random symbols of some lengths; what lies behind an end is as random as the rest."""
    sizes = ours.config.vocabulary
    fields = (sizes.phones, sizes.tones, sizes.syllable_flags, sizes.word_segments)
    longest = max(lengths) + padded
    ids = drawn_ids(len(lengths), longest, (*fields, sizes.emotions, sizes.speakers), seed)
    speakers = ours.speaker_vectors(ids[..., 5])
    return Inputs(ids[..., :4], ours.emotion_vectors(ids[..., 4]), speakers, torch.tensor(lengths))


def row(inputs: Inputs, index: int) -> Inputs:
    """One utterance of a batch, without its padding."""
    here, end = slice(index, index + 1), int(inputs.lengths[index])
    return Inputs(
        inputs.symbols[here, :end],
        inputs.emotions[here, :end],
        inputs.speakers[here, :end],
        inputs.lengths[here],
    )


def training_batch(ours: SamBert, *lengths: int, seed: int = 0) -> TrainingBatch:
    """Random truths about random symbols; per frame, and with durations left out, where the model aligns."""
    generator = torch.Generator().manual_seed(seed)
    inputs = utterances(ours, *lengths, padded=1, seed=seed)
    shape = inputs.symbols.shape[:2]
    durations = torch.randint(1, 6, shape, generator=generator) * valid_positions(inputs.lengths, shape[1])
    frames = durations.sum(dim=1)
    longest = -(-int(frames.max()) // ours.config.group) * ours.config.group
    spoken = valid_positions(frames, longest)
    mels = torch.randn(len(lengths), longest, ours.config.mels, generator=generator) * spoken[..., None]
    tracks = torch.randn(2, len(lengths), longest, generator=generator) * spoken
    if not ours.config.aligns:
        tracks = tracks[..., : shape[1]] * valid_positions(inputs.lengths, shape[1])
    return TrainingBatch(
        inputs, mels, frames, tracks[0], tracks[1], None if ours.config.aligns else durations
    )


def to_lists(tensor: Tensor) -> list[Any]:
    """Nested lists of Python numbers."""
    return tensor.tolist()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
