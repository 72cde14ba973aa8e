"""Custom voices: fine-tunes a trained voice on a folder of a person's recordings."""
