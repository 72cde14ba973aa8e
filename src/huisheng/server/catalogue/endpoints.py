"""What can be chosen, for pages and programs that offer the choice."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from huisheng.audio.encoding import FORMATS
from huisheng.emotion.names import aliases
from huisheng.emotion.styles import STYLES, Style
from huisheng.errors import StorageError, VoiceMissing
from huisheng.runtime.options import BOUNDS, OPTIONS
from huisheng.server.catalogue.schemas import EmotionAlias, Emotions, EmotionStyle, Range, Voice, Voices
from huisheng.server.dependencies import ClientDep, SettingsDep, SynthesizerDep
from huisheng.server.errors import refusals
from huisheng.units import SAMPLE_RATES

router = APIRouter(prefix="/api", tags=["可选项 Choices"])


@router.get("/voices", summary="全部音色", responses=refusals(VoiceMissing, StorageError))
async def list_voices(synthesizer: SynthesizerDep, client: ClientDep) -> Voices:
    """Every voice that is installed now, but for those of other accounts; the default one is named apart."""
    capabilities = synthesizer.capabilities.without(client.hidden_voices)
    voices = tuple(Voice(**asdict(voice)) for voice in capabilities.voices)
    return Voices(voices=voices, default=capabilities.find().id)


@router.get("/emotions", summary="全部情感、参数范围与限制", responses=refusals(StorageError))
async def list_emotions(synthesizer: SynthesizerDep, settings: SettingsDep, client: ClientDep) -> Emotions:
    """Every emotion that a voice shows, with the ranges and limits of a request."""
    shown = synthesizer.capabilities.without(client.hidden_voices).emotions
    return Emotions(
        emotions=tuple(_describe(style) for style in STYLES.values() if style.name in shown),
        aliases={
            name: EmotionAlias(emotion=alias.emotion, intensity=alias.strength)
            for name, alias in aliases().items()
            if alias.emotion in shown
        },
        **{name: _range(name) for name in BOUNDS},
        limit=settings.text_limit,
        spoken_limit=settings.budget.characters,
        speech_limit=settings.budget.seconds,
        answer_limit=settings.budget.bytes,
        formats=tuple(FORMATS),
        sample_rates=SAMPLE_RATES,
    )


def _describe(style: Style) -> EmotionStyle:
    return EmotionStyle(
        id=style.name,
        name=style.label,
        name_en=style.label_en,
        description=style.description,
        description_en=style.description_en,
    )


def _range(name: str) -> Range:
    low, high = BOUNDS[name]
    return Range(min=low, max=high, default=OPTIONS[name].default)
