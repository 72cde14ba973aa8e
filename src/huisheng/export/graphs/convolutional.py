"""The parallel decoder as one graph: frames of text and their contours in, spectrogram out."""

from __future__ import annotations

from typing import Final

from onnx import ModelProto

from huisheng.acoustic.config import AcousticConfig
from huisheng.acoustic.parallel import PLACES
from huisheng.export.graphs.builder import GraphBuilder
from huisheng.export.graphs.contours import TRACKS, embed, parallel
from huisheng.export.graphs.convnext import convnext_stack
from huisheng.export.graphs.layers import linear
from huisheng.export.graphs.weights import Weights

ROOT: Final = "mel_decoder"


def convolutional_graph(config: AcousticConfig, weights: Weights) -> ModelProto:
    """Any T frames in a row; those within the stack's reach of an end are wrong unless it is the utterance's.

    Inputs:
        frames: (T, C + 3) text, speaker and emotion of each, and its place in its symbol.
        pitch, energy: (T,).
        voicing: (T,) 1 or 0.

    Outputs:
        mel: (T, M) normalised as in training.

    Args:
        config: of the model, with `parallel`.
        weights: of the checkpoint.
    """
    graph = GraphBuilder("decoder")
    decoder, shape = weights.at(ROOT), parallel(config)
    frames = graph.input("frames", ("T", config.symbol_units + PLACES))
    pitch, voicing, energy = (graph.input(name, ("T",)) for name in TRACKS)
    heard = graph.op("Concat", frames, *embed(graph, shape, pitch, voicing, energy), axis=1)
    hidden = convnext_stack(graph, shape.decoder, decoder.at("stack"), heard)
    graph.output("mel", linear(graph, hidden, decoder.at("bands").linear()), ("T", config.mels))
    return graph.model()
