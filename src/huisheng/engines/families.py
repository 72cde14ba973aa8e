"""Engine families by name: what makes engines for the packages whose manifest names them.

Other distributions add theirs by an entry point of the group `huisheng.engines`: its name is that of the
family, its value an `EngineFamily`. They are looked for only where a name is none of ours.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from huisheng.engines.protocol import DEFAULT_OPTIONS, Engine, EngineOptions
from huisheng.voice.digests import package_digest
from huisheng.voice.load import VoicePackage, load_package
from huisheng.voice.manifest import Manifest

if TYPE_CHECKING:
    from huisheng.engines.two_stage.engine import TwoStageEngine

ENTRY_POINTS: Final = "huisheng.engines"
"""Group of the entry points of other distributions."""

KOKORO: Final = "kokoro"
SAMBERT: Final = "sambert"

PackageReader: TypeAlias = Callable[[Manifest, Path, EngineOptions], Engine]
"""From a manifest, the folder of all packages and options to an engine of that package; nothing is loaded."""

logger = logging.getLogger("huisheng.engines")


@dataclass(frozen=True, slots=True)
class EngineFamily:
    """How the engines of one kind are made.

    Attributes:
        read: an engine for one package; nothing is loaded yet. A `HuishengError` says why the package cannot
            speak. None where no package is needed.
        alone: an engine that needs no package to say what it can do; `make_engine` with the family's name is
            this one, and all of its packages where it is None.
    """

    read: PackageReader | None = None
    alone: Callable[[EngineOptions], Engine] | None = None


def _make_kokoro(options: EngineOptions) -> Engine:
    from huisheng.engines.kokoro import KokoroEngine  # noqa: PLC0415  an engine not asked for costs nothing

    return KokoroEngine(options.threads)


def _read_kokoro(manifest: Manifest, _: Path, options: EngineOptions) -> Engine:
    from huisheng.engines.kokoro import KokoroEngine  # noqa: PLC0415  as above

    return KokoroEngine(options.threads, digest=package_digest(manifest))


def two_stage_engine(
    manifest: Manifest, package: Callable[[], VoicePackage], options: EngineOptions = DEFAULT_OPTIONS
) -> TwoStageEngine:
    """An engine for voices of SAM-BERT, or of the parallel network, whichever the manifest says.

    Args:
        manifest: what the package says of itself.
        package: reads and verifies it.
        options: how the engine is made.
    """
    from huisheng.engines.two_stage.engine import TwoStageEngine  # noqa: PLC0415  as above

    if manifest.sambert is not None and manifest.sambert.parallel is not None:
        from huisheng.engines.parallel import assemble  # noqa: PLC0415  as above
    else:
        from huisheng.engines.sambert import assemble  # noqa: PLC0415  as above
    return TwoStageEngine(manifest, package, assemble, options)


def _read_sambert(manifest: Manifest, folder: Path, options: EngineOptions) -> Engine:
    return two_stage_engine(manifest, partial(load_package, manifest.name, folder), options)


FAMILIES: Final[dict[str, EngineFamily]] = {
    KOKORO: EngineFamily(_read_kokoro, _make_kokoro),
    SAMBERT: EngineFamily(_read_sambert),
}
"""Those that come with the program, in the order in which their voices are listed."""


class Families(Mapping[str, EngineFamily]):
    """Every family: those of the program first, then those of other distributions by name."""

    def __getitem__(self, name: str) -> EngineFamily:
        return FAMILIES[name] if name in FAMILIES else discover()[name]

    def __iter__(self) -> Iterator[str]:
        yield from FAMILIES
        yield from (name for name in discover() if name not in FAMILIES)

    def __len__(self) -> int:
        return len(FAMILIES.keys() | discover().keys())


@cache
def discover() -> Mapping[str, EngineFamily]:
    """Load the families of other distributions, once for the process. One that cannot be loaded is logged."""
    families: dict[str, EngineFamily] = {}
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        try:
            family = point.load()
        except Exception:
            logger.exception("引擎 %s 无法加载。 Engine %s cannot be loaded.", point.name, point.name)
            continue
        if isinstance(family, EngineFamily):
            families[point.name] = family
        else:
            logger.warning(
                "引擎 %s 不是 EngineFamily。 Engine %s is no EngineFamily.", point.name, point.name
            )
    return families
