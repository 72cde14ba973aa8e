"""What a training has come to: the network with its best weights."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from torch import nn

from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.errors import SetupError
from huisheng.training import checkpoints
from huisheng.training.acoustic import parallel_config
from huisheng.training.corpus import Corpus
from huisheng.training.teaching import spectral_config
from huisheng.vocoder.spectral import SpectralGenerator

_Network = TypeVar("_Network", bound=nn.Module)


class _Kind(NamedTuple):
    """What the names of its weights begin with among those of all that learned, and what people call it."""

    within: str
    chinese: str
    english: str


_ACOUSTIC: Final = _Kind("model.", "声学模型", "acoustic model")
_VOCODER: Final = _Kind("generator.", "声码器", "vocoder")


def best_acoustic(folder: Path, corpus: Corpus) -> ParallelSamBert:
    """The acoustic model that `teach_acoustic` has left in a folder, for speaking.

    Args:
        folder: of the training.
        corpus: that it learned from.

    Raises:
        CorpusError: the weights are damaged.
        SetupError: there are none, or not those of an acoustic model for this corpus.
    """
    return _best(ParallelSamBert(parallel_config(corpus)), _ACOUSTIC, folder)


def best_vocoder(folder: Path, corpus: Corpus) -> SpectralGenerator:
    """The vocoder that `teach_vocoder` has left in a folder. Arguments and errors as of `best_acoustic`."""
    return _best(SpectralGenerator(spectral_config(corpus)), _VOCODER, folder)


def _best(network: _Network, kind: _Kind, folder: Path) -> _Network:
    """A network with its best weights."""
    within, chinese, english = kind
    state = checkpoints.load(folder, checkpoints.BEST) or {}
    weights = {
        name.removeprefix(within): value
        for name, value in state.get("learner", {}).items()
        if name.startswith(within)
    }
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:  # torch's for a weight that is missing, too many or of another shape
        raise SetupError(
            f"{folder} 里没有用这份语料训练的{chinese}，请检查文件夹和 --corpus。",
            f"{folder} holds no {english} that learned from this corpus; check the folder and --corpus.",
        ) from error
    return network.eval()
