"""Makes a custom voice: from recordings and a consent to a voice package.

    recordings ──intake──▶ pieces ──alignment──▶ corpus ──two trainings──▶ networks ──▶ report, package

Every stage keeps its result in the work folder, so the same call goes on where it was interrupted. Results
depend on the recordings and the base alone; each pair of these has its own folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from huisheng.export.contract import contract_of
from huisheng.export.parallel import VoiceCard, export_voice
from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.text.frontend import Frontend
from huisheng.training.acoustic import AcousticData
from huisheng.training.corpus import CorpusReader
from huisheng.training.distributed import DistributedContext
from huisheng.training.recordings.intake import Intake, IntakeSettings, take_in
from huisheng.tuning.acoustic import keep_last_speaker
from huisheng.tuning.base import Base, open_base
from huisheng.tuning.corpus import PreparedCorpus, prepare
from huisheng.tuning.evaluation import evaluate, load_batches, nearest_speaker
from huisheng.tuning.features import LEVEL
from huisheng.tuning.fine_tuning import FRAMES, FineTuningJob, default_steps, fine_tune
from huisheng.tuning.naming import require_free
from huisheng.tuning.report import Report, as_json
from huisheng.tuning.speaker_encoder import SpeakerEncoder
from huisheng.tuning.speaker_similarity import speaker_similarities
from huisheng.voice.consent import Consent, Statement, record
from huisheng.voice.load import VoicePackage, read_package
from huisheng.voice.manifest import MANIFEST, Origin, Person
from huisheng.voice.store import digest, storage

REPORT: Final = "report.json"

_CONSENTED: Final = "LicenseRef-Consent"
"""SPDX expression for use as far as the speaker has agreed."""
_FOR_SPEAKER: Final = 6
"""Batches by which the most similar speaker is chosen."""
_MOST_EVALUATED: Final = 16
"""Batches for the evaluation in the report."""


class ProgressCallbacks(NamedTuple):
    """Called as a custom voice is made.

    Attributes:
        on_progress: with the name of a stage, the number of items that are done, and of all.
        on_intake: with the findings in the recordings, before it is decided whether they are enough.
    """

    on_progress: Callable[[str, int, int], None]
    on_intake: Callable[[Intake], None]


@dataclass(frozen=True, slots=True)
class CustomVoiceRequest:
    """What a custom voice is made from.

    Attributes:
        recordings: folder.
        work: folder of intermediate results.
        statement: consent of the person who was recorded.
        person: description of the new speaker.
        base: name of the package to fine-tune.
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


class CustomVoice(NamedTuple):
    """The package of the voice, and the report on it."""

    package: VoicePackage
    report: Report


class _FineTuned(NamedTuple):
    """Networks whose last speaker is the new one, and the steps of each training."""

    networks: ParallelNetworks
    steps: int


def make_voice(
    request: CustomVoiceRequest, frontend: Frontend, context: DistributedContext, callbacks: ProgressCallbacks
) -> CustomVoice:
    """Make and publish the voice.

    Args:
        request: what it is made from.
        frontend: that reads the texts.
        context: of the training.
        callbacks: for progress.

    Raises:
        ConsentError: the consent does not reach to this day.
        VoicePackageError: the name is taken, or the base is damaged.
        VoiceMissing: there is no such base.
        ModelError: the base cannot be fine-tuned, or the encoder is not one.
        RecordingsError: there is too little to train on.
        StorageError: no space, or no right to write.
        KeyboardInterrupt: a signal asked to stop; the same call goes on.
    """
    require_free(request.person.id, replace=request.replace)
    base = open_base(request.base)
    encoder = SpeakerEncoder(request.encoder) if request.encoder else None
    intake = take_in(
        request.recordings, request.work, frontend, IntakeSettings(level=LEVEL), callbacks.on_progress
    )
    callbacks.on_intake(intake)
    intake.require()
    consent = record(request.statement, intake.sha256, datetime.now(UTC))
    folder = request.work / _key(base, intake)

    on_aligned = partial(callbacks.on_progress, "aligning")
    corpus = prepare(intake, base, request.person.id, frontend, folder / "corpus", on_aligned)
    tuned = _fine_tune(request, base, corpus, folder, context)
    report = _report(request, base, corpus, tuned, encoder)
    with storage(request.work):
        (request.work / REPORT).write_text(as_json(report), encoding="utf-8")
    return CustomVoice(_publish(request, base, tuned, intake, consent), report)


def _fine_tune(
    request: CustomVoiceRequest,
    base: Base,
    corpus: PreparedCorpus,
    folder: Path,
    context: DistributedContext,
) -> _FineTuned:
    reader = CorpusReader(corpus.folder)
    batches = load_batches(AcousticData(reader, held_out=False, frames=FRAMES), _FOR_SPEAKER)
    similar, _ = nearest_speaker(base.networks.acoustic, reader.corpus, batches, len(base.speakers))
    steps = request.steps or default_steps(corpus.seconds)
    job = FineTuningJob(corpus.folder, folder, steps, context)
    return _FineTuned(fine_tune(job, base.networks, similar), steps)


def _report(
    request: CustomVoiceRequest,
    base: Base,
    corpus: PreparedCorpus,
    tuned: _FineTuned,
    encoder: SpeakerEncoder | None,
) -> Report:
    reader = CorpusReader(corpus.folder)
    held_out = AcousticData(reader, held_out=True, frames=FRAMES)
    batches = load_batches(held_out, _MOST_EVALUATED)
    best, before = nearest_speaker(base.networks.acoustic, reader.corpus, batches, len(base.speakers))
    return Report(
        voice=request.person.id,
        base=base.package.manifest.name,
        nearest=base.speakers[best],
        seconds=corpus.seconds,
        held_out=len(held_out),
        steps=tuned.steps,
        before=before,
        after=evaluate(tuned.networks.acoustic, reader.corpus, batches, len(base.speakers)),
        dropped=corpus.rejected,
        likenesses=speaker_similarities(base, tuned.networks, reader, encoder) if encoder else None,
    )


def _publish(
    request: CustomVoiceRequest, base: Base, tuned: _FineTuned, intake: Intake, consent: Consent
) -> VoicePackage:
    """The package of the new speaker alone, with all emotions of the base."""
    manifest = base.package.manifest
    minutes = intake.seconds / 60.0
    reader = CorpusReader(request.work / _key(base, intake) / "corpus")
    card = VoiceCard(
        name=request.person.id,
        inventory=base.inventory,
        speakers=(request.person.id,),
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
        people=(request.person.model_copy(update={"gain": IntakeSettings().level - LEVEL}),),
        energy=reader.corpus.energy,
        strengths=base.strengths,
        consent=consent,
        mel=contract_of(reader.corpus),
    )
    acoustic, vocoder = tuned.networks
    return read_package(export_voice(keep_last_speaker(acoustic), vocoder, card))


def _key(base: Base, intake: Intake) -> str:
    """Name of the folder for results that depend on base and recordings."""
    parts = digest(base.package.directory / MANIFEST), intake.sha256
    return "voice-" + hashlib.sha256(" ".join(parts).encode("ascii")).hexdigest()[:12]
