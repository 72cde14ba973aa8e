"""Which inputs a range of outputs depends on, layer by layer."""

from __future__ import annotations

from typing import NamedTuple


class InputRange(NamedTuple):
    """Steps of time `first` up to and including `last`; those before a signal's beginning are negative."""

    first: int
    last: int

    def before_convolution(self, kernel: int, *, causal: bool, dilation: int = 1) -> InputRange:
        """Inputs of a `layers.Convolution` whose stride is 1."""
        reach = (kernel - 1) * dilation
        left = reach if causal else reach // 2
        return InputRange(self.first - left, self.last - left + reach)

    def before_deconvolution(self, kernel: int, stride: int, *, causal: bool) -> InputRange:
        """Inputs of a `layers.Deconvolution`: input m reaches outputs m · stride − cut … + kernel − 1."""
        cut = 0 if causal else (kernel - stride) // 2
        return InputRange(-((kernel - 1 - cut - self.first) // stride), (self.last + cut) // stride)

    def before_repetition(self, scale: int) -> InputRange:
        """Inputs that are each repeated `scale` times."""
        return InputRange(self.first // scale, self.last // scale)

    def union(self, other: InputRange) -> InputRange:
        """The shortest range that holds both."""
        return InputRange(min(self.first, other.first), max(self.last, other.last))
