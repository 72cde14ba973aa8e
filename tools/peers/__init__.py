"""Real servers that tests and benchmarks start: what our own talks to."""
