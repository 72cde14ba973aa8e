"""What a synthesizer is asked to do, as values: done in a thread here, or in another process."""
