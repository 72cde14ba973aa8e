"""A stage's two upsamplings as one convolution of the columns that it is given.

Repeating columns and convolving them, and a transposed convolution, give the same thing for every column:
`scale` columns, each a sum over a few columns around it. So both together are one convolution into
scale · C′ channels, laid out in time afterwards: the sub-pixel convolution of Shi et al. 2016
(arXiv 1609.05158). Repeated columns are multiplied once, where the two networks multiply them `scale` times.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huisheng.export.graphs.weights import Array


@dataclass(frozen=True, slots=True, eq=False)
class Phases:
    """The one convolution.

    Attributes:
        weight: (scale · C′, C, R), the channels of the first new column first.
        bias: (scale · C′,).
        before: columns before the own one that a tap looks at, of R − 1.
    """

    weight: Array
    bias: Array
    before: int

    @property
    def after(self) -> int:
        """Columns after the own one."""
        return self.weight.shape[2] - 1 - self.before


@dataclass(frozen=True, slots=True, eq=False)
class Upsampling:
    """The two networks of a stage.

    Attributes:
        repeated: (C′, C, K) of the convolution of columns that were repeated.
        transposed: (C, C′, k) of the transposed convolution.
        bias: (C′,) of both.
        scale: times that columns are repeated; stride of the transposed convolution.
        causal: whether no new column depends on a later one.
    """

    repeated: Array
    transposed: Array
    bias: Array
    scale: int
    causal: bool

    def phases(self) -> Phases:
        """Both as one."""
        taps = [*self._repeated_taps(), *self._transposed_taps()]
        offsets = [offset for _, offset, _ in taps]
        before = -min(offsets)
        wide, narrow, _ = self.transposed.shape
        summed = np.zeros((self.scale, narrow, wide, max(offsets) + before + 1))
        for phase, offset, weight in taps:
            summed[phase, :, :, offset + before] += weight
        weight = summed.reshape(-1, wide, summed.shape[3]).astype(np.float32)
        return Phases(weight, np.tile(self.bias, self.scale), before)

    def _repeated_taps(self) -> list[tuple[int, int, NDArray[np.float32]]]:
        """For each new column of a column and each tap: the new column, the column it looks at, (C′, C)."""
        kernel = self.repeated.shape[2]
        left = kernel - 1 if self.causal else (kernel - 1) // 2
        return [
            (phase, (phase - left + tap) // self.scale, self.repeated[:, :, tap])
            for phase in range(self.scale)
            for tap in range(kernel)
        ]

    def _transposed_taps(self) -> list[tuple[int, int, NDArray[np.float32]]]:
        """The same: column m makes new columns m · scale − cut up to + k − 1."""
        kernel = self.transposed.shape[2]
        cut = 0 if self.causal else (kernel - self.scale) // 2
        places = [tap - cut for tap in range(kernel)]
        return [
            (place % self.scale, -(place // self.scale), self.transposed[:, :, tap].T)
            for tap, place in enumerate(places)
        ]
