"""Everything that needs data and a gradient."""
