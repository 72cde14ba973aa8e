"""A generator: what its samples depend on, what shares a batch with them, what folding leaves as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import pytest
import torch
from torch import Tensor

from huisheng.vocoder.config import (
    HIFIGAN_8K,
    HIFIGAN_16K,
    HIFIGAN_16K_NONCAUSAL,
    HIFIGAN_16K_NSF,
    HIFIGAN_24K,
    HIFIGAN_24K_NSF,
    HIFIGAN_48K,
    VocoderConfig,
)
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.source import Draw, draw

PUBLISHED = {
    "8k": (HIFIGAN_8K, 4_536_866),
    "16k": (HIFIGAN_16K, 4_864_546),
    "16k not causal": (HIFIGAN_16K_NONCAUSAL, 4_872_738),
    "16k with a source": (HIFIGAN_16K_NSF, 4_879_004),
    "24k": (HIFIGAN_24K, 14_975_426),
    "24k with a source": (HIFIGAN_24K_NSF, 14_993_580),
    "48k": (HIFIGAN_48K, 19_382_562),
}
"""With the number of parameters that their authors' code has."""

CONFIGS = pytest.mark.parametrize("config", [config for config, _ in PUBLISHED.values()], ids=list(PUBLISHED))
CAUSAL = pytest.mark.parametrize("config", [HIFIGAN_8K, HIFIGAN_16K, HIFIGAN_24K, HIFIGAN_48K])
WITH_SOURCE = pytest.mark.parametrize("config", [HIFIGAN_16K_NSF, HIFIGAN_24K_NSF])


def narrow(config: VocoderConfig) -> VocoderConfig:
    return replace(config, mels=4, channels=32)


def generator(config: VocoderConfig) -> Generator:
    return Generator(narrow(config)).eval()


def positive(config: VocoderConfig) -> Generator:
    """Every weight positive and every bias 0: silence stays silence, and nothing cancels out."""
    made = generator(config).double()
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            parameter.fill_(0.0 if name.endswith("bias") else 0.5)
    return made


def mel(frames: int, batch: int = 1) -> Tensor:
    return torch.rand(batch, 4, frames, generator=torch.Generator().manual_seed(2))


Excitation: TypeAlias = tuple[Tensor, Tensor, Draw] | tuple[()]


def excitation(config: VocoderConfig, frames: int, batch: int = 1) -> Excitation:
    """F0, half the frames voiced, and what is drawn; nothing for a generator without a source."""
    if config.harmonics is None:
        return ()
    voiced = (torch.arange(frames) % 6 < 3).float().expand(batch, 1, frames)
    drawn = draw(config, batch, frames, torch.Generator().manual_seed(3))
    return torch.full((batch, 1, frames), 200.0), voiced, drawn


def row(given: Excitation, number: int) -> Excitation:
    """One utterance's part."""
    if not given:
        return ()
    f0, voiced, drawn = given
    place = slice(number, number + 1)
    return f0[place], voiced[place], Draw(drawn.phases[place], drawn.noise[place])


@torch.no_grad()
def vocode(model: Generator, frames: Tensor, given: Excitation = ()) -> Tensor:
    """(B, N) samples of (B, M, T)."""
    return model(frames, *given)[:, 0]


def touched_frames(samples: Tensor, hop: int) -> tuple[int, int]:
    """First and last frame with a sample of (1, N) that is not 0."""
    places = samples[0].nonzero()
    return int(places.min()) // hop, int(places.max()) // hop


@pytest.mark.parametrize(("config", "parameters"), PUBLISHED.values(), ids=list(PUBLISHED))
def test_a_published_shape_has_as_many_parameters_as_its_authors(
    config: VocoderConfig, parameters: int
) -> None:
    with torch.device("meta"):
        model = Generator(config)

    assert sum(parameter.numel() for parameter in model.parameters()) == parameters


@CONFIGS
def test_a_frame_becomes_a_hop_of_samples(config: VocoderConfig) -> None:
    samples = vocode(generator(config), mel(3, batch=2), excitation(config, 3, batch=2))

    assert samples.shape == (2, 3 * config.hop)


@CONFIGS
def test_a_frame_reaches_exactly_as_far_as_the_context_says(config: VocoderConfig) -> None:
    left, right = config.context
    impulse = torch.zeros(1, 4, left + right + 3, dtype=torch.float64)
    impulse[..., right + 1] = 1e-9
    silence = torch.zeros(1, 1, impulse.shape[-1], dtype=torch.float64)
    nothing = Draw(silence[..., :1], silence.repeat_interleave(config.hop, dim=-1))
    given = () if config.harmonics is None else (silence, silence, nothing)

    samples = vocode(positive(config), impulse, given)

    assert touched_frames(samples, config.hop) == (1, right + 1 + left)


@WITH_SOURCE
def test_what_drives_a_frame_reaches_no_further_than_the_context_says(config: VocoderConfig) -> None:
    left, right = config.context
    frames = left + right + 3
    silence = torch.zeros(1, 1, frames, dtype=torch.float64)
    noise = torch.zeros(1, 1, frames, config.hop, dtype=torch.float64)
    noise[:, :, right + 1] = 1e-9
    given = (silence, silence, Draw(silence[..., :1], noise.flatten(2)))

    samples = vocode(positive(config), torch.zeros(1, 4, frames, dtype=torch.float64), given)

    first, last = touched_frames(samples, config.hop)
    assert first >= 1
    assert last <= right + 1 + left


@CAUSAL
def test_causal_samples_before_a_frame_do_not_change_with_it(config: VocoderConfig) -> None:
    model, before = generator(config), mel(12)
    after = before.clone()
    after[..., 7] += 1.0

    first, second = vocode(model, before), vocode(model, after)

    assert torch.equal(first[:, : 7 * config.hop], second[:, : 7 * config.hop])
    assert not torch.equal(first[:, 7 * config.hop :], second[:, 7 * config.hop :])


@pytest.mark.parametrize("config", [HIFIGAN_16K, HIFIGAN_16K_NONCAUSAL, HIFIGAN_48K])
def test_a_stretch_in_its_context_sounds_as_in_the_whole(config: VocoderConfig) -> None:
    model, (left, right) = generator(config), config.context
    start, stop = left + 5, left + 9
    frames = mel(stop + right + 5)

    stretch = vocode(model, frames[..., start - left : stop + right])

    whole = vocode(model, frames)[:, start * config.hop : stop * config.hop]
    torch.testing.assert_close(
        stretch[:, left * config.hop : (left + 4) * config.hop], whole, rtol=0, atol=1e-6
    )


@CONFIGS
def test_neighbours_in_a_batch_do_not_matter(config: VocoderConfig) -> None:
    model, frames, given = generator(config), mel(6, batch=3), excitation(config, 6, batch=3)

    alone = vocode(model, frames[1:2], row(given, 1))

    torch.testing.assert_close(vocode(model, frames, given)[1:2], alone, rtol=0, atol=1e-6)


@CAUSAL
def test_padding_behind_an_utterance_does_not_matter_to_a_causal_generator(config: VocoderConfig) -> None:
    model, frames = generator(config), mel(6)
    padded = torch.cat([frames, torch.ones(1, 4, 5)], dim=-1)

    samples = vocode(model, padded)[:, : 6 * config.hop]

    torch.testing.assert_close(samples, vocode(model, frames), rtol=0, atol=1e-6)


@CONFIGS
def test_folding_changes_no_sample(config: VocoderConfig) -> None:
    model, given = generator(config), excitation(config, 6)

    folded = vocode(model.fold(), mel(6), given)

    torch.testing.assert_close(folded, vocode(model, mel(6), given), rtol=0, atol=1e-6)


def test_a_folded_generator_shares_no_weight_with_the_one_it_came_from() -> None:
    model = generator(HIFIGAN_16K)
    before = vocode(model, mel(6))

    with torch.no_grad():
        for parameter in model.fold().parameters():
            parameter.zero_()

    assert torch.equal(vocode(model, mel(6)), before)


def test_a_folded_generator_keeps_the_precision() -> None:
    assert generator(HIFIGAN_16K).double().fold().conv_pre.conv1d.weight.dtype == torch.float64


@WITH_SOURCE
def test_the_same_draw_gives_the_same_samples(config: VocoderConfig) -> None:
    model = generator(config)

    first, second = (vocode(model, mel(6), excitation(config, 6)) for _ in range(2))

    assert torch.equal(first, second)


@WITH_SOURCE
def test_a_generator_with_a_source_asks_for_what_drives_it(config: VocoderConfig) -> None:
    with pytest.raises(ValueError, match="needs F0"):
        vocode(generator(config), mel(6))


def test_a_generator_without_a_source_refuses_what_would_drive_it() -> None:
    with pytest.raises(ValueError, match="has no source"):
        vocode(generator(HIFIGAN_16K), mel(6), excitation(HIFIGAN_16K_NSF, 6))
