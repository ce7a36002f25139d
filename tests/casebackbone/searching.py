"""A record whose texts can be searched, and an indexer as a process that may be made to die on the way:
``python -m tests.casebackbone.searching DATABASE POINT PIECES``."""

from __future__ import annotations

import sys
from typing import Any
from uuid import UUID

from casebackbone.access import Principal, Role
from casebackbone.application import Done
from casebackbone.commands import Erase, Receive
from casebackbone.content import Text
from casebackbone.content_index import ContentIndex
from casebackbone.content_search import ContentSearch, Filters, Found
from casebackbone.content_words import Analyser
from casebackbone.reference import new_reference
from casebackbone.store import open_store
from events.crashpoints import arm
from events.standing import Channel
from projections import german
from tests.casebackbone.store.record import ANNA, NOW, Record, inquiry_id_of

ANALYSER = Analyser(german.terms, german.places_of)
DORA = Principal("dora", frozenset({Role.DATA_PROTECTION_OFFICER}))


class Archive(Record):
    """A record with an index of its texts."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self.url = database_url
        self.index = ContentIndex(self.store, ANALYSER)
        self.search = ContentSearch(self.application, self.index)

    def said(self, inquiry: int, text: str, kind: str = "question", *more: Text) -> Done:
        received = Receive(channel=Channel.PHONE, reference=new_reference(), texts=[Text(kind, text), *more])
        return self.application.receive(self.order(inquiry, key="receive"), received)

    def erased(self, inquiry: int) -> Done:
        return self.application.handle(self.order(inquiry, key="erase", principal=DORA), Erase(basis="request"))

    def indexed(self) -> Archive:
        while self.index.catch_up().more:
            pass
        return self

    def found(self, words: str, principal: Principal = ANNA, **options: Any) -> Found:
        paging = {name: options.pop(name) for name in ("limit", "after") if name in options}
        return self.search.search(principal, words, Filters(**options), at=NOW, purpose="handling", **paging)

    def numbers(self, words: str, principal: Principal = ANNA, **options: Any) -> list[int]:
        """The inquiries that are found, in order."""
        known = {inquiry_id_of(number): number for number in range(200)}
        return [known[hit.inquiry.id] for hit in self.found(words, principal, **options).hits]

    def terms(self) -> set[tuple[bytes, UUID, int]]:
        """The whole index."""
        rows = self.sql("SELECT term, content_id, position FROM content_terms")
        return {(bytes(row[0]), UUID(str(row[1])), row[2]) for row in rows}


def main(url: str, point: str, pieces: int) -> None:
    """Takes in events in pieces of two; dies at ``point`` after so many."""
    index = ContentIndex(open_store(url), ANALYSER)
    for _ in range(pieces):
        index.catch_up(2)
    arm(point)
    while index.catch_up(2).more:
        pass


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
