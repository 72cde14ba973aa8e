"""Written text to spoken text, with the span of every piece."""
