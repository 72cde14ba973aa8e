"""Speech from networks in torch, computed as the engine does from their graphs."""

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
def predict(model: ParallelSamBert, ids: NDArray[np.int64], speaker: int, emotion: int) -> ParallelOutput:
    """Output of a model for (L, 4) symbols, one speaker and one emotion; mel is (1, T, M)."""
    return model.infer(_inputs(model, ids, speaker, emotion))


@torch.inference_mode()
def predict_voicing(
    model: ParallelSamBert,
    ids: NDArray[np.int64],
    durations: NDArray[np.int64],
    speaker: int,
    emotion: int,
) -> NDArray[np.bool_]:
    """(L, 4) symbols and (L,) frames of each → (T,) whether the model predicts a frame to be voiced."""
    zeros = torch.zeros(1, int(durations.sum()))
    mels = torch.zeros(*zeros.shape, model.config.mels)
    inputs = _inputs(model, ids, speaker, emotion)
    batch = ParallelBatch(inputs, torch.tensor(durations)[None], Contours(zeros, zeros, zeros), mels)
    return model(batch).contours.voicing[0].numpy() > 0.0


@torch.inference_mode()
def synthesize(networks: ParallelNetworks, ids: NDArray[np.int64], speaker: int, emotion: int) -> Samples:
    """(L, 4) symbols → (N,) samples, N a multiple of the hop."""
    output = predict(networks.acoustic, ids, speaker, emotion)
    if not output.mel.shape[1]:
        return np.zeros(0, dtype=np.float32)
    config = networks.vocoder.config
    voicing = (output.contours.voicing > 0.0).float()  # (1, T)
    f0 = (f0_of(output.contours.pitch) * voicing)[0].numpy()
    pulse_train = pulses(phase(f0, config.hop, config.sample_rate), f0, config.hop, config.sample_rate)
    around = np.pad(pulse_train, config.pulses.overhang)
    random = noise()[np.arange(len(around)) % NOISE_PERIOD]
    excitation = torch.tensor(np.stack([around, random]))[None]  # (1, 2, excitation_length(T))
    return networks.vocoder(output.mel, output.contours.pitch, voicing, excitation)[0, 0].numpy()


def _inputs(model: ParallelSamBert, ids: NDArray[np.int64], speaker: int, emotion: int) -> Inputs:
    symbols = len(ids)
    return Inputs(
        symbols=torch.tensor(ids)[None],
        emotions=model.emo_tokenizer.weight[emotion].expand(1, symbols, -1),
        speakers=model.spk_tokenizer.weight[speaker].expand(1, symbols, -1),
        lengths=torch.tensor([symbols]),
    )
