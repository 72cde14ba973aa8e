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

from huisheng.engines.graphs import contradiction
from huisheng.engines.two_stage.voices import details
from huisheng.engines.vocoder.hifigan import HifiganVocoder
from huisheng.engines.vocoder.protocol import Mel, Vocoder, VocoderStream
from huisheng.engines.vocoder.source import LOWEST, VOICED
from huisheng.engines.vocoder.spectral import MIDDLE, PER_OCTAVE, TRACKS, Curve, SpectralVocoder, height_of
from huisheng.engines.windows import HelperQueue
from huisheng.types import Samples
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Hifigan, Manifest, Sambert, Source, Spectral
from huisheng.voice.mel import objection

FrameFormat: TypeAlias = Callable[[Mel], Mel]
"""(T, M) frames of a voice → (T, M′) frames of a vocoder, each by itself."""


class PitchTrack(NamedTuple):
    """F0 of frames in units that do not depend on the voice.

    Attributes:
        hertz: (T,) F0, above 0 also where nothing is voiced.
        voiced: (T,) bool.
    """

    hertz: NDArray[np.float64]
    voiced: NDArray[np.bool_]


class AdaptedVocoder:
    """A vocoder behind the frames of a voice that is not its own. It keeps no state: threads may share it.

    Args:
        vocoder: of the other package.
        convert: frames of the voice to frames of the vocoder.
        columns: M of the voice's frames.
    """

    def __init__(self, vocoder: Vocoder, convert: FrameFormat, columns: int) -> None:
        self._vocoder = vocoder
        self._convert = convert
        self.columns = columns
        """M of the frames that it is given."""
        self.ahead = vocoder.ahead
        """Frames that it waits for before a frame's samples are out."""

    def stream(self) -> VocoderStream:
        """A stream for a new utterance."""
        return AdaptedStream(self._vocoder.stream(), self._convert)


class AdaptedStream:
    """A vocoder of another package on one utterance.

    Args:
        stream: of the vocoder.
        convert: frames of the voice to frames of the vocoder.
    """

    def __init__(self, stream: VocoderStream, convert: FrameFormat) -> None:
        self._stream = stream
        self._convert = convert

    def process(self, frames: Mel, helper: HelperQueue | None = None) -> Samples:
        """(T, M) the next frames → (N,) the samples that are ready, possibly none."""
        return self._stream.process(self._convert(frames), helper)

    def flush(self, frames: Mel | None = None, helper: HelperQueue | None = None) -> Samples:
        """(T, M) the last frames, if any are left → (N,) all samples that are. Call it once, at the end."""
        return self._stream.flush(None if frames is None else self._convert(frames), helper)


def load_vocoder(package: VoicePackage) -> Vocoder:
    """The vocoder that a package of either kind of voice brings along.

    Raises:
        VoicePackageError: its graph cannot be loaded, or does not fit the manifest.
    """
    known = details(package.manifest)
    return (
        HifiganVocoder(package, known) if known.parallel is None else SpectralVocoder(package, known.parallel)
    )


def adapt_vocoder(package: VoicePackage, voice: Manifest) -> Vocoder:
    """The vocoder of one package for the voices of another.

    Args:
        package: of a vocoder, or of another voice.
        voice: package of the voices.

    Raises:
        VoicePackageError: the vocoder cannot be loaded, or the two do not agree on the spectrogram.
    """
    made, read = voice.mel, package.manifest.mel
    if made is None or read is None or objection(made, read):
        raise contradiction(package)
    vocoder = _load_by_hertz(package)
    if vocoder.columns != read.bands + TRACKS * read.pitched:
        raise contradiction(package)
    convert = _drop_pitch(made.bands)
    if read.pitched:
        scale = height_of if isinstance(vocoder, SpectralVocoder) else None
        convert = _convert_pitch(details(voice).source, scale)
    return AdaptedVocoder(vocoder, convert, made.bands + TRACKS * made.pitched)


def _load_by_hertz(package: VoicePackage) -> Vocoder:
    """The vocoder of a package; a HiFi-GAN with a source is driven by Hz."""
    known = package.manifest.vocoder or details(package.manifest)
    if isinstance(known, Spectral):
        return SpectralVocoder(package, known)
    if isinstance(known, Sambert) and known.parallel is not None:
        return SpectralVocoder(package, known.parallel)
    if known.source is None:
        return HifiganVocoder(package, known)
    by_hertz = Source(harmonics=known.source.harmonics, scale=1.0, offset=0.0)
    return HifiganVocoder(
        package, Hifigan(causal=known.causal, left=known.left, right=known.right, source=by_hertz)
    )


def _drop_pitch(bands: int) -> FrameFormat:
    """Frames without the pitch and voicing that may come with their bands."""
    return lambda frames: frames[:, :bands]


def _convert_pitch(
    source: Source | None, scale: Callable[[NDArray[np.float64]], Curve] | None
) -> FrameFormat:
    """Frames whose pitch is in other units.

    Args:
        source: how F0 is written in the voice's frames; None where in octaves.
        scale: (T,) Hz as the vocoder reads them; None where in Hz.
    """

    def convert(frames: Mel) -> Mel:
        """(T, M) frames with another pitch."""
        hertz, voiced = read_pitch(frames, source)
        pitch = hertz if scale is None else scale(hertz)
        return np.column_stack([frames[:, :-TRACKS], pitch, voiced]).astype(np.float32, copy=False)

    return convert


def read_pitch(frames: Mel, source: Source | None) -> PitchTrack:
    """F0 and voicing from the last two columns of (T, M) frames.

    Args:
        frames: of a voice.
        source: how F0 is written there; None where in octaves.
    """
    pitch, voicing = frames[:, -2].astype(np.float64), frames[:, -1]
    if source is None:
        return PitchTrack(MIDDLE * np.exp2(pitch / PER_OCTAVE), voicing > 0.0)
    return PitchTrack(np.maximum(pitch * source.scale + source.offset, LOWEST), voicing >= VOICED)
