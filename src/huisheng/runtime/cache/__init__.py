"""What was said once need not be made again: sound by content, on disk and in Redis."""
