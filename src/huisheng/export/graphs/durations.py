"""The duration predictor of the parallel model as one graph: every symbol at once."""

from __future__ import annotations

from typing import Final

from onnx import ModelProto

from huisheng.acoustic.config import AcousticConfig
from huisheng.export.graphs.builder import GraphBuilder
from huisheng.export.graphs.variance import predictor
from huisheng.export.graphs.weights import Weights

ROOT: Final = "duration_predictor"


def durations_graph(config: AcousticConfig, weights: Weights) -> ModelProto:
    """One utterance of L symbols.

    Inputs:
        text: (L, P) from the encoder.
        speaker: (L, S); emotion: (L, E).

    Outputs:
        log_durations: (L,) log(frames + 1), of any sign.

    Args:
        config: of the model.
        weights: of the checkpoint.
    """
    graph = GraphBuilder("durations")
    text = graph.input("text", ("L", config.text_units))
    speaker = graph.input("speaker", ("L", config.speaker_units))
    emotion = graph.input("emotion", ("L", config.emotion_units))
    heard = graph.op("Concat", text, speaker, emotion, axis=1)
    graph.output("log_durations", predictor(graph, config, weights.at(ROOT), heard), ("L",))
    return graph.model()
