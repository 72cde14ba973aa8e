"""What a voice package says about itself: one strict model, for writing and for reading."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from huisheng.voice.builtin import BUILTIN
from huisheng.voice.consent import Consent
from huisheng.voice.mel import MelContract

SCHEMA_VERSION: Final = 1
MANIFEST: Final = "manifest.json"

KOKORO: Final = "kokoro"
"""An engine of one package, which has its name."""
SAMBERT: Final = "sambert"
VOCODER: Final = "vocoder"
"""In place of an engine in a package that no one can speak with alone."""

RESERVED: Final = frozenset({BUILTIN, KOKORO})
"""Names of packages that no other may have."""

_DEVICES: Final = frozenset(
    {
        *("con", "prn", "aux", "nul", "conin$", "conout$"),
        *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"),
    }
)
"""Microsoft, "Naming Files, Paths, and Namespaces"."""


def is_device(name: str) -> bool:
    """Whether Windows takes a name for a device, in any case and whatever suffix follows."""
    return name.partition(".")[0].rstrip().lower() in _DEVICES


def _no_device(name: str) -> str:
    if is_device(name):
        raise ValueError("Windows has a device of this name")
    return name


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
PackageName = Annotated[Name, AfterValidator(_no_device)]
"""Also of a folder, on every system."""
FileName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}(\.[a-z0-9]{1,8})+$"), AfterValidator(_no_device)
]
"""A plain file name: no folder, no parent, no hidden file, no device."""
LanguageName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
"""The name that a model has for a language; it goes into messages, so nothing that a terminal obeys."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it holds what is not shown, or moves what is")
    return text


Label = Annotated[str, Field(pattern=r"^\S(.*\S)?$", max_length=64), AfterValidator(_printable)]
"""A name as people see it: nothing that a terminal or a page obeys."""
Remark = Annotated[str, Field(max_length=300), AfterValidator(_printable)]
"""A sentence as people see it."""


_MOST_GAIN: Final = 20.0
"""Decibels: as much as a user may ask for."""


class _Strict(BaseModel):
    """Frozen; unknown keys, wrong types, infinity and NaN are refused, so that a mistake fails at load."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class FileDigest(_Strict):
    """How a file must look. `size` in bytes."""

    size: Annotated[int, Field(ge=0)]
    sha256: Sha256


class Origin(_Strict):
    """One artefact that the package was made from."""

    name: str
    sha256: Sha256
    licence: str


class Proof(_Strict):
    """What the exporter measured before it published: its graphs against the original, same input.

    Attributes:
        symbols: length of the input; of a vocoder alone its frames.
        samples: length of the speech.
        max_abs_difference: between the two waveforms, of a full scale of 1.
    """

    symbols: Annotated[int, Field(gt=0)]
    samples: Annotated[int, Field(gt=0)]
    max_abs_difference: Annotated[float, Field(ge=0.0)]


class Source(_Strict):
    """What drives a source-filter vocoder.

    Attributes:
        harmonics: above the fundamental.
        scale, offset: F0 in Hz is what the model predicts, times `scale` plus `offset`.
    """

    harmonics: Annotated[int, Field(ge=0, le=64)]
    scale: float
    offset: float


_Transformed = Annotated[int, Field(ge=4, le=16_384, multiple_of=2)]
"""Samples of a transform."""
_Steps = Annotated[int, Field(ge=1, le=64)]


class Parallel(_Strict):
    """What only a voice has that makes all frames at once.

    Attributes:
        decoder_reach, vocoder_reach: frames on either side that a frame of a network depends on.
        fft: samples of the transform in which pulses are filtered.
        steps: filters of pulses in a frame, one after the other.
        noise_fft: samples of the transform in which noise is filtered.
        noise_steps: filters of noise in a frame.
        energy: mean and deviation of the corpus's measure of effort where something is voiced; None where
            unknown.
        contours_reach: as the other two; None where unknown, and then melodies are made in one piece.
    """

    decoder_reach: Annotated[int, Field(ge=0, le=1_000)]
    vocoder_reach: Annotated[int, Field(ge=0, le=1_000)]
    fft: _Transformed
    steps: _Steps
    noise_fft: _Transformed
    noise_steps: _Steps
    energy: tuple[float, Annotated[float, Field(gt=0.0)]] | None = None
    contours_reach: Annotated[int, Field(ge=0, le=1_000)] | None = None


class Hifigan(_Strict):
    """A package's vocoder that is convolutions on top of each other.

    Attributes:
        kind: of vocoder.
        causal, left, right: as of `Sambert`.
        source: of a vocoder that is driven by F0 in Hz; None for one that reads the mel alone.
    """

    kind: Literal["hifigan"] = "hifigan"
    causal: bool
    left: Annotated[int, Field(ge=0, le=1_000)]
    right: Annotated[int, Field(ge=0, le=1_000)]
    source: Source | None = None


class Spectral(_Strict):
    """A package's vocoder that filters pulses and noise.

    Attributes:
        kind: of vocoder.
        vocoder_reach, fft, steps, noise_fft, noise_steps: as of `Parallel`.
    """

    kind: Literal["spectral"] = "spectral"
    vocoder_reach: Annotated[int, Field(ge=0, le=1_000)]
    fft: _Transformed
    steps: _Steps
    noise_fft: _Transformed
    noise_steps: _Steps


class Person(_Strict):
    """A speaker as people know them.

    Attributes:
        id: of the speaker; the voice has it too.
        name: Chinese display name.
        name_en: the same for English readers.
        description: one Chinese sentence on what the voice sounds like and suits.
        description_en: the same in English.
        gender: of the voice as heard.
        gain: decibels that bring the speaker's neutral speech to the level that all voices share.
    """

    id: Name
    name: Label
    name_en: Label
    description: Remark
    description_en: Remark
    gender: Literal["female", "male", "unknown"] = "unknown"
    gain: Annotated[float, Field(ge=-_MOST_GAIN, le=_MOST_GAIN)] = 0.0


_STEPPING: Final = frozenset({"group", "causal", "left", "right", "pitch", "source"})
"""What a voice that makes frame after frame must say of itself."""
_UNLIKE: Final = _STEPPING | {"reads", "fills_pauses"}
"""What one that makes all frames at once must leave as it is."""


class Sambert(_Strict):
    """What the engine sambert knows of a voice besides its graphs.

    A voice makes frame after frame, and says how, or makes all frames at once, and has `parallel`.

    Attributes:
        language: of its symbols, by the model's own name.
        reads: what goes into it, symbols or the bytes of the text.
        tones, syllable_flags, word_segments, emotions: in the order of their ids; phones are `symbols`.
        has_mask: whether the tables of the checkpoint hold the row for what training hid.
        group: frames that the decoder makes in one step.
        longest: symbols in one call.
        causal: whether the vocoder carries its past as state; else `left` and `right` frames around a
            stretch make it what it is in the whole.
        left, right: frames.
        pitch: F0 in Hz is the first plus the second times what the model predicts: its mean and standard
            deviation over all frames of the corpus, or a fixed range; None where unknown.
        source: None for a vocoder without one.
        fills_pauses: whether the encoder tells where to hesitate, and pauses.npy how.
        parallel: of a voice that makes all frames at once.
        people: the speakers, in their order; none where they have no names but their ids.
        strengths: emotion → how far from neutral it is spoken at intensity 1, 1 as learned; at intensity 2
            each is twice as far as learned.
    """

    language: LanguageName
    reads: Literal["symbols", "bytes"] = "symbols"
    tones: tuple[str, ...]
    syllable_flags: tuple[str, ...]
    word_segments: tuple[str, ...]
    emotions: Annotated[tuple[str, ...], Field(min_length=1)]
    has_mask: bool
    group: Annotated[int, Field(gt=0, le=32)] = 1
    longest: Annotated[int, Field(gt=0, le=10_000)]
    causal: bool = False
    left: Annotated[int, Field(ge=0, le=1_000)] = 0
    right: Annotated[int, Field(ge=0, le=1_000)] = 0
    pitch: tuple[float, Annotated[float, Field(gt=0.0)]] | None = None
    source: Source | None = None
    fills_pauses: bool = False
    parallel: Parallel | None = None
    people: tuple[Person, ...] = ()
    strengths: dict[str, Annotated[float, Field(gt=0.0, lt=2.0)]] = Field(default_factory=dict[str, float])

    @model_validator(mode="after")
    def _strengths_of_its_own(self) -> Self:
        if not self.strengths.keys() <= set(self.emotions):
            raise ValueError("an emotion that the voice does not have cannot be strong")
        return self

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.parallel is None and not self.model_fields_set >= _STEPPING:
            raise ValueError("a voice that makes frame after frame must say how")
        fields = type(self).model_fields
        if self.parallel and any(getattr(self, name) != fields[name].default for name in _UNLIKE):
            raise ValueError("a voice that makes all frames at once does not make one after the other")
        return self

    @model_validator(mode="after")
    def _distinct_names(self) -> Self:
        names = [person.name for person in self.people]
        if len(names) != len(set(names)):
            raise ValueError("two speakers of one name cannot be told apart")
        return self


class Description(_Strict):
    """Everything but the files' digests, which `publish` measures.

    Attributes:
        name: of the package, and of its folder; that of an engine only where this one reads it.
        version: of the model inside.
        engine: name of the engine that reads it; kokoro reads only the package kokoro. A package of the
            engine vocoder has no voices: it is used with those of other packages.
        sample_rate: of its speech, Hz.
        frame_samples: samples that one frame of its durations lasts.
        symbols: symbol → id as the model counts them.
        speakers: in the order of the first axis of the table of styles or speakers; sambert needs one at
            least, and each once.
        languages: BCP 47 tags that it is offered for.
        licence: SPDX expression of the weights.
        origins: what it was made from.
        remarks: what is known of how the model was trained.
        proof: what the exporter measured.
        sambert: what only that engine needs.
        mel: what its acoustic model makes, or its vocoder reads if it has no voices; None where unknown.
        vocoder: of a package of the engine vocoder.
        consent: of the person whose recordings it was made from; None where there were none.
    """

    name: PackageName
    version: str
    engine: Name
    sample_rate: Annotated[int, Field(ge=4_000, le=192_000)]
    frame_samples: Annotated[int, Field(ge=1, le=10_000)]
    symbols: dict[Annotated[str, Field(min_length=1)], Annotated[int, Field(ge=0)]]
    speakers: tuple[Name, ...]
    languages: tuple[str, ...]
    licence: str
    origins: tuple[Origin, ...]
    remarks: str
    proof: Proof
    sambert: Sambert | None = None
    mel: MelContract | None = None
    vocoder: Annotated[Hifigan | Spectral, Field(discriminator="kind")] | None = None
    consent: Consent | None = None

    @model_validator(mode="after")
    def _distinct_speakers(self) -> Self:
        if self.sambert and not 0 < len(self.speakers) == len(set(self.speakers)):
            raise ValueError("a voice of sambert needs one speaker at least, and each once")
        return self

    @model_validator(mode="after")
    def _speakers_known(self) -> Self:
        people = self.sambert.people if self.sambert else ()
        if people and tuple(person.id for person in people) != self.speakers:
            raise ValueError("the people are not the speakers, in their order")
        return self

    @model_validator(mode="after")
    def _overlapping(self) -> Self:
        known, hop = self.sambert and self.sambert.parallel, self.frame_samples
        filters = self.vocoder if isinstance(self.vocoder, Spectral) else known
        if filters is None:
            return self
        transforms = (filters.fft, filters.steps), (filters.noise_fft, filters.noise_steps)
        if any(hop % (2 * steps) or 2 * hop > steps * fft for fft, steps in transforms):
            raise ValueError("frames of a transform must overlap by half, and have a middle")
        further, nearer = (fft - hop // steps for fft, steps in transforms)
        if nearer > further:
            raise ValueError("filters of noise reach further than those of pulses")
        return self

    @model_validator(mode="after")
    def _check_name(self) -> Self:
        if (self.name == KOKORO and self.engine in {SAMBERT, VOCODER}) or self.engine == KOKORO != self.name:
            raise ValueError("the name is that of another engine than the one that reads it")
        return self

    @model_validator(mode="after")
    def _voice_or_vocoder(self) -> Self:
        voiced = self.sambert or self.speakers or self.symbols or self.languages
        if (self.engine == VOCODER) != (self.vocoder is not None) or (self.vocoder and voiced):
            raise ValueError("a package is a vocoder or has voices")
        if self.vocoder and self.mel is None:
            raise ValueError("a vocoder must say what spectrogram it reads")
        return self

    @model_validator(mode="after")
    def _of_its_contract(self) -> Self:
        mel = self.mel
        if mel and (mel.sample_rate, mel.hop) != (self.sample_rate, self.frame_samples):
            raise ValueError("the spectrogram is not of the rate and hop of the package")
        if mel and mel.pitched != self._has_pitch():
            raise ValueError("the spectrogram does not say whether the vocoder is driven by a pitch")
        return self

    def _has_pitch(self) -> bool:
        """Whether the vocoder inside is driven by a pitch."""
        if isinstance(self.vocoder, Spectral) or (self.sambert and self.sambert.parallel):
            return True
        known = self.vocoder or self.sambert
        return known is not None and known.source is not None


class Manifest(Description):
    """The file `manifest.json`.

    Attributes:
        schema_version: of this model; another one is refused.
        files: name → digest of every other file in the folder.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    files: dict[FileName, FileDigest]


@lru_cache
def parse_manifest(content: bytes) -> Manifest:
    """The manifest that a file holds; what was parsed lately is not parsed again.

    Raises:
        ValidationError: it is none, or of another schema.
    """
    return Manifest.model_validate_json(content)
