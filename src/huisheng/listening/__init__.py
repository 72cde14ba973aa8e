"""Listening tests: the same sentences in several voices and emotions, side by side, in one HTML file."""
