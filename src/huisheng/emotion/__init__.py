"""Emotions: each a small data file, scaled by intensity."""
