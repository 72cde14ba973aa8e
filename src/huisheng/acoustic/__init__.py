"""SAM-BERT, the acoustic model: symbols in, mel spectrogram out (torch; training, import and the truth)."""
