"""Whether the weights of a checkpoint are those of the network that its settings describe."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

import torch
from torch import Tensor, nn

from huisheng.acoustic.config import AcousticConfig, VocabularySizes
from huisheng.acoustic.model import SamBert
from huisheng.acoustic.positions import DurationPositions, TextPositions
from huisheng.export.modelscope.checkpoint import State
from huisheng.export.modelscope.files import model_error
from huisheng.vocoder.config import VocoderConfig
from huisheng.vocoder.generator import Generator

Shapes: TypeAlias = Mapping[str, torch.Size]
"""Key of a state dict → shape."""

_POSITIONS: Final = "text_encoder.ling_enc.position_enc.position_enc"
_TIMESCALES: Final = "variance_adaptor.dur_position_encoder.inv_timescales"

_TABLES: Final = {
    "phones": "text_encoder.sy_emb.weight",
    "tones": "text_encoder.tone_emb.weight",
    "syllable_flags": "text_encoder.syllable_flag_emb.weight",
    "word_segments": "text_encoder.ws_emb.weight",
    "emotions": "emo_tokenizer.weight",
    "speakers": "spk_tokenizer.weight",
    "bytes": "text_encoder.byte_index_emb.weight",
}
"""Field of the vocabulary → its embedding table."""

_MOST_ROWS: Final = 4_096
_MOST_SYMBOLS: Final = 65_536
_MOST_ELEMENTS: Final = 1 << 26
"""Most weights of one network; the largest published one has 19 million."""

_TOLD: Final = 3
"""Faults that a message lists."""


def vocabulary_of(state: State, place: str) -> VocabularySizes:
    """Rows of the embedding tables, as the checkpoint has them, whatever its settings say.

    Raises:
        ModelError: a table is too large, or has no rows.
    """
    tables = {field: state[key] for field, key in _TABLES.items() if key in state}
    for field, table in tables.items():
        if not table.dim() or not 0 < table.shape[0] <= _MOST_ROWS:
            raise model_error(
                place, f"{_TABLES[field]} 的形状不可用", f"{_TABLES[field]} has an unusable shape"
            )
    rows = {field: tables[field].shape[0] if field in tables else 0 for field in _TABLES}
    return VocabularySizes(
        rows["phones"],
        rows["tones"],
        rows["syllable_flags"],
        rows["word_segments"],
        rows["emotions"],
        rows["speakers"],
        rows["bytes"],
    )


def longest_text(state: State, stated: int, place: str) -> int:
    """Symbols that the table of positions holds: training on longer texts replaces the table.

    Args:
        state: of an acoustic model.
        stated: by the settings, which counts where the table was left out.
        place: the checkpoint, for messages.

    Raises:
        ModelError: the table is too large, or none.
    """
    if _POSITIONS not in state:
        return stated
    shape = state[_POSITIONS].shape
    if len(shape) != 3 or not 0 < shape[1] <= _MOST_SYMBOLS:
        raise model_error(place, f"{_POSITIONS} 的形状不可用", f"{_POSITIONS} has an unusable shape")
    return shape[1]


@lru_cache(maxsize=4)  # the voices of a model have mostly the same settings
def acoustic_shapes(config: AcousticConfig) -> Shapes:
    """What the checkpoint of such an acoustic model holds."""
    with torch.device("meta"):
        return _shapes(SamBert(config))


@lru_cache(maxsize=4)
def vocoder_shapes(config: VocoderConfig) -> Shapes:
    """What the checkpoint of such a generator holds, weight norm not folded."""
    with torch.device("meta"):
        return _shapes(Generator(config))


def with_tables(state: State, config: AcousticConfig) -> State:
    """The state with its computed tables, where the checkpoint left them out."""
    missing: dict[str, Tensor] = {}
    if _POSITIONS not in state:
        missing[_POSITIONS] = TextPositions(config.longest, config.embedding).position_enc
    if _TIMESCALES not in state:
        missing[_TIMESCALES] = DurationPositions(config.text_units).inv_timescales
    return state | missing


def check_shapes(state: State, wanted: Shapes, place: str) -> None:
    """Hold the tensors to the shapes that the network needs.

    Raises:
        ModelError: tensors are missing, of other shapes, or too many; it names the first of them.
    """
    missing = [key for key in wanted if key not in state]
    if missing:
        raise model_error(
            place, f"缺少权重：{_list_some(missing)}", f"weights are missing: {_list_some(missing)}"
        )
    wrong = [
        f"{key} {tuple(state[key].shape)}≠{tuple(shape)}"
        for key, shape in wanted.items()
        if state[key].shape != shape
    ]
    if wrong:
        raise model_error(
            place,
            f"权重形状与配置不符（实际≠应有）：{_list_some(wrong)}",
            f"shapes are not those of its settings (found≠expected): {_list_some(wrong)}",
        )
    if sum(shape.numel() for shape in wanted.values()) > _MOST_ELEMENTS:
        raise model_error(place, "网络过大", "the network is too large")


def unexpected_keys(state: State, wanted: Shapes) -> list[str]:
    """Keys that the network has no place for."""
    return [key for key in state if key not in wanted]


def _shapes(network: nn.Module) -> Shapes:
    return MappingProxyType({key: value.shape for key, value in network.state_dict().items()})


def _list_some(items: Collection[str]) -> str:
    shown = "；".join(list(items)[:_TOLD])
    return shown if len(items) <= _TOLD else f"{shown}；…（{len(items)}）"
