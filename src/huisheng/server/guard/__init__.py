"""Who may use the server, how often, and for what: decided before a request is read.

`middleware` checks in order: the client's address, the Host, the Origin, the key, what is running, what has
been asked for. `content_filter` checks each text that is to be spoken. All refusals are of the one tree.
"""
