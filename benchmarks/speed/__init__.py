"""How fast do we speak, and what does our own code cost beside the bare model?

Three things limit speech from a model of this kind. The decoder's work grows with the seconds of speech, so
the real-time factor hardly depends on the text. The first clause must be decoded whole before anything is
heard, so the first audio waits for it, whatever follows. And every call has a fixed cost, which short texts
feel. The bare model is measured in the same run, in turn with ours, because the load and clock of a machine
drift by more than what is asked for.

    make bench                                          everything
    make bench ENGINE=kokoro                            another engine, where there is one
    python -m benchmarks.speed --rounds 1 --starts 1    a look
"""
