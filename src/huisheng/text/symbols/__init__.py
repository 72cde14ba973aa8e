"""What each engine's model reads: one module or package an engine, its inventories as data."""
