"""SAM-BERT on ONNX Runtime: imported voices and our own, heard while they are made."""

from huisheng.engines.sambert.engine import SambertEngine

__all__ = ["SambertEngine"]
