"""Directories of SAM-BERT voices as ModelScope and KAN-TTS write them, of every era, read with suspicion."""
