"""What people look at, with 10,000, 100,000 and 1,000,000 inquiries in the read model.

The same some thousands are open at every size; all others were closed in the four years before. Views are filled by
real events and the real projector, and then multiplied in the database (`benchmarks/large.py`). Each query is the
function behind the REST route in a transaction of its own, as there; three are asked over HTTP in this process as
well, with token, freshness and JSON. Lists are pages of 50. Times must not grow with the number of closed inquiries;
figures may, with what happened in their period. SQLite is measured up to 100,000.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from sqlalchemy import Connection, func, select

from api.app import create_app
from api.auth import issue_development_token
from api.bootstrap import System
from api.settings import Settings
from benchmarks.large import LargeModel, large_model
from benchmarks.measuring import Numbers, Spread, Timing, timed
from benchmarks.parts import Parts, Size, say
from projections import audit_trail, custody, figures, marathon, nobody_lost, status, worklist
from projections.custody_rows import ROWS as INTERVALS
from projections.figures_formulas import FORMULAS
from projections.nobody_lost import Clock

SQLITE_UP_TO = 100_000
TIMES, SELDOM = 300, 20
"""How often a query is asked, in a full run; reports are asked for fewer times."""
DEPARTMENT = "department-7"
TARGETS = {
    "work list of the front desk": 20,
    "its next page": 20,
    "work list of a department": 20,
    "nobody lost: page": 20,
    "nobody lost: counts": 20,
    "accounting as of now": 100,
    "accounting as of a year ago": 100,
    "accounting as of noon on an old day": 100,
}
"""Milliseconds, 99 of 100, on PostgreSQL at the largest size."""

Ask = Callable[[Connection], object]


@dataclass(frozen=True, slots=True)
class Query:
    name: str
    ask: Ask
    most: int = TIMES


def measure(parts: Parts, size: Size) -> Iterator[Timing | Numbers]:
    for database, sizes in (
        ("PostgreSQL", size.inquiries),
        ("SQLite", tuple(most for most in size.inquiries if most <= SQLITE_UP_TO)),
    ):
        measured: dict[int, list[Spread]] = {}
        for inquiries in sizes:
            say(f"a read model of {inquiries:,} inquiries on {database}")
            url = parts.database() if database == "PostgreSQL" else parts.file()
            model = large_model(url, inquiries)
            say("asking it")
            times = TIMES if size.rounds > 3 else TIMES // 3
            measured[inquiries] = [*_asked(model, times), *_over_http(url, model, parts, times)]
            model.database.close()
        largest = max(sizes)
        yield Timing(
            title=f"{largest:,} inquiries, {database}",
            spreads=tuple(measured[largest]),
            targets=TARGETS if database == "PostgreSQL" else {},
        )
        if len(sizes) > 1:
            yield _growth(database, measured)


def _growth(database: str, measured: Mapping[int, Sequence[Spread]]) -> Numbers:
    names = [one.name for one in next(iter(measured.values()))]
    rows: list[tuple[str | float, ...]] = [
        (name, *(spreads[place].p50 for spreads in measured.values())) for place, name in enumerate(names)
    ]
    return Numbers(
        title=f"Half of the answers within so many milliseconds, by the number of inquiries, {database}",
        columns=("", *(f"{inquiries:,}" for inquiries in measured)),
        rows=tuple(rows),
    )


def _asked(model: LargeModel, times: int) -> Iterator[Spread]:
    with model.database.read() as connection:
        queries = list(_queries(connection, model.now))
        now = custody.accounting(connection, model.now)
        assert now == custody.recounted(connection, model.now), "the sums are wrong, so their speed is of no matter"
    for query in queries:

        def ask(query: Query = query) -> None:
            with model.database.read() as connection:
                query.ask(connection)

        yield timed(query.name, ask, min(times, query.most))


def _queries(connection: Connection, now: datetime) -> Iterator[Query]:
    yield from _lists(connection, now)
    yield from _of_one(connection, now)
    yield from _for_auditors(connection, now)
    yield from _for_reports(now)


def _clock(now: datetime) -> Clock:
    return Clock(now, now - timedelta(hours=48))


def _lists(connection: Connection, now: datetime) -> Iterator[Query]:
    first = worklist.front_desk(connection).next_cursor
    clock = _clock(now)
    yield Query("work list of the front desk", worklist.front_desk)
    yield Query("its next page", lambda there: worklist.front_desk(there, after=first))
    yield Query("work list of a department", lambda there: worklist.department_work(there, DEPARTMENT))
    yield Query("work list of an agent", lambda there: worklist.mine(there, "agent:gerd"))
    yield Query("nobody lost: page", lambda there: nobody_lost.page(there, clock))
    yield Query("nobody lost: counts", lambda there: nobody_lost.counts(there, clock))


def _of_one(connection: Connection, now: datetime) -> Iterator[Query]:
    """Of an inquiry, each time another one of all."""
    step = max(1, (connection.scalar(select(func.count()).select_from(status.ROWS)) or 1) // 200)
    numbered = select(status.ROWS, func.row_number().over(order_by=status.ROWS.c.inquiry_id).label("n")).subquery()
    some = connection.execute(select(numbered).where(numbered.c.n % step == 0)).all()
    which = cycle(some)
    yield Query("status by reference", lambda there: status.by_reference(there, next(which).reference))
    yield Query("audit trail of an inquiry", lambda there: audit_trail.of_inquiry(there, next(which).inquiry_id))
    yield Query("custody of an inquiry at a moment", lambda there: custody.at(there, next(which).inquiry_id, now))


def _for_auditors(connection: Connection, now: datetime) -> Iterator[Query]:
    year, noon = _busy(connection, now - timedelta(days=365)), _busy(connection, now - timedelta(days=1_000))
    noon = noon.replace(hour=11, minute=0, second=0, microsecond=0)
    moments = {"now": now, "a year ago": year, "noon on an old day": noon}
    for name, at in moments.items():
        yield Query(f"accounting as of {name}", lambda there, at=at: custody.accounting(there, at))  # type: ignore[misc]
    yield Query("audit trail, the newest of all", lambda there: audit_trail.search(there))


def _busy(connection: Connection, before: datetime) -> datetime:
    """The last moment before at which something happened: small models are empty on most days."""
    last = connection.scalar(select(func.max(INTERVALS.c.valid_from)).where(INTERVALS.c.valid_from <= before))
    return last or before


def _for_reports(now: datetime) -> Iterator[Query]:
    zone = ZoneInfo("Europe/Berlin")
    for name, days in (("a month", 30), ("a year", 365)):
        period = {"start": now - timedelta(days=days), "end": now, "now": now, "zone": zone}
        for code in ("reply_in_time", "backlog_by_age"):
            question = figures.Question(formula=FORMULAS[code], **period)  # type: ignore[arg-type]
            yield Query(f"{code} of {name}, by day", _figure(question), SELDOM)
        of = marathon.Filters(received_from=now - timedelta(days=days))
        yield Query(f"marathon of {name}, by service", lambda there, of=of: marathon.by_service(there, of), SELDOM)  # type: ignore[misc]


def _figure(question: figures.Question) -> Ask:
    """Both that the route asks."""
    return lambda there: (figures.rows(there, question, "day"), figures.total(there, question))


# --- over HTTP -------------------------------------------------------------------------------------------------------


def _over_http(url: str, model: LargeModel, parts: Parts, times: int) -> Iterator[Spread]:
    folder = parts.folder()
    settings = Settings(
        database_url=url, dev_tokens=True, dev_key_file=folder / "dev.pem", run_dir=folder, log_level="WARNING"
    )
    system = System(settings, clock=lambda: model.now)
    system.upgrade()
    client = create_app(system).test_client()
    for name, path, role in (
        ("HTTP: work list of the front desk", "/worklists/front-desk", "front_agent"),
        ("HTTP: nobody lost, page", "/nobody-lost", "supervisor"),
        ("HTTP: accounting as of now", "/audit/accounting", "auditor"),
    ):
        headers = {"Authorization": f"Bearer {issue_development_token(settings, role)}"}
        yield timed(name, lambda path=path, headers=headers: _get(client, path, headers), times)  # type: ignore[misc]
    system.close()


def _get(client: FlaskClient, path: str, headers: Mapping[str, Any]) -> None:
    answer = client.get(f"/api/v1{path}", headers=headers)
    assert answer.status_code == 200, answer.text
