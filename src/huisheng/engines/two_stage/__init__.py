"""Voices of two stages: an acoustic network makes frames of symbols, a vocoder makes samples of frames.

It holds what is the same for `engines/sambert/`, frame after frame, and `engines/parallel/`, all at once.
"""
