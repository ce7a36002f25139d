"""Texts that have the words, in one order on both databases, piece by piece.

A text's score is the sum of the weights of those words that it has; a word weighs more, the fewer texts have it.
Weights are whole numbers from counts, so that the databases have no part in the order; equal scores are ordered by
position in the log, the newest first. The first page's weights and its end of the log stay with the pages after it.

What a page ended with may be a text that the asker must not know of: so a cursor is sealed, with the record's secret.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, cast, func, or_, select

from casebackbone.access import Principal
from casebackbone.content_index import ContentIndex, position_in
from casebackbone.refusals import Invalid
from casebackbone.store import Store
from casebackbone.store.tables import content_terms as table

if TYPE_CHECKING:
    from casebackbone.content_search import Filters

PIECE = 100
_SCALE = 1000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that has the words; nobody has asked yet whether it may be shown."""

    score: int
    position: int
    content_id: UUID
    inquiry_id: UUID

    @property
    def key(self) -> list[Any]:
        return [self.score, self.position, self.content_id.hex]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: digests and their weights, in which kinds, up to where in the log, beyond which candidate."""

    weights: dict[bytes, int]
    kinds: tuple[str, ...]
    any_word: bool
    up_to: int
    beyond: tuple[int, int, UUID] | None = None
    request: str = ""


class Candidates:
    """Safe for several threads."""

    def __init__(self, store: Store, index: ContentIndex) -> None:
        self._store = store
        self._index = index

    def ask(self, principal: Principal, terms: Sequence[str], filters: Filters, after: str | None) -> Asked:
        """The question, or what is left of it ``after`` a page. Raises Invalid for a cursor that is not from here."""
        digests = [self._index.words.digest(term) for term in terms]
        kinds = tuple(sorted(set(filters.kinds)))
        request = self._request(principal, terms, filters)
        if after is not None:
            weights, up_to, (score, position, content_id) = self._opened(after, request)
            beyond = (score, position, UUID(content_id))
            return Asked(dict(zip(digests, weights, strict=True)), kinds, filters.any_word, up_to, beyond, request)
        with self._store.engine.connect().execution_options(reading=True) as connection:
            up_to = position_in(connection)
            asked = Asked(dict.fromkeys(digests, 0), kinds, filters.any_word, up_to, None, request)
            return replace(asked, weights=_weights(connection, asked))

    def of(self, asked: Asked) -> Iterator[Candidate]:
        """Nothing is open at the database while somebody looks at one."""
        beyond = asked.beyond
        while True:
            with self._store.engine.connect().execution_options(reading=True) as connection:
                rows = connection.execute(_query(asked, beyond).limit(PIECE)).all()
            for row in rows:
                candidate = Candidate(row.score, row.position, row.content_id, row.inquiry_id)
                beyond = (candidate.score, candidate.position, candidate.content_id)
                yield candidate
            if len(rows) < PIECE:
                return

    def cursor(self, asked: Asked, last: Candidate | None) -> str | None:
        """Where the next page begins; good for the same person and question only."""
        if last is None:
            return None
        said = [asked.request, list(asked.weights.values()), asked.up_to, last.key]
        return self._seal.encrypt(json.dumps(said, separators=(",", ":")).encode()).decode().rstrip("=")

    def _opened(self, cursor: str, request: str) -> tuple[list[int], int, list[Any]]:
        try:
            padded = cursor.encode() + b"=" * (-len(cursor) % 4)
            said, weights, up_to, key = json.loads(self._seal.decrypt(padded))
        except (InvalidToken, UnicodeError):
            said = None
        if said != request:
            raise Invalid("invalid_cursor", "Diese Seitenmarke gehört nicht zu dieser Suche.", "/cursor")
        return weights, up_to, key

    def _request(self, principal: Principal, terms: Sequence[str], filters: Filters) -> str:
        same = [principal.actor, principal.department, *sorted(filters.kinds), filters.service, filters.department]
        said = json.dumps([*same, filters.open, filters.any_word, *terms])
        return self._index.words.digest(said).hex()

    @property
    def _seal(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self._index.words.key_for("cursor")))


def _weights(connection: Connection, asked: Asked) -> dict[bytes, int]:
    """A word that all of the found texts have weighs little, one that few have weighs much: ln(1 + N / n)."""
    counting = select(table.c.term, func.count().label("texts")).where(*_which(asked)).group_by(table.c.term)
    texts = {bytes(row.term): row.texts for row in connection.execute(counting)}
    total = sum(texts.values())
    return {
        digest: round(_SCALE * math.log1p(total / texts[digest])) if digest in texts else 0 for digest in asked.weights
    }


def _which(asked: Asked) -> list[ColumnElement[bool]]:
    return [
        table.c.term.in_(list(asked.weights)),
        table.c.kind.in_(asked.kinds),
        table.c.position <= asked.up_to,
    ]


def _query(asked: Asked, beyond: tuple[int, int, UUID] | None) -> Any:
    weighed = case(*((table.c.term == digest, weight) for digest, weight in asked.weights.items()), else_=0)
    score = cast(func.sum(weighed), BigInteger)
    found = select(table.c.content_id, table.c.inquiry_id, table.c.position, score.label("score")).where(*_which(asked))
    found = found.group_by(table.c.content_id, table.c.inquiry_id, table.c.position)
    if not asked.any_word:
        found = found.having(func.count() == len(asked.weights))
    if beyond is not None:
        found = found.having(_after(score, *beyond))
    return found.order_by(score.desc(), table.c.position.desc(), table.c.content_id)


def _after(score: ColumnElement[int], last: int, position: int, content_id: UUID) -> ColumnElement[bool]:
    same = and_(table.c.position == position, table.c.content_id > content_id)
    return or_(score < last, and_(score == last, or_(table.c.position < position, same)))
