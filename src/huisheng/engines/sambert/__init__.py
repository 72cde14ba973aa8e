"""SAM-BERT + HiFi-GAN on ONNX Runtime: imported voices, spoken frame by frame as they are made."""

from huisheng.engines.sambert.engine import SambertEngine

__all__ = ["SambertEngine"]
