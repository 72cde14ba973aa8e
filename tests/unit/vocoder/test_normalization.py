"""Weights in two parts: their product has the length that one part gives and the direction of the other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from huisheng.vocoder.normalization import (
    SpectralConv1d,
    WeightNormConv1d,
    WeightNormConv2d,
    WeightNormConvTranspose1d,
    apply_weight_norm,
    fold_weight_norm,
)


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_length_of_a_weight_is_the_one_given() -> None:
    weight = apply_weight_norm(random(4, 3, 5), torch.tensor([1.0, 2.0, 3.0, 4.0])[:, None, None])

    squares = weight.square().sum(dim=(1, 2))
    torch.testing.assert_close(squares, torch.tensor([1.0, 4.0, 9.0, 16.0]).double())


def test_the_length_of_the_direction_does_not_matter() -> None:
    direction, length = random(4, 3, 5), random(4, 1, 1, seed=2)

    torch.testing.assert_close(
        apply_weight_norm(7.0 * direction, length), apply_weight_norm(direction, length)
    )


def test_both_parts_have_the_gradient_of_the_product() -> None:
    parts = (random(3, 2, 4).requires_grad_(), random(3, 1, 1, seed=2).requires_grad_())

    assert torch.autograd.gradcheck(apply_weight_norm, parts)


def test_a_convolution_begins_with_its_direction_as_weight() -> None:
    convolution = WeightNormConv1d(3, 4, 5, padding=4, dilation=2)
    frames = random(2, 3, 20).float()

    expected = functional.conv1d(frames, convolution.weight_v, convolution.bias, padding=4, dilation=2)

    torch.testing.assert_close(convolution(frames), expected)


def test_a_two_dimensional_convolution_begins_with_its_direction_as_weight() -> None:
    convolution = WeightNormConv2d(3, 4, (5, 1), (3, 1), (2, 0))
    frames = random(2, 3, 20, 7).float()

    expected = functional.conv2d(frames, convolution.weight_v, convolution.bias, (3, 1), (2, 0))

    torch.testing.assert_close(convolution(frames), expected)


def test_a_transposed_convolution_is_normed_over_each_input_channel() -> None:
    convolution = WeightNormConvTranspose1d(6, 3, 4, stride=2)

    assert convolution.weight_g.shape == (6, 1, 1)


def test_a_folded_state_has_the_product_for_the_two_parts() -> None:
    direction, length, bias = random(4, 3, 5), random(4, 1, 1, seed=2), random(4, seed=3)

    folded = fold_weight_norm({"a.bias": bias, "a.weight_g": length, "a.weight_v": direction})

    assert folded.keys() == {"a.bias", "a.weight"}
    torch.testing.assert_close(folded["a.weight"], apply_weight_norm(direction, length))


def test_a_folded_state_folds_to_itself() -> None:
    state = {"a.bias": random(4), "a.weight": random(4, 3, 5)}

    assert fold_weight_norm(state) == state


def test_a_length_without_its_direction_is_refused() -> None:
    with pytest.raises(KeyError, match=r"a\.weight_v"):
        fold_weight_norm({"a.weight_g": random(4, 1, 1)})


def largest_gain(convolution: SpectralConv1d) -> float:
    """Largest singular value of the weight in use: that of what becomes of each unit vector."""
    outputs = convolution(torch.eye(convolution.weight_v.shape[0])[:, :, None])[..., 0] - convolution.bias
    return float(np.linalg.norm(outputs.detach().numpy(), 2))


def test_after_some_calls_in_training_the_largest_singular_value_is_one() -> None:
    convolution = SpectralConv1d(8, 6, 1)
    for _ in range(100):
        convolution(torch.zeros(1, 8, 1))

    assert largest_gain(convolution.eval()) == pytest.approx(1.0, abs=1e-4)


def test_in_evaluation_the_estimate_stays() -> None:
    convolution = SpectralConv1d(8, 6, 1).eval()
    before = convolution.weight_u.clone()

    convolution(torch.zeros(1, 8, 1))

    assert torch.equal(convolution.weight_u, before)


def test_two_calls_in_training_have_their_gradients_both() -> None:
    convolution = SpectralConv1d(8, 6, 1)

    loss = convolution(torch.ones(1, 8, 1)).sum() + convolution(torch.zeros(1, 8, 1)).sum()

    (gradient,) = torch.autograd.grad(loss, [convolution.weight_orig])
    assert gradient.abs().sum() > 0
