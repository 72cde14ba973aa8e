"""Layers put together say what they say apart."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from huisheng.export.graphs.weights import Linear, Weights, beside, sum_layers

Array = NDArray[np.float32]

RANDOM = np.random.default_rng(6)
X = RANDOM.standard_normal((5, 4), np.float32)  # (rows, inputs)


def layer(inputs: int, outputs: int) -> Linear:
    return Linear(
        RANDOM.standard_normal((inputs, outputs), np.float32), RANDOM.standard_normal(outputs, np.float32)
    )


def apply(layer: Linear, x: Array = X) -> Array:
    """(rows, inputs) → (rows, outputs)"""
    return x @ layer.weight + layer.bias


def test_layers_one_after_the_other_are_one() -> None:
    first, second = layer(4, 6), layer(6, 3)

    np.testing.assert_allclose(apply(first.then(second)), apply(second, apply(first)), rtol=0, atol=1e-5)


def test_layers_beside_each_other_have_their_outputs_in_a_row() -> None:
    first, second = layer(4, 2), layer(4, 3)

    np.testing.assert_allclose(
        apply(beside(first, second)), np.concatenate([apply(first), apply(second)], axis=1), rtol=0, atol=1e-6
    )


def test_layers_whose_outputs_are_added_have_their_inputs_in_a_row() -> None:
    first, second = layer(4, 3), layer(4, 3)

    together = apply(sum_layers(first, second), np.concatenate([X, 2.0 * X], axis=1))

    np.testing.assert_allclose(together, apply(first) + apply(second, 2.0 * X), rtol=0, atol=1e-5)


def test_a_scaled_layer_says_so_many_times_as_much() -> None:
    plain = layer(4, 3)

    np.testing.assert_allclose(apply(plain.scale(0.25)), 0.25 * apply(plain), rtol=0, atol=1e-6)


def test_columns_of_a_layer_are_some_of_its_outputs() -> None:
    plain = layer(4, 6)

    np.testing.assert_array_equal(apply(plain.columns(2, 5)), apply(plain)[:, 2:5])


@pytest.mark.parametrize("made", [layer(4, 3).scale(2.0), layer(4, 3).then(layer(3, 2))])
def test_a_layer_stays_in_single_precision(made: Linear) -> None:
    assert (made.weight.dtype, made.bias.dtype) == (np.float32, np.float32)


# Names

STATE = {
    "net.0.fc.weight": RANDOM.standard_normal((3, 4), np.float32),
    "net.0.fc.bias": RANDOM.standard_normal(3, np.float32),
    "net.1.weight": RANDOM.standard_normal((3, 4, 1), np.float32),
}


def test_weights_are_found_part_by_part() -> None:
    found = Weights(STATE).at("net", 0).at("fc")

    np.testing.assert_array_equal(found["bias"], STATE["net.0.fc.bias"])


def test_a_weight_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match=r"net\.1\.bias"):
        Weights(STATE).at("net", 1)["bias"]


def test_a_layer_of_torch_is_turned_round() -> None:
    made = Weights(STATE).at("net", 0, "fc").linear()

    wanted = X @ STATE["net.0.fc.weight"].T + STATE["net.0.fc.bias"]
    np.testing.assert_allclose(apply(made), wanted, rtol=0, atol=1e-6)


def test_a_convolution_of_one_tap_is_a_layer_and_without_bias_has_a_bias_of_0() -> None:
    made = Weights(STATE).at("net", 1).linear()

    np.testing.assert_array_equal(made.weight, STATE["net.1.weight"][:, :, 0].T)
    assert made.bias.tolist() == [0.0, 0.0, 0.0]
