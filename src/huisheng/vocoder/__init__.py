"""HiFi-GAN, the vocoder: mel spectrogram in, samples out (torch; training, import and the truth)."""
