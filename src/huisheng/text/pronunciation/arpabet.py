"""ARPAbet as text: phones of American English, `HH AH0 L OW1`; the digit of a vowel is its stress."""

from __future__ import annotations

from typing import Final, TypeAlias

_VOWELS: Final = frozenset("AEIOU")

Phones: TypeAlias = tuple[str, ...]


def phones(cell: str) -> Phones:
    """The phones in a cell of a table."""
    return tuple(cell.split(" "))


def is_vowel(phone: str) -> bool:
    """Whether a phone, with a digit or without, is a vowel."""
    return phone[0] in _VOWELS


def weaken(said: Phones) -> Phones:
    """The same phones with a lesser stress in place of the main one."""
    return tuple(phone.replace("1", "2") for phone in said)
