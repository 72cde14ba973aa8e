"""What a manifest of the engine sambert says is of one kind of voice, and fit to be shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from huisheng.voice.manifest import (
    Description,
    Hifigan,
    Manifest,
    Parallel,
    Person,
    Proof,
    Sambert,
    Source,
    Spectral,
)
from huisheng.voice.mel import MelContract

COMMON: dict[str, Any] = {
    "language": "PinYin",
    "tones": ("tone1",),
    "syllable_flags": (),
    "word_segments": (),
    "emotions": ("emotion_neutral",),
    "has_mask": False,
    "longest": 800,
}
STEPPING: dict[str, Any] = {
    "group": 3,
    "causal": True,
    "left": 0,
    "right": 0,
    "pitch": None,
    "source": None,
}
PARALLEL = Parallel(
    decoder_reach=18, vocoder_reach=18, fft=960, steps=1, noise_fft=240, noise_steps=3, energy=(3.0, 1.5)
)


def person(speaker: str, name: str = "", description: str = "") -> Person:
    return Person(
        id=speaker,
        name=name or speaker,
        name_en=speaker.title(),
        description=description,
        description_en="",
        gender="female",
    )


def describe(known: Sambert, hop: int = 300, speakers: tuple[str, ...] = ("lan", "song")) -> Description:
    return Description(
        name="tiny",
        version="1.0",
        engine="sambert",
        sample_rate=24_000,
        frame_samples=hop,
        symbols={},
        speakers=speakers,
        languages=("zh-CN",),
        licence="MIT",
        origins=(),
        remarks="",
        proof=Proof(symbols=1, samples=1, max_abs_difference=0.0),
        sambert=known,
    )


def parallel(**change: object) -> Sambert:
    return Sambert.model_validate({**COMMON, "parallel": PARALLEL, **change})


@pytest.mark.parametrize("missing", STEPPING)
def test_a_voice_that_makes_frame_after_frame_says_all_of_how(missing: str) -> None:
    told = {name: value for name, value in STEPPING.items() if name != missing}

    with pytest.raises(ValidationError, match="frame after frame"):
        Sambert(**COMMON, **told)


def test_a_manifest_from_before_there_was_another_kind_is_read_as_it_was() -> None:
    known = Sambert(**COMMON, **STEPPING)
    old = json.loads(Manifest(**dict(describe(known)), files={}).model_dump_json())
    for name in ("parallel", "people", "fills_pauses"):
        del old["sambert"][name]

    read = Manifest.model_validate_json(json.dumps(old))

    assert read.sambert == known
    assert known.parallel is None


def test_what_is_written_is_read_again() -> None:
    known = parallel(people=(person("lan"), person("song")))
    written = Manifest(**dict(describe(known)), files={}).model_dump_json()

    assert Manifest.model_validate_json(written).sambert == known


@pytest.mark.parametrize(
    "change",
    [{"group": 3}, {"causal": True}, {"left": 1}, {"right": 1}, {"pitch": (0.0, 1.0)}, {"reads": "bytes"}],
    ids=str,
)
def test_a_voice_that_makes_all_at_once_cannot_be_of_the_other_kind(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="all frames at once"):
        parallel(**change)


@pytest.mark.parametrize("hop", [299, 482])
def test_frames_that_do_not_overlap_by_half_or_have_no_middle_are_refused(hop: int) -> None:
    with pytest.raises(ValidationError, match="overlap"):
        describe(parallel(), hop)


@pytest.mark.parametrize("fft", [0, 961, 1 << 15])
def test_a_transform_of_no_sensible_size_is_refused(fft: int) -> None:
    with pytest.raises(ValidationError, match="fft"):
        Parallel(decoder_reach=18, vocoder_reach=18, fft=fft, steps=1, noise_fft=240, noise_steps=3)


@pytest.mark.parametrize("people", [("lan",), ("song", "lan"), ("lan", "song", "he")])
def test_people_who_are_not_the_speakers_in_their_order_are_refused(people: tuple[str, ...]) -> None:
    known = parallel(people=tuple(person(name) for name in people))

    with pytest.raises(ValidationError, match="not the speakers"):
        describe(known)


def test_two_people_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="told apart"):
        parallel(people=(person("lan", name="岚"), person("song", name="岚")))


@pytest.mark.parametrize("name", [" ", " 岚", "岚\n", "岚\x1b[2J", "岚\u202e", "岚" * 65])
def test_a_name_that_a_terminal_would_obey_or_not_show_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="name"):
        person("lan", name=name)


@pytest.mark.parametrize(
    "strengths", [{"emotion_neutral": 2.0}, {"emotion_neutral": 0.0}, {"emotion_odd": 1.1}], ids=str
)
def test_strengths_are_those_of_its_emotions_and_below_what_was_learned(strengths: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        parallel(strengths=strengths)


@pytest.mark.parametrize("gain", [-20.5, 21.0, float("nan")])
def test_no_voice_is_made_louder_than_a_user_may(gain: float) -> None:
    with pytest.raises(ValidationError, match="gain"):
        Person.model_validate({**dict(person("lan")), "gain": gain})


@pytest.mark.parametrize("text", ["一句\n两句", "\u2028", "字" * 301])
def test_a_description_is_one_short_line(text: str) -> None:
    with pytest.raises(ValidationError, match="description"):
        person("lan", description=text)


# Vocoders and contracts

MEL = MelContract(
    sample_rate=24_000,
    hop=300,
    window=1_200,
    fft=2_048,
    offset=150,
    bands=100,
    lowest=0.0,
    highest=12_000.0,
    decibels=(-80.0, 20.0),
    values=(-4.0, 4.0),
    pitched=True,
)
ALONE = MEL.model_copy(update={"pitched": False})
FILTERS = Spectral(vocoder_reach=18, fft=960, steps=1, noise_fft=240, noise_steps=3)
STACKED = Hifigan(causal=True, left=9, right=0)
DRIVEN = Hifigan(causal=True, left=9, right=0, source=Source(harmonics=7, scale=1.0, offset=0.0))


def vocoder(known: Hifigan | Spectral | None, mel: MelContract | None, **change: object) -> Manifest:
    empty: dict[str, Any] = {"sambert": None, "speakers": (), "languages": (), "files": {}}
    plain = dict(describe(parallel())) | empty
    return Manifest.model_validate(plain | {"engine": "vocoder", "vocoder": known, "mel": mel} | change)


@pytest.mark.parametrize(("known", "mel"), [(FILTERS, MEL), (STACKED, ALONE), (DRIVEN, MEL)], ids=str)
def test_a_vocoder_alone_is_read_as_it_was_written(known: Hifigan | Spectral, mel: MelContract) -> None:
    read = Manifest.model_validate_json(vocoder(known, mel).model_dump_json())

    assert (read.vocoder, read.mel) == (known, mel)


@pytest.mark.parametrize(
    "change",
    [
        {"speakers": ("lan",)},
        {"symbols": {"a": 0}},
        {"languages": ("zh-CN",)},
        {"sambert": parallel(), "speakers": ("lan",)},
        {"vocoder": None},
        {"engine": "silent"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_package_is_a_vocoder_or_has_voices(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="is a vocoder or has voices"):
        vocoder(FILTERS, MEL, **change)


def test_a_vocoder_that_does_not_say_what_it_reads_is_refused() -> None:
    with pytest.raises(ValidationError, match="must say"):
        vocoder(FILTERS, None)


@pytest.mark.parametrize(("known", "mel"), [(FILTERS, ALONE), (STACKED, MEL), (DRIVEN, ALONE)], ids=str)
def test_a_contract_tells_whether_the_vocoder_needs_a_pitch(
    known: Hifigan | Spectral, mel: MelContract
) -> None:
    with pytest.raises(ValidationError, match="driven by a pitch"):
        vocoder(known, mel)


@pytest.mark.parametrize("change", [{"sample_rate": 16_000}, {"hop": 200}], ids=str)
def test_a_contract_of_another_rate_or_hop_than_the_package_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="rate and hop"):
        vocoder(FILTERS, MEL.model_copy(update=change))


def test_frames_of_a_vocoder_alone_overlap_by_half_too() -> None:
    with pytest.raises(ValidationError, match="overlap"):
        vocoder(FILTERS.model_copy(update={"fft": 480}), MEL)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"noise_fft": 198}, "overlap"),
        ({"noise_steps": 4}, "overlap"),
        ({"steps": 7}, "overlap"),
        ({"noise_fft": 1_024}, "further"),
    ],
    ids=str,
)
def test_filters_of_noise_overlap_and_reach_no_further_than_those_of_pulses(
    change: dict[str, int], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        vocoder(FILTERS.model_copy(update=change), MEL)


def test_a_vocoder_cannot_have_the_name_of_an_engine() -> None:
    with pytest.raises(ValidationError, match="another engine"):
        vocoder(FILTERS, MEL, name="kokoro")


@pytest.mark.parametrize(
    ("known", "pitched"),
    [
        (parallel(), True),
        (Sambert(**COMMON, **STEPPING), False),
        (Sambert.model_validate(COMMON | STEPPING | {"source": DRIVEN.source}), True),
    ],
    ids=["all at once", "stepping", "stepping with a source"],
)
def test_a_voice_says_what_it_makes_and_whether_a_pitch_comes_with_it(known: Sambert, pitched: bool) -> None:
    said = dict(describe(known)) | {"mel": MEL.model_copy(update={"pitched": pitched})}

    assert Description.model_validate(said).mel is not None
    with pytest.raises(ValidationError, match="driven by a pitch"):
        Description.model_validate(said | {"mel": MEL.model_copy(update={"pitched": not pitched})})


def test_a_manifest_from_before_there_were_contracts_is_read_as_it_was() -> None:
    old = json.loads(Manifest(**dict(describe(parallel())), files={}).model_dump_json())
    for name in ("mel", "vocoder"):
        del old[name]

    assert Manifest.model_validate_json(json.dumps(old)).mel is None


def test_a_vocoder_of_an_unknown_kind_is_refused() -> None:
    written = json.loads(vocoder(FILTERS, MEL).model_dump_json())
    written["vocoder"]["kind"] = "wavenet"

    with pytest.raises(ValidationError, match="kind"):
        Manifest.model_validate_json(json.dumps(written))
