"""Is the voice that comes with 绘声 as good as the teacher that it learned from?

Everything is measured beside the teacher on the same text: recognizer, judge of quality and tracker of pitch
err by themselves, and err alike on both. What they cannot say is how natural a voice sounds; for that there
is `huisheng voices audition`.

    quality     held-out sentences: misheard syllables, quality, noise, spectrum, pitch, time
    robust      a thousand texts: nothing dropped, nothing repeated
    identity    one speaker in every emotion; nobody's double
    speed       real-time factor, first audio, start, size; streamed as whole

    python -m benchmarks.voice --part quality --limit 3 --speakers tinglan,yanzhou    a look
    make eval-voice                                                                   everything: hours
"""
