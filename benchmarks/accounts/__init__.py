"""What do accounts cost, and do the books stay right?

Two servers stand side by side, one without accounts, one with them. Both are asked the same, in turn; nothing
is kept of answers. Then an account with a hundred calls left is asked for ten thousand; then the server with
accounts is killed again and again while clients ask with keys of idempotence until they are answered; at last
both journeys are made, a customer's and an operator's, against peers for every method of payment.

    overhead_ms        what a request of 20 characters takes longer: median of neighbouring pairs
    throughput_ratio   answers a second at full load: with accounts over without, median over rounds
    served_of_100      answers that an account with a hundred calls left gets for many requests at one time
    double_charges     charges beyond one for each answered key, after the kills
    lost_after_kill    answered keys without a charge, after the kills
    faults             that `huisheng ledger prove` finds in the books of all of it
    journey            each step of the two journeys, with the status that it was answered with

    python -m benchmarks.accounts             tables
    python -m benchmarks.accounts --quick     a look: fewer requests, two kills
    python -m benchmarks.accounts --write     also writes the section of docs/benchmarks.md
    python -m benchmarks.accounts --json      one line for programs
"""
