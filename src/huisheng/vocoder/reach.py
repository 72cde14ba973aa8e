"""Which inputs a stretch of outputs depends on, layer by layer."""

from __future__ import annotations

from typing import NamedTuple


class Stretch(NamedTuple):
    """Steps of time `first` up to and including `last`; those before a signal's beginning are negative."""

    first: int
    last: int

    def before_convolution(self, kernel: int, *, causal: bool, dilation: int = 1) -> Stretch:
        """Inputs of a `layers.Convolution` whose stride is 1."""
        reach = (kernel - 1) * dilation
        left = reach if causal else reach // 2
        return Stretch(self.first - left, self.last - left + reach)

    def before_deconvolution(self, kernel: int, stride: int, *, causal: bool) -> Stretch:
        """Inputs of a `layers.Deconvolution`: input m reaches outputs m · stride − cut … + kernel − 1."""
        cut = 0 if causal else (kernel - stride) // 2
        return Stretch(-((kernel - 1 - cut - self.first) // stride), (self.last + cut) // stride)

    def before_repetition(self, scale: int) -> Stretch:
        """Inputs that are each repeated `scale` times."""
        return Stretch(self.first // scale, self.last // scale)

    def joined(self, other: Stretch) -> Stretch:
        """The shortest stretch that holds both."""
        return Stretch(min(self.first, other.first), max(self.last, other.last))
