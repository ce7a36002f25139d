"""The citizen's reference: short, unguessable, checkable, easy to read out on the phone.

Twelve characters in three groups, ``K7WM-2QXH-9RTD``: eleven drawn at random from 31 signs (no 0/O, 1/I/L), which
is 54 bits, and a check character. The weighted sum modulo the prime 31 notices every single wrong character and
every swap of two characters.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 12


def new_reference(choice: Callable[[str], str] = secrets.choice) -> str:
    """A fresh reference; ``choice`` draws one sign."""
    drawn = "".join(choice(ALPHABET) for _ in range(LENGTH - 1))
    return _grouped(drawn + _check_character(drawn))


def normalised(written: str) -> str | None:
    """The reference that somebody wrote or said, in its canonical form; None if it cannot be one."""
    signs = "".join(sign for sign in written.upper() if sign not in " -–—./")
    if len(signs) != LENGTH or any(sign not in ALPHABET for sign in signs):
        return None
    return _grouped(signs) if _check_character(signs[:-1]) == signs[-1] else None


def _check_character(signs: str) -> str:
    return ALPHABET[sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(signs, start=1)) % 31]


def _grouped(signs: str) -> str:
    return "-".join(signs[start : start + 4] for start in range(0, LENGTH, 4))
