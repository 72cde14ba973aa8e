"""How much faster does our SAM-BERT + HiFi-GAN speak than PyTorch, and what would the machine allow?

Two things limit these networks. A step of the decoder is a few dozen products of one row with matrices, so
eager PyTorch spends its time on calling them, and a fused loop on reading the weights. The vocoder is
convolutions, and is limited by how fast the machine multiplies. Both are measured against the same weights in
eager PyTorch, in turn within one run, since the load and clock of a machine drift; and against what the
machine itself can multiply and read at that moment. Published weights cannot be had here: they are drawn.

    make bench-sambert                                      everything
    python -m benchmarks.sambert --rounds 1 --no-precision  a look
"""
