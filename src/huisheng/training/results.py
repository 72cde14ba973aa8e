"""What a training has come to: the network with its best weights."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from huisheng.errors import SetupError
from huisheng.training import checkpoints
from huisheng.training.corpus import Corpus
from huisheng.training.teaching import spectral_config
from huisheng.vocoder.spectral import SpectralGenerator

_GENERATOR: Final = "generator."
"""What the names of a vocoder's weights begin with, among those of all that learned."""


def best_vocoder(folder: Path, corpus: Corpus) -> SpectralGenerator:
    """The vocoder that `teach_vocoder` has left in a folder.

    Args:
        folder: of the training.
        corpus: that it learned from.

    Raises:
        CorpusError: the weights are damaged.
        SetupError: there are none, or not those of a vocoder for this corpus.
    """
    generator = SpectralGenerator(spectral_config(corpus))
    state = checkpoints.load(folder, checkpoints.BEST) or {}
    weights = {
        name.removeprefix(_GENERATOR): value
        for name, value in state.get("learner", {}).items()
        if name.startswith(_GENERATOR)
    }
    try:
        generator.load_state_dict(weights)
    except RuntimeError as error:  # torch's for a weight that is missing, too many or of another shape
        raise SetupError(
            f"{folder} 里没有用这份语料训练的声码器，请检查文件夹和 --corpus。",
            f"{folder} holds no vocoder that learned from this corpus; check the folder and --corpus.",
        ) from error
    return generator
