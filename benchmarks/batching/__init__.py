"""What do calls gain that are made together?

A call's time is arithmetic, which grows with its rows, and reading weights, which does not. Only where
reading is most of it can rows beside each other save anything, and only as often as there are several.

    rows       a step of the autoregressive decoder, 1 to 16 utterances side by side
    packed     windows of the built-in voice one after the other in one call, zeros between them
    speakers   a whole voice, several utterances at once, steps shared or not

Figures are processor time, since what a busy machine adds to it is small; what is compared takes turns.

    python -m benchmarks.batching
"""
