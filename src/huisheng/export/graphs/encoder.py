"""The text encoder as one graph: symbols in, one short vector for each out."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from onnx import ModelProto

from huisheng.acoustic.config import AcousticConfig
from huisheng.export.graphs.builder import INT64, GraphBuilder, Value
from huisheng.export.graphs.layers import convolution, layer_norm, linear, neighbours
from huisheng.export.graphs.weights import Weights, beside

ROOT: Final = "text_encoder"
TABLES: Final = ("sy_emb", "tone_emb", "syllable_flag_emb", "ws_emb")
BYTE_TABLES: Final = ("byte_index_emb",)
_TAPS: Final = 3
"""Taps of the feed-forward part."""


def encoder_graph(config: AcousticConfig, weights: Weights) -> ModelProto:
    """One utterance of L symbols.

    Inputs:
        symbols: (L, 4) int64 ids of phone, tone, syllable flag and word segment; (L, 1) of a byte model.

    Outputs:
        text: (L, P).
        pauses: (L,) int64, where the model fills pauses: which one comes before each symbol, 0 for none.

    Args:
        config: of the model.
        weights: of the checkpoint.
    """
    graph = GraphBuilder("encoder")
    tables = BYTE_TABLES if config.vocabulary.bytes else TABLES
    symbols = graph.input("symbols", ("L", len(tables)), INT64)
    x = _embed(graph, config, weights.at(ROOT), symbols, tables)
    blocks = weights.at(ROOT, "ling_enc")
    for layer in range(config.encoder.layers):
        x = _block(graph, config, blocks.at("fft", layer), x, first=layer == 0)
    text = linear(graph, layer_norm(graph, x, blocks.at("ln")), weights.at(ROOT, "ling_proj").linear())
    graph.output("text", text, ("L", config.text_units))
    if config.fills_pauses:
        graph.output("pauses", _pauses(graph, weights.at("FP_predictor"), text), ("L",), INT64)
    return graph.model()


def _embed(
    graph: GraphBuilder, config: AcousticConfig, weights: Weights, symbols: Value, tables: tuple[str, ...]
) -> Value:
    """(L, fields) → (L, C): the sum of the fields' embeddings, scaled, and the position."""
    scale = np.float32(math.sqrt(config.encoder.width))
    total = _positions(graph, weights, symbols)
    for field, table in enumerate(tables):
        ids = graph.op("Gather", symbols, graph.weight(np.array(field)), axis=1)
        rows = graph.op("Gather", graph.weight(weights[f"{table}.weight"] * scale), ids, axis=0)
        total = graph.op("Add", total, rows)
    return total


def _positions(graph: GraphBuilder, weights: Weights, symbols: Value) -> Value:
    """(L, C) the first rows of the checkpoint's table."""
    table = weights["ling_enc.position_enc.position_enc"][0]
    length = graph.op("Shape", symbols, start=0, end=1)
    return graph.slice(graph.weight(table), graph.integers(0), length, 0)


def _block(graph: GraphBuilder, config: AcousticConfig, weights: Weights, x: Value, *, first: bool) -> Value:
    """(L, C) → (L, D); the first block has another input width, so no way around."""
    heard = _attention(graph, config, weights.at("slf_attn"), x)
    x = heard if first and config.embedding != config.encoder.width else graph.op("Add", heard, x)
    feed = weights.at("pos_ffn")
    y = neighbours(graph, layer_norm(graph, x, feed.at("layer_norm")), _TAPS)
    y = linear(graph, y, convolution(feed.at("w_1")), relu=True)
    return graph.op("Add", linear(graph, y, feed.at("w_2").linear()), x)


def _attention(graph: GraphBuilder, config: AcousticConfig, weights: Weights, x: Value) -> Value:
    """(L, C) → (L, D): every symbol looks at all (arXiv 1706.03762)."""
    heads, width = config.encoder.heads, config.encoder.width
    qkv = weights.at("w_qkv").linear()
    scaled = beside(qkv.columns(0, width).scale((width // heads) ** -0.5), qkv.columns(width, 3 * width))
    projected = linear(graph, layer_norm(graph, x, weights.at("layer_norm")), scaled)
    queries, keys, values = graph.ops("Split", 3, projected, axis=1, num_outputs=3)
    scores = graph.op(
        "MatMul", _heads(graph, queries, heads, (1, 0, 2)), _heads(graph, keys, heads, (1, 2, 0))
    )
    seen = graph.op("MatMul", graph.op("Softmax", scores, axis=-1), _heads(graph, values, heads, (1, 0, 2)))
    merged = graph.reshape(graph.op("Transpose", seen, perm=(1, 0, 2)), -1, width)
    return linear(graph, merged, weights.at("fc").linear())


def _heads(graph: GraphBuilder, x: Value, heads: int, order: tuple[int, int, int]) -> Value:
    """(L, D) → (L, H, D / H), its axes in another order."""
    return graph.op("Transpose", graph.reshape(x, 0, heads, -1), perm=order)


def _pauses(graph: GraphBuilder, weights: Weights, text: Value) -> Value:
    """(L, P) → (L,) int64: the class of pause before each symbol."""
    x = linear(graph, neighbours(graph, text, _TAPS), convolution(weights.at("w_1")), relu=True)
    x = linear(graph, layer_norm(graph, x, weights.at("layer_norm1")), weights.at("w_2").linear(), relu=True)
    x = linear(graph, layer_norm(graph, x, weights.at("layer_norm2")), weights.at("fc").linear())
    return graph.op("ArgMax", x, axis=1, keepdims=0)
