"""The listening page: the same sentences in several voices and feelings, side by side, in one HTML file."""
