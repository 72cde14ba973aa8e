"""What people write around the words: SSML, and a shorthand to write by hand.

Both become a `Script`: the text that is read, where each of its characters stands in the source, and what
was asked for over which stretch. `script.read` is the way in.
"""
