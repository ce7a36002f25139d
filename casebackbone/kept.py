"""Aggregates that somebody has just asked for, kept in memory and brought up to date by one indexed query."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any
from uuid import UUID

from casebackbone.recorded import Recorded, fold
from casebackbone.store import Store
from casebackbone.store.mapper import unsealed

MOST = 8
"""How many are kept, unless more are wanted: the directory, and the desks of the days that anybody works on."""


class Kept:
    """Safe for several threads: what was handed out is never changed, but replaced. Read it, do not change it: what is
    to be changed is :meth:`Recorded.copied`.

    Every look at what is now asks the store, for the last event that is known here and for all after it. If the store
    has that one no more, or another one in its place (it was restored, or somebody was at it), all is read anew.
    """

    def __init__(self, store: Store, most: int = MOST) -> None:
        self._store = store
        self._most = most
        self._found: OrderedDict[UUID, Recorded] = OrderedDict()
        self._lock = threading.Lock()

    def now(self, subject: UUID) -> Any:
        """As it is stored at this moment; None if it is not."""
        known = self._found.get(subject)
        stored = self._store.recorder.select_events(subject, gt=None if known is None else known.version - 1)
        if known is not None:
            if stored and unsealed(stored[0].state)[0] == known.head:
                stored = stored[1:]
            else:
                known, stored = None, self._store.recorder.select_events(subject)
        if stored:
            begun = None if known is None else known.copied()
            known = fold(begun, map(self._store.mapper.to_domain_event, stored))
        self._keep(subject, known)
        return known

    def as_of(self, subject: UUID, version: int) -> Any:
        """After its event ``version``; None if there is no such event. Asks the store unless it is what is known."""
        known = self._found.get(subject)
        if known is not None and known.version == version:
            return known
        return fold(None, self._store.event_store.get(subject, lte=version))

    def _keep(self, subject: UUID, aggregate: Recorded | None) -> None:
        """The last ones that anybody asked for."""
        with self._lock:
            self._found.pop(subject, None)
            if aggregate is not None:
                self._found[subject] = aggregate
            while len(self._found) > self._most:
                self._found.popitem(last=False)
