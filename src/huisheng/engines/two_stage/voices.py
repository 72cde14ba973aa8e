"""The voices of a package, as people choose them."""

from __future__ import annotations

from dataclasses import replace

from huisheng.emotion.names import NAMES
from huisheng.errors import VoicePackageError
from huisheng.text.symbols.sambert import Inventory, category, syllables
from huisheng.types import EmotionName, VoiceInfo
from huisheng.units import Hertz
from huisheng.voice.digests import join_digests, package_digest
from huisheng.voice.manifest import Manifest, Person, Sambert


def details(manifest: Manifest) -> Sambert:
    """What only this engine needs.

    Raises:
        VoicePackageError: the manifest does not have it.
    """
    if manifest.sambert is None:
        raise VoicePackageError(
            f"语音包 {manifest.name} 的清单不完整，请重新导入。",
            f"The manifest of voice package {manifest.name} is incomplete; import it again.",
        )
    return manifest.sambert


def voices(manifest: Manifest, vocoder: str = "own") -> tuple[VoiceInfo, ...]:
    """One for each speaker. Where the package does not know them as people, the first has its name.

    Args:
        manifest: of their package.
        vocoder: digest of the one that they speak with, empty where it is not known.
    """
    package = package_digest(manifest)
    strangers = tuple(
        replace(_voice(manifest, place), digest=join_digests(package, vocoder, str(place)))
        for place in range(len(manifest.speakers))
    )
    people = details(manifest).people
    if not people:
        return strangers
    return tuple(_named_voice(voice, person) for voice, person in zip(strangers, people, strict=True))


def _voice(manifest: Manifest, place: int) -> VoiceInfo:
    name = manifest.name if place == 0 else f"{manifest.name}-{manifest.speakers[place]}"
    return VoiceInfo(
        id=name,
        name=name,
        name_en=name,
        description="导入的 SAM-BERT 音色",
        description_en="Imported SAM-BERT voice",
        gender="unknown",
        languages=manifest.languages,
        engine=manifest.engine,
        sample_rate=Hertz(manifest.sample_rate),
        emotions=emotions(details(manifest)),
        shifts=True,
        family=manifest.name if len(manifest.speakers) > 1 else "",
        syllables=_syllables(details(manifest)),
    )


def _named_voice(voice: VoiceInfo, person: Person) -> VoiceInfo:
    """A voice with the name and description of its speaker."""
    return replace(
        voice,
        id=person.id,
        name=person.name,
        name_en=person.name_en,
        description=person.description,
        description_en=person.description_en,
        gender=person.gender,
    )


def _syllables(known: Sambert) -> tuple[str, ...]:
    """Languages of the syllables that a voice can say; one that reads bytes asks for none."""
    return ("zh", "yue") if known.reads == "bytes" else syllables(known.language)


def emotions(known: Sambert) -> tuple[EmotionName, ...]:
    """Those of ours that the voice has a category for, and neutral, which every voice has in some way."""
    return tuple(name for name in NAMES if name == "neutral" or category(name) in known.emotions)


def inventory(manifest: Manifest) -> Inventory:
    """The symbols of the voice."""
    known = details(manifest)
    return Inventory(
        language=known.language,
        phones=tuple(sorted(manifest.symbols, key=manifest.symbols.__getitem__)),
        tones=known.tones,
        syllable_flags=known.syllable_flags,
        word_segments=known.word_segments,
        emotions=known.emotions,
        has_mask=known.has_mask,
    )
