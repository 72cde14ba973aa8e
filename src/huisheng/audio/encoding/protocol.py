"""What an encoder is: samples in, bytes of one format out, piece by piece."""

from __future__ import annotations

from typing import Protocol

from huisheng.types import Samples


class Encoder(Protocol):
    """Turns samples into the bytes of one format. One encoder serves one response, from begin to end.

    The bytes of every `encode`, in order, and of one last `flush` are a complete file; nothing that was given
    out is ever changed, so the sink need not seek. Memory is bounded, whatever the length of the response.
    Samples outside −1…+1 are clipped and those that are no numbers become 0.

    Attributes:
        media_type: for the `Content-Type` header.
        suffix: of a file name, with its dot.
    """

    media_type: str
    suffix: str

    def encode(self, samples: Samples) -> bytes:
        """
        Args:
            samples: (N,) at the encoder's rate, the next of the stream; N may be 0.

        Returns:
            What is ready, possibly nothing.
        """
        ...

    def flush(self) -> bytes:
        """The rest of the file. Call it once; no `encode` may follow.

        Raises:
            ValueError: more or fewer samples came than the header promised.
        """
        ...
