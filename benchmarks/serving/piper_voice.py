"""A voice for Piper as large as its published medium ones, with weights drawn at random: none can be had.

Runs as a program where PyTorch is installed; the network itself is Piper's, from its package. How fast it
runs does not depend on the weights, except through the durations: some four characters a second. The text is
read by eSpeak NG, which Piper brings along.

    python -m benchmarks.serving.piper_voice VOICE.onnx
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, Final, cast

import torch
from benchmarks.environment import PEERS

SAMPLE_RATE: Final = 22_050

_SEED: Final = 3
_SYMBOLS: Final = 256
_OPSET: Final = 15
_LENGTH: Final = 50
_SCALES: Final = (0.667, 1.0, 0.8)
"""Noise, length, noise of the lengths: Piper's defaults."""
_MEDIUM: Final[dict[str, Any]] = {
    "n_vocab": _SYMBOLS,
    "spec_channels": 513,
    "segment_size": 32,
    "inter_channels": 192,
    "hidden_channels": 192,
    "filter_channels": 768,
    "n_heads": 2,
    "n_layers": 6,
    "kernel_size": 3,
    "p_dropout": 0.1,
    "resblock": "2",
    "resblock_kernel_sizes": (3, 5, 7),
    "resblock_dilation_sizes": ((1, 2), (2, 6), (3, 12)),
    "upsample_rates": (8, 8, 4),
    "upsample_initial_channel": 256,
    "upsample_kernel_sizes": (16, 16, 8),
}
"""The sizes that Piper trains with when it is told nothing else."""


def main(voice: Path) -> None:
    """Draw the network, and write it with the description that Piper asks for beside it."""
    (training,) = PEERS.folder.glob("lib/python*/site-packages/piper/train")
    sys.path.append(str(training))  # the package around it asks for what this environment lacks
    network: Any = importlib.import_module("vits.models")
    cast("Any", torch).manual_seed(_SEED)
    with (
        torch.no_grad(),
        warnings.catch_warnings(action="ignore"),
    ):  # of tracing, about shapes that are dynamic
        _write(network.SynthesizerTrn(**_MEDIUM).eval(), voice)
    described = json.dumps(_description(_ids()))
    voice.with_name(f"{voice.name}.json").write_text(described, encoding="utf-8")


class _Speaking(torch.nn.Module):
    """The network with the inputs and the output of Piper's files."""

    def __init__(self, network: Any) -> None:  # noqa: ANN401 (of a package without types)
        super().__init__()
        self._network = network

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
        """(B, L) symbols, (B,) lengths, (3,) scales → (B, 1, 1, N) samples."""
        noise, length, rhythm = scales
        sound = self._network.infer(
            ids, lengths, noise_scale=noise, length_scale=length, noise_scale_w=rhythm
        )[0]
        return sound.unsqueeze(1)


def _write(network: Any, voice: Path) -> None:  # noqa: ANN401 (as above)
    network.dec.remove_weight_norm()
    example = (torch.ones(1, _LENGTH, dtype=torch.long), torch.tensor([_LENGTH]), torch.tensor(_SCALES))
    cast("Any", torch.onnx).export(
        _Speaking(network),
        example,
        str(voice),
        opset_version=_OPSET,
        dynamo=False,
        input_names=["input", "input_lengths", "scales"],
        output_names=["output"],
        dynamic_axes={
            "input": {0: "batch", 1: "symbols"},
            "input_lengths": {0: "batch"},
            "output": {0: "batch", 3: "samples"},
        },
    )


def _ids() -> dict[str, list[int]]:
    """Piper's own numbers of its symbols."""
    printing = "import json; from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP as m; print(json.dumps(m))"
    done = subprocess.run([str(PEERS.python), "-c", printing], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def _description(ids: dict[str, list[int]]) -> dict[str, Any]:
    noise, length, rhythm = _SCALES
    return {
        "audio": {"sample_rate": SAMPLE_RATE},
        "espeak": {"voice": "cmn"},
        "phoneme_type": "espeak",
        "num_symbols": _SYMBOLS,
        "num_speakers": 1,
        "inference": {"noise_scale": noise, "length_scale": length, "noise_w": rhythm},
        "phoneme_id_map": ids,
        "speaker_id_map": {},
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
