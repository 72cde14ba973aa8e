"""When there is room again, if no request comes meanwhile and steps are made in the order of their turns.

The next step is one of the request whose listener would run dry first, so speech advances evenly in time of
listening. A request ends with its last step; before that, every other request has had the steps that were due
earlier.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from huisheng.units import Seconds


class Urgency(NamedTuple):
    """What steps are ordered by; the least is made first.

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
        urgency: of its next step.
        left: seconds of work.
        step: seconds of work in one step.
        factor: seconds of work for a second of sound; 0 where it is unknown.
    """

    engine: str
    urgency: Urgency
    left: float
    step: float
    factor: float

    @property
    def last_urgency(self) -> Urgency:
        """That of its last step."""
        before = max(0.0, self.left - self.step)
        return self.urgency._replace(due=self.urgency.due + (before / self.factor if self.factor else 0.0))

    def before(self, urgency: Urgency) -> float:
        """Seconds of work that are done for it before a step of such an urgency begins."""
        late = urgency.due - self.urgency.due
        if self.urgency.priority != urgency.priority:
            return self.left if self.urgency.priority < urgency.priority else 0.0
        if late <= 0.0 or not self.left:
            return 0.0
        return min(self.left, self.step * math.ceil(late * self.factor / self.step))

    def ahead(self, urgency: Urgency) -> float:
        """Seconds of work before a new request of such an urgency: a step that has begun is made, even one of
        a lower priority.
        """
        late = urgency.due - self.urgency.due
        if self.urgency.priority != urgency.priority:
            return self.left if self.urgency.priority < urgency.priority else min(self.left, self.step)
        return 0.0 if late < 0.0 else min(self.left, self.step + late * self.factor)

    def after(self, work: float) -> Load:
        """What is left after so many seconds of work for it."""
        heard = work / self.factor if self.factor else 0.0
        return replace(
            self, left=self.left - work, urgency=self.urgency._replace(due=self.urgency.due + heard)
        )


def time_until_room(
    loads: Sequence[Load], slots: int, has_room: Callable[[Seconds, Sequence[Load]], bool]
) -> Seconds:
    """How long it takes until there is room; it comes when one of the requests ends.

    Args:
        loads: of all admitted requests.
        slots: steps at the same time.
        has_room: whether there is, so many seconds from now, with so much left to do.
    """
    seconds = ended = 0.0
    by_end = sorted(loads, key=lambda load: load.last_urgency)
    for place, load in enumerate(by_end):
        ended += load.left
        others = by_end[place + 1 :]
        done = [other.before(load.last_urgency) for other in others]
        # The steps of one request follow each other, however many slots there are.
        seconds = max(seconds, load.left, (ended + sum(done)) / slots)
        rest = [other.after(work) for other, work in zip(others, done, strict=True)]
        if has_room(Seconds(seconds), rest):
            break
    return Seconds(seconds)
