"""Aggregates that everybody asks for all the time, kept in memory and brought up to date by one indexed query."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from casebackbone.recorded import Recorded, fold
from casebackbone.store import Store

MOST = 8
"""How many are kept: the directory, and the desks of the days that anybody works on."""


class Kept:
    """Safe for several threads: what was handed out is never changed, but replaced. Read it, do not change it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._found: dict[UUID, Recorded] = {}

    def now(self, subject: UUID) -> Any:
        """As it is stored at this moment; None if it is not."""
        known = self._found.get(subject)
        later = list(self._store.event_store.get(subject, gt=known.version if known is not None else None))
        if later:
            known = fold(known.copied() if known is not None else None, later)
            self._keep(subject, known)
        return known

    def as_of(self, subject: UUID, version: int) -> Any:
        """After its event ``version``; None if there is no such event."""
        known = self._found.get(subject)
        if known is not None and known.version == version:
            return known
        return fold(None, self._store.event_store.get(subject, lte=version))

    def _keep(self, subject: UUID, aggregate: Any) -> None:
        found = {**self._found, subject: aggregate}
        while len(found) > MOST:
            found.pop(next(iter(found)))
        self._found = found
