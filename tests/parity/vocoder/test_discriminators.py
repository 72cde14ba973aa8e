"""Our discriminators score as the reference's, and take its checkpoints."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from tests.parity.vocoder.reference import discriminator_shapes, load_weights, tensors
from torch import Tensor, nn

from huisheng.vocoder.discriminators import (
    DiscriminatorOutput,
    MultiPeriodDiscriminator,
    MultiScaleDiscriminator,
)
from huisheng.vocoder.loss import adversarial_loss, discriminator_loss, feature_matching_loss

MAKE: dict[str, Callable[[], nn.Module]] = {
    "MultiPeriodDiscriminator": lambda: MultiPeriodDiscriminator(channels=4, widest=32),
    "MultiScaleDiscriminator": lambda: MultiScaleDiscriminator(channels=16, widest=32),
}

EITHER = pytest.mark.parametrize("name", list(MAKE))

RELATIVE = 1e-5
ABSOLUTE = 1e-5
"""The drawn vectors of spectral norm are no unit vectors, so its scores go up to 55."""


def outputs(
    name: str,
) -> tuple[tuple[DiscriminatorOutput, ...], tuple[DiscriminatorOutput, ...], dict[str, Tensor]]:
    """Judgements of the recorded and the made signal, and the reference's numbers."""
    expected = tensors(f"disc.{name}")
    model = load_weights(MAKE[name]())
    with torch.no_grad():
        return model(expected["wav"]), model(expected["wav2"]), expected


@EITHER
def test_the_scores_are_the_references(name: str) -> None:
    recorded, _, expected = outputs(name)

    for place, output in enumerate(recorded):
        torch.testing.assert_close(output.score, expected[f"score{place}"], rtol=RELATIVE, atol=ABSOLUTE)


@EITHER
def test_the_maps_are_the_references(name: str) -> None:
    recorded, _, expected = outputs(name)

    for place, output in enumerate(recorded):
        for layer in range(2):
            torch.testing.assert_close(
                output.feature_maps[layer], expected[f"map{place}_{layer}"], rtol=RELATIVE, atol=ABSOLUTE
            )


@EITHER
def test_the_discriminators_loss_is_the_references(name: str) -> None:
    recorded, made, expected = outputs(name)

    loss = discriminator_loss(recorded, made)

    assert loss.recorded.item() == pytest.approx(expected["loss_real"].item(), rel=2e-5)
    assert loss.made.item() == pytest.approx(expected["loss_fake"].item(), rel=2e-5)


@EITHER
def test_the_generators_adversarial_loss_is_the_references(name: str) -> None:
    _, made, expected = outputs(name)

    assert adversarial_loss(made).item() == pytest.approx(expected["loss_gen"].item(), rel=2e-5)


@EITHER
def test_the_feature_matching_loss_is_the_references(name: str) -> None:
    recorded, made, expected = outputs(name)

    loss = feature_matching_loss(recorded, made)

    assert loss.item() == pytest.approx(expected["loss_fm"].item(), rel=2e-5)


@pytest.mark.parametrize("make", [MultiPeriodDiscriminator, MultiScaleDiscriminator])
def test_the_state_dict_has_the_keys_and_shapes_of_the_checkpoints_in_their_order(
    make: type[nn.Module],
) -> None:
    with torch.device("meta"):
        state = make().state_dict()

    assert [(key, tuple(value.shape)) for key, value in state.items()] == list(
        discriminator_shapes(make.__name__).items()
    )
