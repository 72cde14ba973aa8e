"""What people write around the words: SSML, and a shorthand for those who write by hand.

Both become a `Script`: the text that is read, where each of its characters stands in the source, and what
was asked for over which stretch. `reading.read` is the way in.
"""
