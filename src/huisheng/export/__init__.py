"""From released weights to a verified voice package."""
