"""Payment services on this machine, for tests, journeys and benchmarks.

Each checks the signatures of whoever calls it, refuses as the real one does, signs its answers and
notifications with keys of its own, and lets a test play the payer: `pay(order)`, then `notify(…)`.
"""
