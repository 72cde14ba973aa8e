"""The voice package on disk: the seam between those who make voices and those who speak with them."""
