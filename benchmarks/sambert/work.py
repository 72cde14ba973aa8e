"""How much there is to do: multiply-accumulates of every part, and the weights that its loop reads each time.

Counted from the layers as the papers and checkpoints have them. Activations, normalisations and sines are not
counted.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

from huisheng.acoustic.config import AcousticConfig, BlockConfig, FsmnConfig
from huisheng.vocoder.config import VocoderConfig

FLOAT: Final = 4
"""Bytes of a weight."""


@dataclass(frozen=True, slots=True)
class Size:
    """An utterance.

    Attributes:
        symbols: L.
        frames: T.
        band: steps that the decoder looks back and ahead.
    """

    symbols: int
    frames: int
    band: int


@dataclass(frozen=True, slots=True)
class Work:
    """What a part does for one utterance.

    Attributes:
        macs: multiply-accumulates.
        turns: of its loop, each of which waits for the one before; 0 without a loop.
        weights: bytes that every turn reads.
    """

    macs: int
    turns: int = 0
    weights: int = 0


def encoder_work(config: AcousticConfig, size: Size) -> Work:
    """Work of the text encoder: L symbols, each looking at all."""
    block, symbols = config.encoder, size.symbols
    inputs = [config.embedding, *[block.width] * (block.layers - 1)]
    linear = sum(3 * block.width * channels for channels in inputs)
    linear += block.layers * (block.width**2 + 4 * block.width * block.inner)  # three taps, then one
    looking = 2 * block.layers * symbols * block.width
    return Work(symbols * (linear + looking + block.width * config.text_units))


def variance_work(config: AcousticConfig, size: Size) -> Work:
    """Work of the variance adaptor: pitch and energy of all symbols, then durations one by one."""
    heard = config.text_units + config.speaker_units + config.emotion_units
    shape, hidden = config.predictor, config.predictor_lstm
    track = _fsmn(shape, heard) + 2 * _lstm(shape.memory, hidden) + 2 * hidden + 9 * config.text_units
    sizes = (1, *config.duration_prenet)
    prenet = sum(a * b for a, b in itertools.pairwise(sizes))
    loop = prenet + _lstm(sizes[-1] + heard, config.duration_lstm)
    loop += _lstm(config.duration_lstm, config.duration_lstm) + config.duration_lstm
    return Work(size.symbols * (2 * track + loop), size.symbols, FLOAT * loop)


def decoder_work(config: AcousticConfig, size: Size) -> Work:
    """Work of the decoder, a step for r frames; what it makes of the memory waits for no step."""
    block, memory = config.decoder, config.memory_units
    steps = -(-size.frames // config.group)
    sizes = (config.mels, *config.prenet, block.width)
    prenet = sum(a * b for a, b in itertools.pairwise(sizes))
    loop = prenet + block.width**2 + block.width * config.group * config.mels
    loop += block.layers * _decoder_block(block)
    ahead = memory * block.width + block.layers * 2 * memory * block.width
    looking = block.layers * 4 * (size.band + 1) * block.width
    return Work(steps * (loop + ahead + looking), steps, FLOAT * loop)


def postnet_work(config: AcousticConfig, size: Size) -> Work:
    """Work of the postnet."""
    shape, hidden = config.postnet, config.postnet_lstm
    frame = _fsmn(shape, config.mels) + _lstm(shape.memory, hidden) + hidden * config.mels
    return Work(size.frames * frame, size.frames, FLOAT * 4 * hidden * hidden)


def vocoder_work(config: VocoderConfig, frames: int) -> Work:
    """Work of a generator without a source."""
    widths, rate = config.widths, 1
    macs = config.mels * widths[0] * config.kernel
    for stage, scale in enumerate(config.scales):
        wide, narrow = widths[stage], widths[stage + 1]
        macs += rate * wide * narrow * config.upsample_kernels[stage]
        rate *= scale
        macs += rate * wide * narrow * config.kernel
        macs += rate * narrow * narrow * _block_taps(config)
    return Work(frames * (macs + rate * widths[-1] * config.kernel))


def _decoder_block(block: BlockConfig) -> int:
    """Weights of one block that a step reads: projections, both outputs, the feed-forward part."""
    return block.width * (3 * block.width + 2 * block.width + 2 * block.inner)


def _fsmn(shape: FsmnConfig, channels: int) -> int:
    """Multiply-accumulates of one row through all layers."""
    inputs = [channels, *[shape.memory] * (shape.layers - 1)]
    return sum(shape.inner * (width + shape.memory) + shape.taps * shape.memory for width in inputs)


def _lstm(channels: int, hidden: int) -> int:
    """Multiply-accumulates of one step in one direction."""
    return 4 * hidden * (channels + hidden)


def _block_taps(config: VocoderConfig) -> int:
    """Taps of all residual blocks of a stage: two convolutions for each dilation."""
    kernels = zip(config.block_kernels, config.dilations, strict=True)
    return sum(2 * kernel * len(dilations) for kernel, dilations in kernels)
