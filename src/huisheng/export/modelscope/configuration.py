"""What the settings of a stranger's voice say, checked before anything is built from it.

The bounds are far beyond every published model and far below what would exhaust a machine. Keys that we do
not know are ignored: the files hold the whole training configuration. Vocabulary sizes are not read here: the
checkpoint tells them, and `has_mask`, by the shapes of its tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator

from huisheng.acoustic.config import AcousticConfig, VocabularySizes, acoustic_config
from huisheng.errors import ModelError
from huisheng.export.modelscope.documents import Table, as_table
from huisheng.export.modelscope.files import model_error
from huisheng.vocoder.config import VocoderConfig, vocoder_config

CONFIGURATION: Final = "configuration.json"

_Size = Annotated[int, Field(ge=1, le=4096)]
_Inner = Annotated[int, Field(ge=1, le=16_384)]
_Layers = Annotated[int, Field(ge=1, le=48)]
_Taps = Annotated[int, Field(ge=1, le=255)]
_Units = Annotated[list[_Size], Field(min_length=1, max_length=8)]
_Dropout = Annotated[float, Field(ge=0.0, lt=1.0)]
_Stages = Annotated[list[Annotated[int, Field(ge=1, le=64)]], Field(min_length=1, max_length=8)]
_Rate = Annotated[int, Field(ge=4_000, le=192_000)]
_Frequency = Annotated[float, Field(ge=0.0, le=4_000.0)]

_Part = TypeVar("_Part", bound=BaseModel)


class _Settings(BaseModel):
    """Frozen; a number or a boolean may be written as text, as it is in YAML."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", coerce_numbers_to_str=True, protected_namespaces=()
    )


class AudioConfig(_Settings):
    """`audio_config`: rate in Hz, hop in samples."""

    sampling_rate: _Rate
    hop_length: _Size


class LinguisticUnit(_Settings):
    """`linguistic_unit`: the language, the speakers, and in 2022 the file of each inventory."""

    language: str = "PinYin"
    speaker_list: str = ""
    sy: str = ""
    tone: str = ""
    syllable_flag: str = ""
    word_segment: str = ""
    emo_category: str = ""
    speaker: str = Field("", validation_alias=AliasChoices("speaker_category", "speaker"))


class AcousticParams(_Settings):
    """`Model.KanTtsSAMBERT.params`, in its own names."""

    max_len: Annotated[int, Field(ge=1, le=65_536)] = 800
    embedding_dim: _Size
    encoder_num_layers: _Layers
    encoder_num_heads: _Layers
    encoder_num_units: _Size
    encoder_ffn_inner_dim: _Inner
    encoder_dropout: _Dropout
    encoder_attention_dropout: _Dropout
    encoder_relu_dropout: _Dropout
    encoder_projection_units: _Size
    speaker_units: _Size
    emotion_units: _Size
    predictor_filter_size: _Taps
    predictor_fsmn_num_layers: _Layers
    predictor_num_memory_units: _Size
    predictor_ffn_inner_dim: _Inner
    predictor_dropout: _Dropout
    predictor_shift: Annotated[int, Field(ge=0)]
    predictor_lstm_units: _Size
    dur_pred_prenet_units: _Units
    dur_pred_lstm_units: _Size
    decoder_prenet_units: _Units
    decoder_num_layers: _Layers
    decoder_num_heads: _Layers
    decoder_num_units: _Size
    decoder_ffn_inner_dim: _Inner
    decoder_dropout: _Dropout
    decoder_attention_dropout: _Dropout
    decoder_relu_dropout: _Dropout
    outputs_per_step: Annotated[int, Field(ge=1, le=16)]
    num_mels: Annotated[int, Field(ge=1, le=512)]
    postnet_filter_size: _Taps
    postnet_fsmn_num_layers: _Layers
    postnet_num_memory_units: _Size
    postnet_ffn_inner_dim: _Inner
    postnet_dropout: _Dropout
    postnet_shift: Annotated[int, Field(ge=0)]
    postnet_lstm_units: _Size
    MAS: bool = False
    SE: bool = False
    NSF: bool = False
    FP: bool = False
    nsf_norm_type: Annotated[str, Field(pattern="^(mean_std|global)$")] = "mean_std"
    nsf_f0_global_minimum: _Frequency = 30.0
    nsf_f0_global_maximum: _Frequency = 730.0

    @model_validator(mode="after")
    def _fit(self) -> Self:
        """Heads share the width evenly, and a shifted memory still looks ahead, not only back."""
        for part, heads, units in (
            ("encoder", self.encoder_num_heads, self.encoder_num_units),
            ("decoder", self.decoder_num_heads, self.decoder_num_units),
        ):
            if units % heads:
                raise ValueError(f"{heads} heads do not divide {units} units of the {part}")
        for part, taps, shift in (
            ("predictor", self.predictor_filter_size, self.predictor_shift),
            ("postnet", self.postnet_filter_size, self.postnet_shift),
        ):
            if shift > (taps - 1) // 2:
                raise ValueError(f"a shift of {shift} is too much for {taps} taps of the {part}")
        if self.num_mels <= 2 * self.NSF:
            raise ValueError("no mel bins are left beside F0 and voicing")
        if self.nsf_f0_global_minimum >= self.nsf_f0_global_maximum:
            raise ValueError("the range of F0 is empty")
        return self

    def config(self, vocabulary: VocabularySizes, longest: int) -> AcousticConfig:
        """With the sizes that the checkpoint tells; `longest` is the length of its table of positions."""
        return acoustic_config(self.model_dump() | {"max_len": longest}, vocabulary)


class Activation(_Settings):
    """`nonlinear_activation_params`."""

    negative_slope: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1


class SourceParams(_Settings):
    """`nsf_params`."""

    nb_harmonics: Annotated[int, Field(ge=0, le=63)]
    sampling_rate: _Rate | None = None


class VocoderParams(_Settings):
    """`Model.Generator.params`, in the names of today or of 2022."""

    in_channels: Annotated[int, Field(ge=1, le=512)] = Field(
        80, validation_alias=AliasChoices("in_channels", "num_mels")
    )
    out_channels: Annotated[int, Field(ge=1, le=1)] = 1
    channels: _Size = Field(validation_alias=AliasChoices("channels", "upsample_initial_channel"))
    kernel_size: Annotated[int, Field(ge=1, le=31)] = 7
    upsample_scales: _Stages = Field(validation_alias=AliasChoices("upsample_scales", "upsample_rates"))
    upsample_kernal_sizes: _Stages = Field(
        validation_alias=AliasChoices("upsample_kernal_sizes", "upsample_kernel_sizes")
    )
    resblock_kernel_sizes: _Stages
    resblock_dilations: Annotated[list[_Stages], Field(min_length=1, max_length=8)] = Field(
        validation_alias=AliasChoices("resblock_dilations", "resblock_dilation_sizes")
    )
    causal: bool = True
    nonlinear_activation_params: Activation | None = None
    nsf_params: SourceParams | None = None

    @model_validator(mode="after")
    def _fit(self) -> Self:
        """One kernel a stage, at least as long as its scale; halvable channels; dilations for each block."""
        scales, kernels = self.upsample_scales, self.upsample_kernal_sizes
        if len(scales) != len(kernels) or any(k < s for k, s in zip(kernels, scales, strict=True)):
            raise ValueError(f"kernels {kernels} do not fit the scales {scales}")
        if self.channels % 2 ** len(scales):
            raise ValueError(f"{self.channels} channels cannot be halved {len(scales)} times")
        if len(self.resblock_kernel_sizes) != len(self.resblock_dilations):
            raise ValueError("each kernel of the residual blocks needs its dilations")
        return self

    def config(self, sample_rate: int) -> VocoderConfig:
        """`sample_rate` of the speech, Hz."""
        return vocoder_config(self.model_dump(exclude_none=True), sample_rate)


class CustomCheckpoint(_Settings):
    """`model.custom_ckpt`: where the files of a fine-tuned voice lie, from the model's directory."""

    voice_name: str
    am_ckpt: str
    voc_ckpt: str
    am_config: str
    voc_config: str
    audio_config: str = "audio_config.yaml"
    se_file: str = "se.npy"
    mvn_file: str = "mvn.npy"


class ModelCard(_Settings):
    """`configuration.json` in what concerns voices: the object `model`, and the licence beside it.

    Attributes:
        sample_rate: Hz of the WAV header, which older models state wrongly.
        custom_ckpt: of a model that was fine-tuned.
        am, vocoder: settings of all voices, in 2022; later models state `am` for its `has_mask` alone.
        lang_type: the language of all voices, in 2022.
        licence: as the publisher words it.
    """

    sample_rate: _Rate | None = None
    custom_ckpt: CustomCheckpoint | None = None
    am: dict[str, Any] = {}
    vocoder: dict[str, Any] = {}
    lang_type: Annotated[str, Field(max_length=64)] = "PinYin"
    licence: Annotated[str, Field(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class AcousticSettings:
    """Settings of an acoustic model; the audio is that of its training data, where stated."""

    params: AcousticParams
    unit: LinguisticUnit
    audio: AudioConfig | None


@dataclass(frozen=True, slots=True)
class VocoderSettings:
    """Settings of a vocoder; the audio is that of its training data, where stated."""

    params: VocoderParams
    audio: AudioConfig | None


def card(document: Table) -> ModelCard:
    """From the content of `configuration.json`.

    Raises:
        ModelError: a value is of the wrong type or out of bounds.
    """
    stated = dict(as_table(document.get("model")) or {})
    stated["custom_ckpt"] = stated.get("custom_ckpt") or None
    stated["licence"] = str(document.get("license") or document.get("licence") or "")[:200]
    return _validate(ModelCard, stated, CONFIGURATION)


def acoustic_settings(document: Table, place: str) -> AcousticSettings:
    """From the content of `am/config.yaml`.

    Raises:
        ModelError: something is missing, of the wrong type or out of bounds.
    """
    params = _block(document, place, "Model", "KanTtsSAMBERT", "params")
    return AcousticSettings(
        _validate(AcousticParams, params, place),
        _validate(LinguisticUnit, _block(document, place, "linguistic_unit"), place),
        audio(document, place),
    )


def vocoder_settings(document: Table, place: str) -> VocoderSettings:
    """From the content of `voc/config.yaml`.

    Raises:
        ModelError: something is missing, of the wrong type or out of bounds.
    """
    params = _block(document, place, "Model", "Generator", "params")
    return VocoderSettings(_validate(VocoderParams, params, place), audio(document, place))


def shared_acoustic_settings(shared: ModelCard) -> AcousticSettings:
    """Settings of every voice of a model of 2022.

    Raises:
        ModelError: something is missing, of the wrong type or out of bounds.
    """
    document = {
        "Model": {"KanTtsSAMBERT": {"params": shared.am.get("am")}},
        "linguistic_unit": shared.am.get("linguistic_unit"),
    }
    return acoustic_settings(document, CONFIGURATION)


def shared_vocoder_settings(shared: ModelCard) -> VocoderSettings:
    """Settings of every voice of a model of 2022.

    Raises:
        ModelError: something is missing, of the wrong type or out of bounds.
    """
    return VocoderSettings(_validate(VocoderParams, shared.vocoder, CONFIGURATION), None)


def audio(document: Table, place: str) -> AudioConfig | None:
    """`audio_config` of any of the files that carry it, None where it is left out.

    Raises:
        ModelError: it is incomplete or out of bounds.
    """
    block = document.get("audio_config")
    return None if block is None else _validate(AudioConfig, block, place)


def kind_of(document: Table) -> str:
    """Which network a training configuration is for: `acoustic`, `vocoder`, or none that speaks."""
    networks = as_table(document.get("Model")) or {}
    kinds = {"KanTtsSAMBERT": "acoustic", "Generator": "vocoder"}
    return next((kind for name, kind in kinds.items() if name in networks), "")


def _block(document: Table, place: str, *path: str) -> Table:
    block: Table | None = document
    for key in path:
        block = as_table((block or {}).get(key))
    if block is None:
        name = ".".join(path)
        raise model_error(place, f"缺少 {name}", f"{name} is missing")
    return block


def _validate(kind: type[_Part], table: Any, place: str) -> _Part:  # noqa: ANN401 (whatever stands there)
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        raise _fault(error, place) from error


def _fault(error: ValidationError, place: str) -> ModelError:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = ".".join(str(part) for part in fault["loc"])
    if not name:
        return model_error(place, "网络参数相互矛盾，请检查配置", fault["msg"])
    if fault["type"] == "missing":
        return model_error(place, f"缺少 {name}", f"{name} is missing")
    return model_error(place, f"{name} 的值不可用，请检查配置", f"{name}: {fault['msg']}")
