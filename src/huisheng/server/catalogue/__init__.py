"""What can be chosen: voices, emotions, formats, limits."""
