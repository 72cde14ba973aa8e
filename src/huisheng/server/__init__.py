"""The HTTP side: one FastAPI application over one synthesizer."""
