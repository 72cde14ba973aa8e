"""Produced audio files, kept for a while under random names."""
