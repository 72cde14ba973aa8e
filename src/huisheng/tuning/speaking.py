"""Speech of networks in torch, as the engine makes it of their graphs."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from huisheng.acoustic.contours import Contours, f0_of
from huisheng.acoustic.inputs import Inputs
from huisheng.acoustic.parallel import ParallelBatch, ParallelOutput, ParallelSamBert
from huisheng.audio.source_filter import NOISE_PERIOD, noise, phase, pulses
from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.types import Samples


@torch.inference_mode()
def said(model: ParallelSamBert, ids: NDArray[np.int64], speaker: int, emotion: int) -> ParallelOutput:
    """What a model makes of (L, 4) symbols, said by one of its speakers in one emotion; B is 1."""
    return model.infer(_inputs(model, ids, speaker, emotion))


@torch.inference_mode()
def sung(
    model: ParallelSamBert,
    ids: NDArray[np.int64],
    durations: NDArray[np.int64],
    speaker: int,
    emotion: int,
) -> NDArray[np.bool_]:
    """(L, 4) symbols and (L,) frames of each → (T,) whether a frame has a pitch, as the model means it."""
    none = torch.zeros(1, int(durations.sum()))
    mels = torch.zeros(*none.shape, model.config.mels)
    inputs = _inputs(model, ids, speaker, emotion)
    batch = ParallelBatch(inputs, torch.tensor(durations)[None], Contours(none, none, none), mels)
    return model(batch).contours.voicing[0].numpy() > 0.0


@torch.inference_mode()
def speak(networks: ParallelNetworks, ids: NDArray[np.int64], speaker: int, emotion: int) -> Samples:
    """(N,) samples of (L, 4) symbols, N a multiple of the hop."""
    made = said(networks.acoustic, ids, speaker, emotion)
    if not made.mel.shape[1]:
        return np.zeros(0, dtype=np.float32)
    config = networks.vocoder.config
    voicing = (made.contours.voicing > 0.0).float()  # (1, T)
    f0 = (f0_of(made.contours.pitch) * voicing)[0].numpy()
    pulsed = pulses(phase(f0, config.hop, config.sample_rate), f0, config.hop, config.sample_rate)
    around = np.pad(pulsed, config.pulses.overhang)
    random = noise()[np.arange(len(around)) % NOISE_PERIOD]
    excitation = torch.tensor(np.stack([around, random]))[None]  # (1, 2, driven(T))
    return networks.vocoder(made.mel, made.contours.pitch, voicing, excitation)[0, 0].numpy()


def _inputs(model: ParallelSamBert, ids: NDArray[np.int64], speaker: int, emotion: int) -> Inputs:
    symbols = len(ids)
    return Inputs(
        symbols=torch.tensor(ids)[None],
        emotions=model.emo_tokenizer.weight[emotion].expand(1, symbols, -1),
        speakers=model.spk_tokenizer.weight[speaker].expand(1, symbols, -1),
        lengths=torch.tensor([symbols]),
    )
