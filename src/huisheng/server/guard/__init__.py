"""Who may come in, how often, and with what: decided before a request is read.

`middleware` asks in order: the client's address, the Host, the Origin, the key, what is running, what has
been asked for. `screen` looks at each text that is to be spoken. All refusals are of the one tree.
"""
