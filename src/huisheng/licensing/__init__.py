"""Private licences: signed files that an issuer sells with a distribution of their own, checked offline.

Free use never asks for one; see `docs/decisions/0030-private-licences.md`.
"""
