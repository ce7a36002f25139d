"""Search over what people said, for those who may read it: in their scope, and recorded before anything is sent.

Words find texts by the index; whether somebody may know of an inquiry is asked of the inquiry itself. That somebody
searched, and which inquiries they were shown, is committed before the first text is read (promise 10). The words
themselves are stored nowhere: they are personal data of the one who is looked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import UUID, uuid4

from eventsourcing.domain import OriginatorVersionError
from eventsourcing.persistence import MapperDeserialisationError
from sqlalchemy import insert

from casebackbone import access, content
from casebackbone.access import Permission, Principal
from casebackbone.application import Application
from casebackbone.content_candidates import Asked, Candidate, Candidates
from casebackbone.content_index import ContentIndex
from casebackbone.content_words import Snippet
from casebackbone.inquiry import Inquiry
from casebackbone.refusals import InquiryNotFound, Invalid
from casebackbone.store.rows import ContentRow
from casebackbone.store.tables import content_accesses, content_searches

PURPOSE = "search"
"""Of the looks at inquiries that a search has shown. Why it was searched stands in the record of the search."""

MOST = 50
MOST_WORDS = 20
MOST_LOOKED_AT = 300
"""Inquiries that are loaded for one page, at most: what is out of scope or filtered out costs as much as a hit."""

SEARCHED = tuple(kind for kind in content.KINDS if kind != content.CONTACT)
"""Kinds that are searched unless others are asked for: contact details only where somebody asks for them."""


SPOILT = (MapperDeserialisationError, OriginatorVersionError, InquiryNotFound)
"""What loading raises where an event cannot be read, one is missing, or all are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """``any_word``: texts with one of the words are found, those with more and rarer ones first; otherwise those with
    all of them. ``service``, ``department`` and ``open`` are of the inquiry as it stands now."""

    kinds: Sequence[str] = SEARCHED
    service: str | None = None
    department: str | None = None
    open: bool | None = None
    any_word: bool = False

    def pass_on(self, inquiry: Inquiry) -> bool:
        standing = inquiry.standing
        return (
            self.service in (None, standing.service)
            and self.department in (None, standing.department)
            and self.open in (None, standing.state.is_open)
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found, and its inquiry as it stands now."""

    inquiry: Inquiry
    content_id: UUID
    kind: str
    created_at: datetime
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Found:
    """``after``: where the next page begins, None at the end; a page may be short before that. ``position``: texts of
    later events were not searched. ``unreadable`` inquiries may have had hits: nobody can tell whose they are."""

    hits: Sequence[Hit]
    after: str | None
    position: int
    unreadable: int = 0


@dataclass(slots=True)
class _Page:
    shown: list[tuple[Inquiry, Candidate]] = field(default_factory=list)
    last: Candidate | None = None
    more: bool = False
    unreadable: int = 0


class ContentSearch:
    """Safe for several threads."""

    def __init__(self, application: Application, index: ContentIndex) -> None:
        self._application = application
        self._store = application.store
        self._index = index
        self._candidates = Candidates(application.store, index)

    def search(
        self,
        principal: Principal,
        words: str,
        filters: Filters,
        *,
        at: datetime,
        purpose: str,
        limit: int = 20,
        after: str | None = None,
    ) -> Found:
        """Texts with these words, the best first, of equal ones the newest. ``after`` is from the page before.

        Raises Forbidden, Invalid (``no_words``, ``too_many_words``, ``invalid_cursor``), and what the database raises
        where the search cannot be recorded; then no text has been read.
        """
        access.demand(principal, Permission.SEARCH_TEXTS)
        terms = self._terms(words)
        asked = self._candidates.ask(principal, terms, filters, after)
        page = self._page(principal, asked, filters, min(limit, MOST))
        self._record(principal, terms, filters, page, at, purpose)
        hits = self._read(page, terms)
        after = self._candidates.cursor(asked, page.last) if page.more else None
        return Found(hits, after, asked.up_to, page.unreadable)

    def _terms(self, words: str) -> list[str]:
        terms = self._index.words.asked(words)
        if not terms:
            raise Invalid("no_words", "Darin ist kein Wort, nach dem gesucht werden kann.", "/words")
        if len(terms) > MOST_WORDS:
            raise Invalid("too_many_words", f"Bitte höchstens {MOST_WORDS} Wörter.", "/words")
        return terms

    def _page(self, principal: Principal, asked: Asked, filters: Filters, limit: int) -> _Page:
        """What this person may be shown. Inquiries out of scope leave no trace in it."""
        page, known = _Page(), dict[UUID, Inquiry | None]()
        for candidate in self._candidates.of(asked):
            full = len(page.shown) == limit
            if full or (candidate.inquiry_id not in known and len(known) == MOST_LOOKED_AT):
                page.more = True
                break
            page.last = candidate
            if candidate.inquiry_id not in known:
                known[candidate.inquiry_id] = self._loaded(candidate.inquiry_id)
            inquiry = known[candidate.inquiry_id]
            if inquiry is None or candidate.content_id not in inquiry.contents:
                continue
            if _may_read(principal, inquiry) and filters.pass_on(inquiry):
                page.shown.append((inquiry, candidate))
        page.unreadable = sum(inquiry is None for inquiry in known.values())
        return page

    def _loaded(self, inquiry_id: UUID) -> Inquiry | None:
        """None for one whose events cannot be read or are not all there: it holds up nobody who looks for others."""
        try:
            return self._application.inquiry(inquiry_id)
        except SPOILT:
            return None

    def _record(
        self, principal: Principal, terms: Sequence[str], filters: Filters, page: _Page, at: datetime, purpose: str
    ) -> None:
        """That it was searched, and what it shows. Committed when this returns."""
        shown: dict[UUID, list[str]] = {}
        for inquiry, candidate in page.shown:
            shown.setdefault(inquiry.id, []).append(str(candidate.content_id))
        who = {"at": at, "actor": principal.actor, "role": ",".join(sorted(principal.roles)), "search_id": uuid4()}
        search = {
            **who,
            "purpose": purpose,
            "words_digest": self._index.words.digest_of_search(terms),
            "kinds": ",".join(sorted(filters.kinds)),
            "inquiries": len(shown),
        }
        looks = [
            {
                **who,
                "access_id": uuid4(),
                "inquiry_id": inquiry_id,
                "content_ids": json.dumps(content_ids),
                "purpose": PURPOSE,
            }
            for inquiry_id, content_ids in shown.items()
        ]
        with self._store.engine.begin() as connection:
            connection.execute(insert(content_searches), search)
            if looks:
                connection.execute(insert(content_accesses), looks)

    def _read(self, page: _Page, terms: Sequence[str]) -> list[Hit]:
        """Texts that have been erased since they were found are left out."""
        rows = {row.content_id: row for row in self._texts([one.content_id for _, one in page.shown])}
        hits = []
        for inquiry, candidate in page.shown:
            row = rows[candidate.content_id]
            if row.text is not None:
                snippet = self._index.words.snippet(row.kind, row.text, terms)
                hits.append(Hit(inquiry, row.content_id, row.kind, row.created_at, snippet))
        return hits

    def _texts(self, content_ids: Sequence[UUID]) -> Iterator[ContentRow]:
        remaining = iter(content_ids)
        while piece := list(islice(remaining, MOST)):
            yield from self._store.read_contents(piece)


def _may_read(principal: Principal, inquiry: Inquiry) -> bool:
    return access.sees(principal, inquiry.standing) and principal.may(Permission.READ_CONTENT)
