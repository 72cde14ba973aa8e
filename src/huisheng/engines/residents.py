"""How many models are in memory at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable, Set
from contextlib import contextmanager
from dataclasses import dataclass

from huisheng import forking
from huisheng.engines.protocol import Engine


@dataclass(slots=True)
class _Resident:
    """An engine, and how many callers use it now."""

    engine: Engine
    users: int = 0


class Residents:
    """Engines that may hold their models in memory.

    There are `most` of them, and more only while more are in use. The one that has been unused longest leaves
    first; one that is in use stays.

    Args:
        most: at least 1.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = forking.make_lock()
        self._residents: OrderedDict[Hashable, _Resident] = OrderedDict()
        """The longest unused first."""

    @property
    def loaded(self) -> bool:
        """Whether a model is in memory."""
        with self._lock:
            return any(resident.engine.loaded for resident in self._residents.values())

    @contextmanager
    def use(self, key: Hashable, make: Callable[[], Engine]) -> Generator[Engine]:
        """The engine of this key for the length of the block; made anew where it is not here."""
        resident = self._enter(key, make)
        try:
            yield resident.engine
        finally:
            self._leave(resident)

    def keep(self, keys: Set[Hashable]) -> None:
        """Let engines of other keys go; one in use goes when its users are done."""
        with self._lock:
            for key in self._residents.keys() - keys:
                del self._residents[key]

    def _enter(self, key: Hashable, make: Callable[[], Engine]) -> _Resident:
        with self._lock:
            if key not in self._residents:
                self._residents[key] = _Resident(make())
            resident = self._residents[key]
            resident.users += 1
            self._residents.move_to_end(key)
            self._shrink()
            return resident

    def _leave(self, resident: _Resident) -> None:
        with self._lock:
            resident.users -= 1
            self._shrink()

    def _shrink(self) -> None:
        idle = [key for key, resident in self._residents.items() if not resident.users]
        for key in idle[: max(0, len(self._residents) - self._most)]:
            del self._residents[key]
