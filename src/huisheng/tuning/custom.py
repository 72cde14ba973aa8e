"""From recordings and a consent to a voice package.

    recordings ──intake──▶ pieces ──alignment──▶ corpus ──two trainings──▶ networks ──▶ report, package

Every stage keeps what it made in the work folder, so the same call goes on where it was interrupted. What a
stage makes depends on the recordings and the base alone; other ones have a folder of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from huisheng.export.contract import contract_of
from huisheng.export.parallel import Card, export_voice
from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.text.frontend import Frontend
from huisheng.training.acoustic import AcousticData
from huisheng.training.corpus import CorpusReader
from huisheng.training.distributed import Place
from huisheng.training.recordings.intake import Intake, Settings, take_in
from huisheng.tuning.acoustic import alone
from huisheng.tuning.base import Base, open_base
from huisheng.tuning.corpus import Prepared, prepare
from huisheng.tuning.features import LEVEL
from huisheng.tuning.figures import batches_of, measured, nearest
from huisheng.tuning.lessons import FRAMES, Lesson, networks, usual_steps
from huisheng.tuning.likeness import likenesses
from huisheng.tuning.naming import require_free
from huisheng.tuning.report import Report, as_json
from huisheng.tuning.similarity import SpeakerEncoder
from huisheng.voice.consent import Consent, Statement, record
from huisheng.voice.load import VoicePackage, read_package
from huisheng.voice.manifest import MANIFEST, Origin, Person
from huisheng.voice.store import digest, storage

REPORT: Final = "report.json"

_CONSENTED: Final = "LicenseRef-Consent"
"""SPDX, for what may be used as far as the speaker has agreed."""
_ASKED: Final = 6
"""Batches by which the most similar speaker is found."""
_MOST_JUDGED: Final = 16


class Audience(NamedTuple):
    """Who is told of progress.

    Attributes:
        stage: told which stage is through with how many of how many things.
        taken_in: told what was found in the recordings, before it is decided whether they are enough.
    """

    stage: Callable[[str, int, int], None]
    taken_in: Callable[[Intake], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted.

    Attributes:
        recordings: folder.
        work: folder of everything in between.
        statement: consent of who was recorded.
        person: the new voice.
        base: name of the package to begin with.
        steps: of each training; by the amount of speech when None.
        encoder: tells speakers apart in the report; None for none.
        replace: whether a package of the same name is replaced.
    """

    recordings: Path
    work: Path
    statement: Statement
    person: Person
    base: str
    steps: int | None = None
    encoder: Path | None = None
    replace: bool = False


class Made(NamedTuple):
    """The voice, and what it is worth."""

    package: VoicePackage
    report: Report


class _Learned(NamedTuple):
    """Networks whose last speaker is the new one, and the steps of each training."""

    networks: ParallelNetworks
    steps: int


def make_voice(order: Order, frontend: Frontend, place: Place, audience: Audience) -> Made:
    """Make it.

    Args:
        order: what is wanted.
        frontend: that reads the texts.
        place: where it is computed.
        audience: told of progress.

    Raises:
        ConsentError: the consent does not reach to this day.
        VoicePackageError: the name is taken, or the base is damaged.
        VoiceMissing: there is no such base.
        ModelError: the base cannot learn on, or the encoder is none.
        RecordingsError: there is too little to learn from.
        StorageError: no space, or no right to write.
        KeyboardInterrupt: somebody asked to stop; the same call goes on.
    """
    require_free(order.person.id, replace=order.replace)
    base = open_base(order.base)
    encoder = SpeakerEncoder(order.encoder) if order.encoder else None
    intake = take_in(order.recordings, order.work, frontend, Settings(level=LEVEL), audience.stage)
    audience.taken_in(intake)
    intake.require()
    consent = record(order.statement, intake.sha256, datetime.now(UTC))
    folder = order.work / _key(base, intake)

    def aligned(done: int, total: int) -> None:
        audience.stage("aligning", done, total)

    prepared = prepare(intake, base, order.person.id, frontend, folder / "corpus", aligned)
    learned = _learn(order, base, prepared, folder, place)
    report = _report(order, base, prepared, learned, encoder)
    with storage(order.work):
        (order.work / REPORT).write_text(as_json(report), encoding="utf-8")
    return Made(_published(order, base, learned, intake, consent), report)


def _learn(order: Order, base: Base, prepared: Prepared, folder: Path, place: Place) -> _Learned:
    reader = CorpusReader(prepared.folder)
    heard = batches_of(AcousticData(reader, held_out=False, frames=FRAMES), _ASKED)
    similar, _ = nearest(base.networks.acoustic, reader.corpus, heard, len(base.speakers))
    steps = order.steps or usual_steps(prepared.seconds)
    lesson = Lesson(prepared.folder, folder, steps, place)
    return _Learned(networks(lesson, base.networks, similar), steps)


def _report(
    order: Order, base: Base, prepared: Prepared, learned: _Learned, encoder: SpeakerEncoder | None
) -> Report:
    reader = CorpusReader(prepared.folder)
    aside = AcousticData(reader, held_out=True, frames=FRAMES)
    heard, corpus = batches_of(aside, _MOST_JUDGED), reader.corpus
    best, before = nearest(base.networks.acoustic, corpus, heard, len(base.speakers))
    return Report(
        voice=order.person.id,
        base=base.package.manifest.name,
        nearest=base.speakers[best],
        seconds=prepared.seconds,
        held_out=len(aside),
        steps=learned.steps,
        before=before,
        after=measured(learned.networks.acoustic, corpus, heard, len(base.speakers)),
        dropped=prepared.dropped,
        likenesses=likenesses(base, learned.networks, reader, encoder) if encoder else None,
    )


def _published(order: Order, base: Base, learned: _Learned, intake: Intake, consent: Consent) -> VoicePackage:
    """The package of the new speaker alone, with all emotions of the base."""
    manifest = base.package.manifest
    minutes = intake.seconds / 60.0
    reader = CorpusReader(order.work / _key(base, intake) / "corpus")
    card = Card(
        name=order.person.id,
        inventory=base.inventory,
        speakers=(order.person.id,),
        licence=f"({manifest.licence}) AND {_CONSENTED}",
        origins=(
            Origin(
                name=manifest.name,
                sha256=digest(base.package.directory / MANIFEST),
                licence=manifest.licence,
            ),
            Origin(name="recordings", sha256=intake.sha256, licence=_CONSENTED),
        ),
        remarks=f"fine-tuned from {manifest.name} {manifest.version} on {minutes:.1f} minutes of recordings",
        people=(order.person.model_copy(update={"gain": Settings().level - LEVEL}),),
        energy=reader.corpus.energy,
        strengths=base.strengths,
        consent=consent,
        mel=contract_of(reader.corpus),
    )
    made = learned.networks
    return read_package(export_voice(alone(made.acoustic), made.vocoder, card))


def _key(base: Base, intake: Intake) -> str:
    """Of the folder for what depends on base and recordings."""
    parts = digest(base.package.directory / MANIFEST), intake.sha256
    return "voice-" + hashlib.sha256(" ".join(parts).encode("ascii")).hexdigest()[:12]
