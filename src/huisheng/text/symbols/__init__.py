"""What each engine's model reads: one file an inventory."""
