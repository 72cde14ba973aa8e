"""A voice as large as the published ones of 16 kHz, with weights drawn by a rule: none of those may be had.

How fast a network runs does not depend on its weights, except through the durations that it predicts: here a
symbol lasts 5 to 20 frames, and four to five characters a second are said. The voice is converted and read as
any imported one.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from huisheng.acoustic.config import AcousticConfig
from huisheng.acoustic.model import SamBert
from huisheng.export.modelscope.source import VoiceSource
from huisheng.export.sambert import convert
from huisheng.text.symbols.sambert import inventory
from huisheng.vocoder import generator
from huisheng.vocoder.config import VocoderConfig
from huisheng.voice.load import VoicePackage

NAME: Final = "drawn"
_LANGUAGE: Final = "PinYin"
_SPEAKER: Final = "F7"
_SEED: Final = 3
_LOG_DURATION: Final = 1.7
"""Bias of the last layer of the duration predictor, log(frames + 1)."""


@dataclass(frozen=True, slots=True, eq=False)
class DrawnVoice:
    """The same weights twice.

    Attributes:
        acoustic, vocoder: in torch, for inference.
        package: as converted.
    """

    acoustic: SamBert
    vocoder: generator.Generator
    package: VoicePackage


@contextmanager
def drawn_voice() -> Generator[DrawnVoice]:
    """The voice, and a folder for it that is gone afterwards."""
    acoustic, vocoder = SamBert(AcousticConfig()).eval(), generator.Generator(VocoderConfig()).eval()
    for network in (acoustic, vocoder):
        network.load_state_dict(draw_state_dict(network))
    with TemporaryDirectory() as folder:
        package = convert(_source(acoustic, vocoder), NAME, Path(folder))
        yield DrawnVoice(acoustic, vocoder.fold(), package)


def draw_state_dict(network: nn.Module) -> dict[str, Tensor]:
    """A state dict in which everything that is learned is drawn, by its name; computed tables stay."""
    learned = {name for name, _ in network.named_parameters()}
    return {
        name: _tensor(name, tuple(tensor.shape)) if name in learned else tensor
        for name, tensor in network.state_dict().items()
    }


def _tensor(name: str, shape: tuple[int, ...]) -> Tensor:
    random = np.random.default_rng((_SEED, zlib.crc32(name.encode())))
    return torch.as_tensor(_scale(name, random.standard_normal(shape)).astype(np.float32))


def _scale(name: str, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard normal (…) → weights that keep the size of what passes through them."""
    leaf = name.rpartition(".")[2]
    spread = 1.0 / math.sqrt(math.prod(z.shape[1:]))
    rules = (
        (leaf == "weight_g", lambda: _gain(name) * (1.0 + 0.2 * np.tanh(z))),
        (leaf == "weight_v", lambda: z),
        ("layer_norm" in name or ".ln." in name, lambda: 0.1 * z + float(leaf == "weight")),
        ("_emb.weight" in name and z.ndim == 2, lambda: 0.3 * z),
        ("tokenizer.weight" in name, lambda: z),
        ("duration_predictor.fc.bias" in name, lambda: np.full_like(z, _LOG_DURATION)),
        ("duration_predictor.fc" in name, lambda: 4.0 * spread * z),
        ("duration_predictor.lstm.weight_ih" in name, lambda: 3.0 * spread * z),  # symbols differ in length
        (z.ndim == 1, lambda: 0.05 * z),
        (True, lambda: spread * z),
    )
    return next(rule() for fits, rule in rules if fits)


def _gain(name: str) -> float:
    """Length of the weights of a normed layer: residual blocks add up, transposed ones overlap by half."""
    gains = ((".deconv.", 2.0), ("conv_post", 0.3), (".convs", 0.6))
    return next((gain for part, gain in gains if part in name), 1.0)


def _source(acoustic: SamBert, vocoder: generator.Generator) -> VoiceSource:
    return VoiceSource(
        name=NAME,
        acoustic=acoustic.config,
        acoustic_weights=acoustic.state_dict(),
        vocoder=vocoder.config,
        vocoder_weights=vocoder.state_dict(),
        inventory=inventory(_LANGUAGE),
        speakers=(_SPEAKER,),
        speaker_vector=None,
        f0=None,
        sample_rate=vocoder.config.sample_rate,
        hop=vocoder.config.hop,
        licence="",
        origins=(),
        remarks="Weights drawn at random.",
    )
