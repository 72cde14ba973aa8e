import pytest
import torch
from benchmarks.sambert.work import (
    Size,
    decoder_work,
    encoder_work,
    postnet_work,
    variance_work,
    vocoder_work,
)
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from huisheng.acoustic.config import AcousticConfig
from huisheng.acoustic.decoder import MelDecoder
from huisheng.acoustic.encoder import TextEncoder
from huisheng.acoustic.postnet import Postnet
from huisheng.acoustic.variance import VarianceAdaptor
from huisheng.vocoder.config import HIFIGAN_8K, HIFIGAN_16K, HIFIGAN_24K, HIFIGAN_48K, VocoderConfig
from huisheng.vocoder.generator import Generator

CONFIG = AcousticConfig()
ONE = Size(symbols=1, frames=1, band=0)

VOCODERS = [(HIFIGAN_8K, 3.9), (HIFIGAN_16K, 7.8), (HIFIGAN_24K, 27.6), (HIFIGAN_48K, 38.0)]


@pytest.mark.parametrize(("config", "billions"), VOCODERS)
def test_a_second_of_a_published_vocoder_is_as_much_work_as_its_layers_say(
    config: VocoderConfig, billions: float
) -> None:
    macs = vocoder_work(config, config.sample_rate // config.hop).macs

    assert round(macs / 1e9, 1) == billions


@pytest.mark.parametrize("config", [config for config, _ in VOCODERS])
def test_torch_counts_as_much_for_a_vocoder(config: VocoderConfig) -> None:
    generator = Generator(config, weight_norm=False)

    with torch.inference_mode(), FlopCounterMode(display=False) as counted:
        generator(torch.zeros(1, config.mels, 2))

    assert vocoder_work(config, 2).macs == counted.get_total_flops() // 2


def test_a_symbol_takes_every_weight_of_the_encoder_once_and_looks_at_itself() -> None:
    looking = 2 * CONFIG.encoder.layers * CONFIG.encoder.width

    assert encoder_work(CONFIG, ONE).macs == _weights(TextEncoder(CONFIG), tables=True) + looking


def test_a_symbol_takes_every_weight_of_the_variance_adaptor_once() -> None:
    assert variance_work(CONFIG, ONE).macs == _weights(VarianceAdaptor(CONFIG))


def test_a_step_takes_every_weight_of_the_decoder_once_and_looks_at_itself_twice() -> None:
    looking = 4 * CONFIG.decoder.layers * CONFIG.decoder.width

    assert decoder_work(CONFIG, ONE).macs == _weights(MelDecoder(CONFIG)) + looking


def test_a_frame_takes_every_weight_of_the_postnet_once() -> None:
    assert postnet_work(CONFIG, ONE).macs == _weights(Postnet(CONFIG))


def test_a_step_of_the_decoder_reads_what_depends_on_the_step_before() -> None:
    work = decoder_work(CONFIG, ONE)
    of_memory = CONFIG.memory_units * (1 + 2 * CONFIG.decoder.layers) * CONFIG.decoder.width

    assert work.weights == 4 * (_weights(MelDecoder(CONFIG)) - of_memory)


@pytest.mark.parametrize(("frames", "steps"), [(3, 1), (4, 2), (6, 2)])
def test_a_step_that_is_not_full_is_a_whole_turn_of_the_loop(frames: int, steps: int) -> None:
    assert decoder_work(CONFIG, Size(1, frames, 0)).turns == steps


def _weights(network: nn.Module, *, tables: bool = False) -> int:
    """Elements of its matrices and filters, neither biases nor scales; `tables`: nor embeddings."""
    return sum(
        parameter.numel()
        for name, parameter in network.named_parameters()
        if parameter.dim() > 1 and not (tables and "_emb" in name)
    )
