"""Vocoders on ONNX Runtime: from the frames of a mel spectrogram to samples."""
