"""The parallel network on ONNX Runtime: our own voices, whose frames are all made at once."""

from huisheng.engines.parallel.network import assemble

__all__ = ["assemble"]
