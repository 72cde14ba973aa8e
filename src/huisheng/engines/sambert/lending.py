"""Vocoders of other packages: what a voice makes, written as another vocoder reads it.

Bands are the same where the contracts agree. Pitch and voicing are the same curves in other words: a voice
that makes all frames at once counts octaves, one that makes frame after frame deviations from the mean of its
corpus, a HiFi-GAN reads Hz. Frame by frame one becomes the other, so a stream stays the whole in pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.graphs import contradictory
from huisheng.engines.sambert.contours import MIDDLE, PER_OCTAVE, height_of
from huisheng.engines.sambert.helper import Help
from huisheng.engines.sambert.network import Mel
from huisheng.engines.sambert.protocol import Sound, Sounding
from huisheng.engines.sambert.source import LOWEST, VOICED
from huisheng.engines.sambert.spectral import TRACKS, SpectralVocoder
from huisheng.engines.sambert.vocoder import Vocoder
from huisheng.engines.sambert.voices import details
from huisheng.types import Samples
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Hifigan, Manifest, Sambert, Source, Spectral
from huisheng.voice.mel import objection

Rewriting: TypeAlias = Callable[[Mel], Mel]
"""(T, M) frames of a voice → (T, M′) frames of a vocoder, each by itself."""


class Melody(NamedTuple):
    """How frames are sung, in the words that all understand.

    Attributes:
        hertz: (T,) F0, above 0 also where nothing is voiced.
        voiced: (T,) bool.
    """

    hertz: NDArray[np.float64]
    voiced: NDArray[np.bool_]


class LentVocoder:
    """A vocoder behind the frames of a voice that is not its own. It keeps no state: threads may share it.

    Args:
        vocoder: that is lent.
        rewriting: of the frames.
        columns: M of the voice's frames.
    """

    def __init__(self, vocoder: Sounding, rewriting: Rewriting, columns: int) -> None:
        self._vocoder = vocoder
        self._rewriting = rewriting
        self.columns = columns
        """M of the frames that it is given."""
        self.ahead = vocoder.ahead
        """Frames that it waits for before a frame's samples are out."""

    def stream(self) -> Sound:
        """For a new utterance."""
        return LentStream(self._vocoder.stream(), self._rewriting)


class LentStream:
    """A lent vocoder on one utterance.

    Args:
        sound: of the vocoder.
        rewriting: of the frames.
    """

    def __init__(self, sound: Sound, rewriting: Rewriting) -> None:
        self._sound = sound
        self._rewriting = rewriting

    def process(self, frames: Mel, beside: Help | None = None) -> Samples:
        """(T, M) the next frames → (N,) the samples that are ready, possibly none."""
        return self._sound.process(self._rewriting(frames), beside)

    def flush(self, frames: Mel | None = None, beside: Help | None = None) -> Samples:
        """(T, M) the last frames, if any are left → (N,) all samples that are. Call it once, at the end."""
        return self._sound.flush(None if frames is None else self._rewriting(frames), beside)


def own_vocoder(package: VoicePackage) -> Sounding:
    """The vocoder that a package of either kind of voice brings along.

    Raises:
        VoicePackageError: its graph cannot be loaded, or does not fit the manifest.
    """
    known = details(package.manifest)
    return Vocoder(package, known) if known.parallel is None else SpectralVocoder(package, known.parallel)


def lent_vocoder(lent: VoicePackage, voice: Manifest) -> Sounding:
    """The vocoder of one package for the voices of another.

    Args:
        lent: package of a vocoder, or of another voice.
        voice: package of the voices.

    Raises:
        VoicePackageError: the vocoder cannot be loaded, or the two do not agree on the spectrogram.
    """
    made, read = voice.mel, lent.manifest.mel
    if made is None or read is None or objection(made, read):
        raise contradictory(lent)
    vocoder = _opened(lent)
    if vocoder.columns != read.bands + TRACKS * read.pitched:
        raise contradictory(lent)
    rewriting = _unsung(made.bands)
    if read.pitched:
        written = height_of if isinstance(vocoder, SpectralVocoder) else _in_hertz
        rewriting = _rewriting(details(voice).source, written)
    return LentVocoder(vocoder, rewriting, made.bands + TRACKS * made.pitched)


def _opened(lent: VoicePackage) -> Sounding:
    """The vocoder of a package; a HiFi-GAN with a source is driven by Hz."""
    known = lent.manifest.vocoder or details(lent.manifest)
    if isinstance(known, Spectral):
        return SpectralVocoder(lent, known)
    if isinstance(known, Sambert) and known.parallel is not None:
        return SpectralVocoder(lent, known.parallel)
    return Vocoder(lent, known if known.source is None else _driven_by_hertz(known, known.source))


def _driven_by_hertz(known: Sambert | Hifigan, source: Source) -> Hifigan:
    plain = Source(harmonics=source.harmonics, scale=1.0, offset=0.0)
    return Hifigan(causal=known.causal, left=known.left, right=known.right, source=plain)


def _unsung(bands: int) -> Rewriting:
    """Frames without the pitch and voicing that may come with their bands."""
    return lambda frames: frames[:, :bands]


def _rewriting(
    source: Source | None, written: Callable[[NDArray[np.float64]], NDArray[np.floating]]
) -> Rewriting:
    """Frames whose pitch is written anew.

    Args:
        source: how F0 is written in the voice's frames; None where in octaves.
        written: (T,) Hz as the vocoder reads them.
    """

    def rewritten(frames: Mel) -> Mel:
        melody = sung(frames, source)
        pitch = written(melody.hertz)
        return np.column_stack([frames[:, :-TRACKS], pitch, melody.voiced]).astype(np.float32, copy=False)

    return rewritten


def sung(frames: Mel, source: Source | None) -> Melody:
    """What the last two columns of (T, M) frames say.

    Args:
        frames: of a voice.
        source: how F0 is written there; None where in octaves.
    """
    pitch, voicing = frames[:, -2].astype(np.float64), frames[:, -1]
    if source is None:
        return Melody(MIDDLE * np.exp2(pitch / PER_OCTAVE), voicing > 0.0)
    return Melody(np.maximum(pitch * source.scale + source.offset, LOWEST), voicing >= VOICED)


def _in_hertz(hertz: NDArray[np.float64]) -> NDArray[np.floating]:
    """(T,) → (T,)."""
    return hertz
