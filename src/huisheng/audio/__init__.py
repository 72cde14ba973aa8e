"""Signal processing on mono samples, in numpy: resampling, loudness, pitch, joining, encoding."""
