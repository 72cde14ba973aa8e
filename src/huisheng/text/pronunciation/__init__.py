"""Readings: words and characters to pinyin, tone sandhi, 儿, and English words to phones."""
