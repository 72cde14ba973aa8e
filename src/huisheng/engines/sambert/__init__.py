"""SAM-BERT on ONNX Runtime: imported voices, whose frames are made one after the other."""

from huisheng.engines.sambert.pipeline import assemble

__all__ = ["assemble"]
