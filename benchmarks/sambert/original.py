"""The decoder's loop as the published code runs it: the yardstick that its speed is known by.

Every step makes both masks anew for the whole utterance, L×L, and attends over every step before it and over
the whole memory, all but a band of which the masks then hide. Weights and result are those of
`acoustic/decoder.py`, which keeps the band alone.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from huisheng.acoustic.attention import KeysValues, merge_heads
from huisheng.acoustic.decoder import MelDecoder, PncaBlock
from huisheng.acoustic.inputs import Controls, Inputs, valid_positions
from huisheng.acoustic.length_regulator import bands, whole_frames
from huisheng.acoustic.model import SamBert
from huisheng.acoustic.variance import Conditions


_AS_PREDICTED = Controls()


@torch.inference_mode()
def infer(model: SamBert, inputs: Inputs) -> Tensor:
    """(1, T, M) the spectrogram of one utterance."""
    valid = valid_positions(inputs.lengths, inputs.symbols.shape[1])
    text = model.text_encoder.alone(inputs.symbols, valid).text
    conditions = Conditions(text, inputs.speakers, inputs.emotions, inputs.lengths, valid)
    adapted = model.variance_adaptor.generate(conditions, _AS_PREDICTED)
    lengths = torch.expm1(adapted.log_durations)
    regulated = model.variance_adaptor.regulate(adapted.text, conditions, whole_frames(lengths))
    memory = model.mel_decoder.memory(regulated.text, regulated.speakers, regulated.emotions)
    coarse = decoded(model.mel_decoder, memory, int(bands(lengths, model.config.group)[0]))
    spoken = valid_positions(regulated.frames, coarse.shape[1])
    return model.mel_postnet(coarse, spoken)[:, : int(regulated.frames[0])]


def decoded(decoder: MelDecoder, memory: Tensor, band: int) -> Tensor:
    """(1, T, U) memory → (1, r·T, M) coarse frames."""
    network, steps = decoder.mel_dec, memory.shape[1]
    remembered = network.remember(memory)
    past: list[KeysValues | None] = [None] * len(remembered)
    frame = memory.new_zeros(1, 1, decoder.mels)
    found: list[Tensor] = []
    for step in range(steps):
        behind, ahead = (mask[step] for mask in _masks(steps, band))
        x = network.dec_in_proj(torch.cat([memory[:, step : step + 1], network.prenet(frame)], dim=2))
        x = x * network.scale
        for place, block in enumerate(network.blocks):
            x, past[place] = _block(block, x, (past[place], remembered[place]), (behind[: step + 1], ahead))
        out = network.dec_out_proj(network.ln(x))
        frame = out[..., -decoder.mels :]
        found.append(out)
    return torch.cat(found, dim=1).reshape(1, -1, decoder.mels)


def _masks(steps: int, band: int) -> tuple[Tensor, Tensor]:
    """(L, L) True where a step must not look, behind it and ahead of it."""
    place = torch.arange(steps)
    distance = place[:, None] - place
    return (distance < 0) | (distance > band), (distance > 0) | (-distance > band)


def _block(
    block: PncaBlock, x: Tensor, seen: tuple[KeysValues | None, KeysValues], masks: tuple[Tensor, Tensor]
) -> tuple[Tensor, KeysValues]:
    """One step of (1, 1, D) through a block, and its past with this step added."""
    attention = block.pnca_attn
    queries, own = attention.project(x)
    past = own if seen[0] is None else seen[0].followed_by(own)
    heard = attention.fc_x(_attended(queries, past, masks[0])) + attention.fc_h(
        _attended(queries, seen[1], masks[1])
    )
    return block.pos_ffn(heard + x), past


def _attended(queries: Tensor, seen: KeysValues, mask: Tensor) -> Tensor:
    """(1, H, 1, d) → (1, 1, D): what is not hidden by (K,)."""
    scores = queries @ seen.keys.transpose(2, 3) / math.sqrt(queries.shape[3])
    shares = scores.masked_fill(mask, -math.inf).softmax(dim=3)
    return merge_heads(shares @ seen.values)
