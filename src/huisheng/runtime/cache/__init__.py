"""Caches of responses and sentences by content, on disk and in Redis."""
