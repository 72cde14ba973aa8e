"""Sizes and variants of a SAM-BERT, and how the yaml of a checkpoint spells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, cast

from huisheng.convnext import StackConfig


@dataclass(frozen=True, slots=True)
class VocabularySizes:
    """Rows of each embedding table; 0 for a table that the model lacks.

    Attributes:
        phones: with breaks, padding and end.
        tones, syllable_flags, word_segments: the other fields of a symbol.
        emotions: categories.
        speakers: 0 where the speaker is a vector (SE).
        bytes: of a byte model, which has none of the first four.
    """

    phones: int = 147
    tones: int = 10
    syllable_flags: int = 8
    word_segments: int = 8
    emotions: int = 36
    speakers: int = 4
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class FsmnConfig:
    """A stack of FSMN layers (Zhang et al. 2018, arXiv 1803.05030).

    Attributes:
        taps: of the memory, frames.
        layers: how many.
        memory: channels of the memory.
        inner: channels of the feed-forward part.
        dropout: probability.
        shift: frames that the memory looks back further than ahead, halved.
    """

    taps: int
    layers: int
    memory: int
    inner: int
    dropout: float
    shift: int

    @property
    def behind(self) -> int:
        """Frames that a layer sees before its own."""
        return round((self.taps - 1) / 2) + self.shift

    @property
    def ahead(self) -> int:
        """Frames that a layer sees after its own."""
        return (self.taps - 1) // 2 - self.shift


@dataclass(frozen=True, slots=True)
class BlockConfig:
    """A stack of attention blocks.

    Attributes:
        layers: how many.
        heads: of the attention.
        width: D, channels.
        inner: channels of the feed-forward part.
        dropout, attention_dropout, relu_dropout: probabilities.
    """

    layers: int
    heads: int
    width: int
    inner: int
    dropout: float
    attention_dropout: float
    relu_dropout: float


@dataclass(frozen=True, slots=True)
class ParallelConfig:
    """The parallel decoder of a SAM-BERT, in place of its autoregressive decoder and postnet.

    Attributes:
        contours: predicts F0, voicing and energy of each frame.
        decoder: predicts the spectrogram from them and from the text.
        pitches: Gaussians on log F0, its embedding for the decoder.
        efforts: Gaussians on energy.
        lowest, highest: Hz, ends of the former.
        quietest, loudest: normalised energy, ends of the latter.
    """

    contours: StackConfig = StackConfig(4, 256, 640, dropout=0.1)
    decoder: StackConfig = StackConfig(6, 256, 768)
    pitches: int = 64
    efforts: int = 8
    lowest: float = 50.0
    highest: float = 700.0
    quietest: float = -2.5
    loudest: float = 2.5


@dataclass(frozen=True, slots=True)
class AcousticConfig:
    """A SAM-BERT. Defaults are those of the published 16 kHz model.

    Attributes:
        vocabulary: rows of the embedding tables.
        longest: symbols that the table of positions holds.
        embedding: channels of a symbol's embedding.
        encoder, decoder: attention blocks.
        text_units, speaker_units, emotion_units: channels of the three parts of the memory.
        predictor: FSMN of the pitch and energy predictors.
        predictor_lstm: units of their bidirectional LSTM, each way.
        duration_prenet, duration_lstm: units of the duration predictor.
        prenet: units of the decoder's prenet.
        group: r, frames that the decoder makes in one step.
        mels: M, output channels; with NSF the last two are F0 and voicing.
        postnet, postnet_lstm: of the postnet.
        aligns: whether it learns durations by itself (MAS).
        speaker_vectors: whether the speaker is a vector instead of a row of a table (SE).
        excites: whether it predicts F0 and voicing for a source-filter vocoder (NSF).
        f0_norm: how its F0 is normalised.
        f0_range: Hz, of `f0_norm` global.
        fills_pauses: whether it inserts filled pauses (FP).
        pause_units: inner channels of the predictor of filled pauses; no yaml names them.
        parallel: of a model that makes all frames at once; it has no decoder, prenet, group and postnet.
    """

    vocabulary: VocabularySizes = VocabularySizes()
    longest: int = 800
    embedding: int = 512
    encoder: BlockConfig = BlockConfig(8, 8, 128, 1024, 0.1, 0.1, 0.1)
    text_units: int = 32
    speaker_units: int = 32
    emotion_units: int = 32
    predictor: FsmnConfig = FsmnConfig(41, 3, 128, 256, 0.1, 0)
    predictor_lstm: int = 128
    duration_prenet: tuple[int, ...] = (128, 128)
    duration_lstm: int = 128
    prenet: tuple[int, ...] = (256, 256)
    decoder: BlockConfig = BlockConfig(12, 8, 128, 1024, 0.1, 0.1, 0.1)
    group: int = 3
    mels: int = 80
    postnet: FsmnConfig = FsmnConfig(41, 4, 256, 512, 0.1, 17)
    postnet_lstm: int = 128
    aligns: bool = False
    speaker_vectors: bool = False
    excites: bool = False
    f0_norm: Literal["mean_std", "global"] = "mean_std"
    f0_range: tuple[float, float] = (30.0, 730.0)
    fills_pauses: bool = False
    pause_units: int = 256
    parallel: ParallelConfig | None = None

    @property
    def symbol_units(self) -> int:
        """Channels of a symbol for the predictors: text, speaker, emotion."""
        return self.text_units + self.speaker_units + self.emotion_units

    @property
    def memory_units(self) -> int:
        """Channels of one step of the decoder's memory: r text frames, a speaker, an emotion."""
        return self.group * self.text_units + self.speaker_units + self.emotion_units


_PLAIN: Final = {
    "max_len": "longest",
    "embedding_dim": "embedding",
    "encoder_projection_units": "text_units",
    "speaker_units": "speaker_units",
    "emotion_units": "emotion_units",
    "predictor_lstm_units": "predictor_lstm",
    "dur_pred_prenet_units": "duration_prenet",
    "dur_pred_lstm_units": "duration_lstm",
    "decoder_prenet_units": "prenet",
    "outputs_per_step": "group",
    "num_mels": "mels",
    "postnet_lstm_units": "postnet_lstm",
    "MAS": "aligns",
    "SE": "speaker_vectors",
    "NSF": "excites",
    "nsf_norm_type": "f0_norm",
    "FP": "fills_pauses",
}
"""Key of the yaml → field with the same value."""

_BLOCK: Final = ("num_layers", "num_heads", "num_units", "ffn_inner_dim", "dropout", "attention_dropout")
_FSMN: Final = ("filter_size", "fsmn_num_layers", "num_memory_units", "ffn_inner_dim", "dropout", "shift")


_F0_ENDS: Final = (("minimum", 30.0), ("maximum", 730.0))
"""Ends of the global range of F0, Hz, and what they are where the yaml does not say."""


def acoustic_config(params: Mapping[str, Any], vocabulary: VocabularySizes) -> AcousticConfig:
    """From `Model.KanTtsSAMBERT.params` of a checkpoint's yaml.

    Raises:
        KeyError: a size is missing.
    """
    plain = {ours: _as_tuple(params[theirs]) for theirs, ours in _PLAIN.items() if theirs in params}
    low, high = (float(params.get(f"nsf_f0_global_{end}", default)) for end, default in _F0_ENDS)
    sized = AcousticConfig(
        vocabulary=vocabulary,
        encoder=_blocks(params, "encoder"),
        decoder=_blocks(params, "decoder"),
        predictor=FsmnConfig(*(params[f"predictor_{key}"] for key in _FSMN)),
        postnet=FsmnConfig(*(params[f"postnet_{key}"] for key in _FSMN)),
        f0_range=(low, high),
    )
    return replace(sized, **plain)


def _blocks(params: Mapping[str, Any], part: str) -> BlockConfig:
    return BlockConfig(
        *(params[f"{part}_{key}"] for key in _BLOCK), relu_dropout=params[f"{part}_relu_dropout"]
    )


def _as_tuple(value: object) -> object:
    """A list of the yaml as a tuple, anything else as it is."""
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value
