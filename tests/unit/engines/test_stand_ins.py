"""Voices of Azure's and those that stand in for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from huisheng.engines.protocol import Capabilities
from huisheng.engines.stand_ins import find_likeness
from huisheng.engines.two_stage.voices import voices
from huisheng.errors import UnknownVoice, VoicePackageError
from huisheng.testing import SILENT_VOICE
from huisheng.text.resources import rows
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.load import read_package
from huisheng.voice.store import folder_of

OURS: Final = Capabilities("installed", voices(read_package(folder_of(BUILTIN)).manifest))
TABLE: Final = [row[0] for row in rows("huisheng.engines", "azure_voices.tsv")]


@pytest.mark.parametrize("name", TABLE)
def test_every_voice_of_the_table_is_one_of_ours_of_the_same_gender(name: str) -> None:
    found = find_likeness(f"zh-CN-{name}Neural")

    assert found is not None
    assert (OURS.find(found.voice).id, OURS.find(found.voice).gender) == (found.voice, found.gender)


@pytest.mark.parametrize(
    ("asked", "ours"),
    [
        ("zh-CN-XiaoxiaoNeural", "tinglan"),
        ("zh-cn-xiaoxiaoneural", "tinglan"),
        ("zh-CN-XiaoxiaoMultilingualNeural", "tinglan"),
        ("zh-CN-XiaoxiaoDialectsNeural", "tinglan"),
        ("zh-CN-Xiaoxiao:DragonHDLatestNeural", "tinglan"),
        ("zh-CN-Xiaoxiao2:DragonHDFlashLatestNeural", "tinglan"),
        ("zh-CN-YunxiaNeural", "maidong"),
        ("Microsoft Server Speech Text to Speech Voice (zh-CN, YunxiNeural)", "yanzhou"),
    ],
)
def test_a_well_known_name_means_the_nearest_of_ours(asked: str, ours: str) -> None:
    assert OURS.find(asked).id == ours


@pytest.mark.parametrize(
    "asked",
    [
        "zh-CN-NobodyNeural",
        "zh-CN-XiaoxiaoNeural ",
        "zh-CN-Xiaoxiao",
        "en-US-JennyNeural",
        "zh-HK-HiuMaanNeural",
        "zh-CN-Xiaoxiao:DragonHD" + "x" * 40 + "Neural",
        "zh-CN-" + "x" * 1_000_000,
    ],
)
def test_any_other_name_is_unknown(asked: str) -> None:
    with pytest.raises(UnknownVoice):
        OURS.find(asked)


def test_an_installed_voice_of_that_very_name_speaks_itself() -> None:
    own = replace(SILENT_VOICE, id="zh-CN-XiaoxiaoNeural")
    capabilities = Capabilities("installed", (*OURS.voices, own))

    assert capabilities.find("zh-CN-XiaoxiaoNeural") is own
    assert capabilities.stand_in("zh-CN-XiaoxiaoNeural") is None


def test_without_the_built_in_voices_one_of_the_gender_stands_in() -> None:
    man = replace(SILENT_VOICE, id="man", gender="male")

    assert Capabilities("other", (SILENT_VOICE, man)).find("zh-CN-YunxiNeural") is man


def test_no_voice_stands_in_while_the_built_in_voices_are_damaged() -> None:
    damaged = Capabilities("installed", (SILENT_VOICE,), VoicePackageError("坏", "damaged"))

    with pytest.raises(VoicePackageError):
        damaged.find("zh-CN-XiaoxiaoNeural")
