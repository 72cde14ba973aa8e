"""Loads the network of a training with its best weights."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from torch import nn

from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.errors import SetupError
from huisheng.training import checkpoints
from huisheng.training.acoustic import parallel_config
from huisheng.training.corpus import Corpus
from huisheng.training.train import spectral_config
from huisheng.vocoder.spectral import SpectralGenerator

_Network = TypeVar("_Network", bound=nn.Module)


class _Kind(NamedTuple):
    """Prefix of the network's weights in a checkpoint, and its name for messages."""

    prefix: str
    chinese: str
    english: str


_ACOUSTIC: Final = _Kind("model.", "声学模型", "acoustic model")
_VOCODER: Final = _Kind("generator.", "声码器", "vocoder")


def best_acoustic(folder: Path, corpus: Corpus) -> ParallelSamBert:
    """The acoustic model that `train_acoustic` left in a folder, in evaluation mode.

    Args:
        folder: of the training.
        corpus: that it was trained on.

    Raises:
        CorpusError: the weights are damaged.
        SetupError: there are none, or not those of an acoustic model for this corpus.
    """
    return _best(ParallelSamBert(parallel_config(corpus)), _ACOUSTIC, folder)


def best_vocoder(folder: Path, corpus: Corpus) -> SpectralGenerator:
    """The vocoder that `train_vocoder` left in a folder. Arguments and errors as of `best_acoustic`."""
    return _best(SpectralGenerator(spectral_config(corpus)), _VOCODER, folder)


def _best(network: _Network, kind: _Kind, folder: Path) -> _Network:
    """A network with its best weights."""
    prefix, chinese, english = kind
    state = checkpoints.load(folder, checkpoints.BEST) or {}
    weights = {
        name.removeprefix(prefix): value
        for name, value in state.get("learner", {}).items()
        if name.startswith(prefix)
    }
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:  # torch's for a weight that is missing, too many or of another shape
        raise SetupError(
            f"{folder} 里没有用这份语料训练的{chinese}，请检查文件夹和 --corpus。",
            f"{folder} holds no {english} that learned from this corpus; check the folder and --corpus.",
        ) from error
    return network.eval()
