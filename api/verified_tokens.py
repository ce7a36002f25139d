"""Tokens that were verified a moment ago: a desk that asks ten times a second is verified once in a while."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from threading import Lock
from typing import Any

TRUST_SECONDS = 30.0
"""How long after a key was taken back its tokens may still be good here; those of a provider are kept for longer."""
MOST = 4096


class VerifiedTokens:
    """Claims by token. Holds digests instead of tokens, and nothing beyond a token's own end. Safe for threads."""

    def __init__(self, leeway_seconds: float) -> None:
        self._leeway = leeway_seconds
        self._known: OrderedDict[bytes, tuple[float, Mapping[str, Any]]] = OrderedDict()
        self._lock = Lock()

    def claims(self, token: str) -> Mapping[str, Any] | None:
        """What a verified token says; None if it has to be verified (again)."""
        found = self._known.get(_digest(token))
        return found[1] if found is not None and time.time() < found[0] else None

    def keep(self, token: str, claims: Mapping[str, Any]) -> None:
        """``claims`` are of a token that has just been verified."""
        now = time.time()
        until = min(now + TRUST_SECONDS, float(claims["exp"]) + self._leeway)
        with self._lock:
            self._known[_digest(token)] = (until, claims)
            self._known.move_to_end(_digest(token))
            while len(self._known) > MOST:
                self._known.popitem(last=False)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
