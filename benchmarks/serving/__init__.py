"""How does the server behave under load, as a listener hears it?

One answer at a time tells little: what counts is when speech begins while others are being served, whether it
then runs dry, and what happens to requests for which there is no room. Requests come at random moments that
do not wait for answers (an open loop), and each is timed from the moment at which it was due: a server that
falls behind cannot hide that by being asked less. The same texts go to a naive server round the same engine,
and to Piper's. What HTTP costs is measured against the bare engine, in turn within one run.

    make bench-serve                                   everything
    python -m benchmarks.serving --quick               a look
    python -m benchmarks.serving --voices builtin      one voice
"""
