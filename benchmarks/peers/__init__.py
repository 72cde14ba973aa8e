"""How do we compare with Kokoro and with Piper, on one machine, in one run?

Each speaker is a process of its own with two threads. The processes take turns, text by text, because the
load and clock of a machine drift; every figure is a median. Kokoro (v1.0, int8) runs in our engine for
it. No Piper voice is installed here, so Piper's own network gets random weights in its medium
size: its speed is told, its sound is not. Nothing is heard or judged.

    make bench-peers                                    the table
    python -m benchmarks.peers --write                  the table, into README.md and README.en.md
    python -m benchmarks.peers --rounds 1 --json        a look, for a program
"""
