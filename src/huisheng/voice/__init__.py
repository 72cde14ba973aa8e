"""The voice package on disk: the seam between making voices and speaking with them."""
