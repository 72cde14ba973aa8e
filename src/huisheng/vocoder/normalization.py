"""Weight norm and spectral norm, with the parameter names of checkpoints.

torch's own `weight_norm` has these names too, but is deprecated and keeps the product as an attribute of the
module; its successor has other names. Here a weight is made anew in each call, from parameters alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

_LENGTH: Final = "weight_g"
_DIRECTION: Final = "weight_v"
_WEIGHT: Final = "weight"


def apply_weight_norm(direction: Tensor, length: Tensor) -> Tensor:
    """A weight from its parts (weight norm: Salimans & Kingma 2016, arXiv 1602.07868, equation 2).

    Args:
        direction: v, (C, …), of any length but 0. C is the first dimension whatever it means: output channels
            of a convolution, input channels of a transposed one.
        length: g, (C, 1, …).

    Returns:
        The weight, of the shape of v, with the norm |g| over all dimensions but the first.
    """
    return direction * (length / _norms(direction))


def fold_weight_norm(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict without weight norm: `X.weight_g` and `X.weight_v` become `X.weight`, of the shape of v.

    Args:
        state: of a generator as it is trained, or folded already. Not of a discriminator with spectral norm,
            where `weight_v` is something else.

    Raises:
        KeyError: a length has no direction.
    """
    layers = [name.removesuffix(_LENGTH) for name in state if name.endswith(f".{_LENGTH}")]
    parts = {layer + part for layer in layers for part in (_LENGTH, _DIRECTION)}
    weights = {
        layer + _WEIGHT: apply_weight_norm(state[layer + _DIRECTION], state[layer + _LENGTH]).detach()
        for layer in layers
    }
    return {name: value for name, value in state.items() if name not in parts} | weights


class WeightNormConv1d(nn.Module):
    """A convolution over time under weight norm. Arguments and first weights are those of `nn.Conv1d`."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel: int,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
    ) -> None:
        super().__init__()
        plain = nn.Conv1d(channels_in, channels_out, kernel, stride, padding, dilation, groups)
        self._geometry = (stride, padding, dilation, groups)
        self.bias = plain.bias
        self.weight_g = _lengths(plain.weight)
        self.weight_v = plain.weight

    def forward(self, frames: Tensor) -> Tensor:
        """(B, C, T) → (B, C′, T′)."""
        return functional.conv1d(
            frames, apply_weight_norm(self.weight_v, self.weight_g), self.bias, *self._geometry
        )


class WeightNormConvTranspose1d(nn.Module):
    """A transposed convolution under weight norm. Arguments and first weights are `nn.ConvTranspose1d`'s."""

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__()
        plain = nn.ConvTranspose1d(channels_in, channels_out, kernel, stride, padding)
        self._geometry = (stride, padding)
        self.bias = plain.bias
        self.weight_g = _lengths(plain.weight)
        self.weight_v = plain.weight

    def forward(self, frames: Tensor) -> Tensor:
        """(B, C, T) → (B, C′, T′)."""
        weight = apply_weight_norm(self.weight_v, self.weight_g)
        return functional.conv_transpose1d(frames, weight, self.bias, *self._geometry)


class WeightNormConv2d(nn.Module):
    """A convolution over time and one more axis under weight norm, with `nn.Conv2d`'s first weights."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__()
        plain = nn.Conv2d(channels_in, channels_out, kernel, stride, padding)
        self._geometry = (stride, padding)
        self.bias = plain.bias
        self.weight_g = _lengths(plain.weight)
        self.weight_v = plain.weight

    def forward(self, frames: Tensor) -> Tensor:
        """(B, C, T, P) → (B, C′, T′, P′)."""
        return functional.conv2d(
            frames, apply_weight_norm(self.weight_v, self.weight_g), self.bias, *self._geometry
        )


class SpectralConv1d(nn.Module):
    """A convolution whose weight is divided by its largest singular value.

    The value is estimated by power iteration (Miyato et al. 2018, arXiv 1802.05957, algorithm 1), one step in
    each call in training. In evaluation the two vectors stay as they are.
    """

    weight_u: Tensor
    weight_v: Tensor

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel: int,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
    ) -> None:
        super().__init__()
        plain = nn.Conv1d(channels_in, channels_out, kernel, stride, padding, dilation, groups)
        self._geometry = (stride, padding, dilation, groups)
        self.bias = plain.bias
        self.weight_orig = plain.weight
        rows, columns = plain.weight.flatten(1).shape
        self.register_buffer("weight_u", _unit(torch.randn(rows)))
        self.register_buffer("weight_v", _unit(torch.randn(columns)))

    def forward(self, frames: Tensor) -> Tensor:
        """(B, C, T) → (B, C′, T′)."""
        matrix = self.weight_orig.flatten(1)  # (C′, C · kernel)
        if self.training:
            self._iterate(matrix.detach())
        largest = self.weight_u.clone() @ matrix @ self.weight_v.clone()  # the next call moves the two
        return functional.conv1d(frames, self.weight_orig / largest, self.bias, *self._geometry)

    def _iterate(self, matrix: Tensor) -> None:
        """One step towards the singular vectors of (C′, C · kernel)."""
        self.weight_v.copy_(_unit(self.weight_u @ matrix))
        self.weight_u.copy_(_unit(matrix @ self.weight_v))


def _lengths(direction: Tensor) -> nn.Parameter:
    """(C, …) → (C, 1, …), with which the product is the direction itself."""
    return nn.Parameter(_norms(direction.detach()))


def _norms(weight: Tensor) -> Tensor:
    """(C, …) → (C, 1, …), Euclidean over all dimensions but the first."""
    return weight.square().sum(dim=tuple(range(1, weight.dim())), keepdim=True).sqrt()


def _unit(vector: Tensor) -> Tensor:
    """(C,) of length 1 in the same direction."""
    return functional.normalize(vector, dim=0)
