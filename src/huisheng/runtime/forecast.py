"""When there is room again: what was let in is done in the order of its turns, and nobody comes meanwhile.

A step goes to whoever would run dry first, so speech advances evenly in time of listening. A request ends
with its last step; before that, every other request has had the steps that were due earlier.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from huisheng.units import Seconds


class Turn(NamedTuple):
    """What steps are ordered by; less goes first.

    Attributes:
        priority: as in `admission.Priority`.
        due: when a listener has heard all that was made before, on the clock of the admission.
    """

    priority: int
    due: float


@dataclass(frozen=True, slots=True)
class Load:
    """What is left to do for one request.

    Attributes:
        engine: that speaks.
        turn: of its next step.
        left: seconds of work.
        step: seconds of work in one step.
        factor: seconds of work for a second of sound; 0 where it is unknown.
    """

    engine: str
    turn: Turn
    left: float
    step: float
    factor: float

    @property
    def last_turn(self) -> Turn:
        """Of its last step."""
        before = max(0.0, self.left - self.step)
        return self.turn._replace(due=self.turn.due + (before / self.factor if self.factor else 0.0))

    def before(self, turn: Turn) -> float:
        """Seconds of work that are done for it before a step with such a turn begins."""
        late = turn.due - self.turn.due
        if self.turn.priority != turn.priority:
            return self.left if self.turn.priority < turn.priority else 0.0
        if late <= 0.0 or not self.left:
            return 0.0
        return min(self.left, self.step * math.ceil(late * self.factor / self.step))

    def ahead(self, turn: Turn) -> float:
        """Seconds of work before somebody who comes with such a turn: a step that has begun is made, even one
        of a lower priority.
        """
        late = turn.due - self.turn.due
        if self.turn.priority != turn.priority:
            return self.left if self.turn.priority < turn.priority else min(self.left, self.step)
        return 0.0 if late < 0.0 else min(self.left, self.step + late * self.factor)

    def after(self, work: float) -> Load:
        """What is left after so many seconds of work for it."""
        heard = work / self.factor if self.factor else 0.0
        return replace(self, left=self.left - work, turn=self.turn._replace(due=self.turn.due + heard))


def time_until_room(
    loads: Sequence[Load], slots: int, has_room: Callable[[Seconds, Sequence[Load]], bool]
) -> Seconds:
    """How long it takes until there is room; it comes when one of the requests ends.

    Args:
        loads: of all requests that were let in.
        slots: steps at the same time.
        has_room: whether there is, so many seconds from now, with so much left to do.
    """
    seconds = ended = 0.0
    by_end = sorted(loads, key=lambda load: load.last_turn)
    for place, load in enumerate(by_end):
        ended += load.left
        others = by_end[place + 1 :]
        done = [other.before(load.last_turn) for other in others]
        # The steps of one request follow each other, however many slots there are.
        seconds = max(seconds, load.left, (ended + sum(done)) / slots)
        rest = [other.after(work) for other, work in zip(others, done, strict=True)]
        if has_room(Seconds(seconds), rest):
            break
    return Seconds(seconds)
