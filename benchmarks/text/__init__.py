"""Does the front-end read Chinese as a careful reader does, and how quickly?

Five questions, each with cases of its own in `tests/golden/text`: how numbers and signs are said, which
reading a character has, which tones are heard, where a phrase ends, which emotion the words suggest. The
tuning part is there to learn from; what counts is the unseen part, of which only totals are ever shown. Other
front-ends answer the same questions in an environment of their own; a convention in which they differ from
the cases counts against them, so a small lead says little.

    make eval-text                                              everything
    make eval-text EVAL_FLAGS="--no-peers --no-speed"           a look, while tuning
    python -m benchmarks.text --show polyphones/trap            what is missed in the tuning part
"""
