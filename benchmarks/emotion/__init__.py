"""Do our emotions sound as designed? Measured from the sound alone, and guarded against what they may cost.

What limits such a proof: published bands are wide and mostly not Mandarin, a rule that moves pitch and time
is no actor, and no listener is asked. So it shows that every voice moves in the right direction, by the right
amount, more with more intensity, tellingly apart from the other emotions, and stays clear and itself.

    python -m benchmarks.emotion --fast --voices qinglan,muchuan --sentences 6    a look, while tuning
    python -m benchmarks.emotion --package builtin --write build/emotion.md       a package beside its teacher
    make eval-emotion                                                             everything: hours
"""
