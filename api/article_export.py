"""Articles as rows of a file that can be imported again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from api.bootstrap import System
from casebackbone.importing.article_file import BETWEEN, COLUMNS, LISTS, guarded
from projections.articles import EditionRow, published


def exported(system: System, at: datetime | None) -> Iterator[dict[str, str] | None]:
    """Each published article by its id: the edition that is offered ``at`` a time, without one that is now or, if
    none is, next. None for an article of which none is."""
    with system.views.read() as connection:
        for _, editions in published(connection):
            edition = _offered(editions, at or system.clock(), or_next=at is None)
            yield None if edition is None else row_of(edition)


def _offered(
    editions: list[tuple[EditionRow, datetime, datetime | None]], at: datetime, or_next: bool
) -> EditionRow | None:
    now = [row for row, begin, end in editions if begin <= at and (end is None or at < end)]
    if now:
        return now[0]
    later = [(begin, row.edition, row) for row, begin, end in editions if begin > at and (end is None or begin < end)]
    return min(later)[2] if later and or_next else None


def row_of(edition: EditionRow) -> dict[str, str]:
    lists = {name: BETWEEN.join(getattr(edition, name)) for name in LISTS}
    times = {name: at.isoformat() if (at := getattr(edition, name)) else "" for name in ("valid_from", "valid_to")}
    texts = {name: getattr(edition, name) for name in ("question", "answer", "language")}
    cells = {"id": str(edition.article_id), **texts, **lists, **times}
    return {column: guarded(cells[column]) for column in COLUMNS}
