"""What an acoustic model and a vocoder must agree on: the mel spectrogram between them, said exactly.

The network that makes it and the one that reads it were trained apart. One number that differs is a voice
that is hoarse, too high or too slow, and nothing but these numbers tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_NAMES: Final = {
    "sample_rate": ("采样率", "sample rate"),
    "hop": ("帧移", "hop"),
    "window": ("窗长", "window"),
    "fft": ("变换长度", "transform"),
    "offset": ("首帧位置", "first frame"),
    "bands": ("频带数", "bands"),
    "lowest": ("最低频率", "lowest frequency"),
    "highest": ("最高频率", "highest frequency"),
    "decibels": ("电平范围", "levels"),
    "values": ("取值范围", "values"),
}
"""Field → what a message calls it, in Chinese and English."""

_Samples = Annotated[int, Field(ge=1, le=65_536)]
_Hertz = Annotated[float, Field(ge=0.0, le=96_000.0)]


class MelContract(BaseModel):
    """A mel spectrogram of magnitudes, with Slaney's bands, as `audio.spectrogram` makes it.

    Attributes:
        sample_rate: of the speech, Hz.
        hop: samples from one frame to the next.
        window: samples of a frame.
        fft: samples that it is filled up to.
        offset: samples from the beginning to the middle of the first frame.
        bands: M.
        lowest, highest: Hz, where the bands begin and end.
        decibels: two levels of amplitude; what lies beyond them counts as they do.
        values: that these levels are written as, in proportion in between.
        pitched: whether each frame has its pitch and its voicing beside the bands.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)

    sample_rate: Annotated[int, Field(ge=4_000, le=192_000)]
    hop: Annotated[int, Field(ge=1, le=10_000)]
    window: _Samples
    fft: _Samples
    offset: Annotated[int, Field(ge=0, le=65_536)]
    bands: Annotated[int, Field(ge=1, le=512)]
    lowest: _Hertz
    highest: _Hertz
    decibels: tuple[float, float]
    values: tuple[float, float]
    pitched: bool

    @model_validator(mode="after")
    def _rising(self) -> Self:
        pairs = (self.lowest, self.highest), self.decibels, self.values
        if any(low >= high for low, high in pairs) or self.window > self.fft:
            raise ValueError("an end of a range does not lie above its beginning")
        return self


class Objection(NamedTuple):
    """Why a vocoder cannot read what a voice makes, without a full stop."""

    chinese: str
    english: str


def objection(made: MelContract | None, read: MelContract | None) -> Objection | None:
    """Why a vocoder does not fit a voice; None where it does.

    One that reads the bands alone also fits a voice that gives a pitch with them. What is not stated fits
    nothing.

    Args:
        made: by the acoustic model.
        read: by the vocoder.
    """
    if made is None:
        return Objection("清单中没有频谱格式", "it does not say what its spectrogram is")
    if read is None:
        return Objection("声码器的清单中没有频谱格式", "the vocoder does not say what spectrogram it reads")
    differing = tuple(_differing(made, read))
    if differing:
        chinese = "；".join(part.chinese for part in differing)
        english = "; ".join(part.english for part in differing)
        return Objection(f"频谱不同（{chinese}）", f"the spectrograms differ ({english})")
    if read.pitched and not made.pitched:
        return Objection(
            "声码器需要音高，该音色不提供", "the vocoder is driven by a pitch that it does not give"
        )
    return None


def _differing(made: MelContract, read: MelContract) -> Iterator[Objection]:
    """A field each."""
    for field, (chinese, english) in _NAMES.items():
        has, wants = (getattr(contract, field) for contract in (made, read))
        if has != wants:
            told, asked = _format(has), _format(wants)
            yield Objection(f"{chinese} {told}，声码器要求 {asked}", f"{english} {told}, wanted {asked}")


def _format(value: float | tuple[float, float]) -> str:
    numbers = value if isinstance(value, tuple) else (value,)
    return "…".join(f"{number:.9g}" for number in numbers)
