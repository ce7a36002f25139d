"""Whatever happens: figures equal a slow count of the events, add up, and can be counted again from what they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.published import PublishedEvent
from events.standing import Channel, State
from projections import figures
from projections.database import Database
from projections.figures import NONE, Count
from projections.figures_backlog import age_class
from projections.figures_formulas import AGES, FORMULAS
from tests.examples import NOON, Story, deliveries
from tests.projections import figures_by_hand as by_hand
from tests.projections.figures_by_hand import Counted
from tests.projections.figuring import BERLIN, Phone, question
from tests.projections.model import ReadModel

DECIDED = sorted(by_hand.FIGURES)
STEPS = (
    *("classified", "sent_to_background", "answered", "forwarded", "accepted", "rejected", "expired", "recalled"),
    *("callback_promised", "contacted", "missed", "paused", "resumed", "due_changed", "contradicted", "rerouted"),
    *("duplicate_added", "resolved", "merged"),
)
HOURS = (0, 0, 0.25, 1, 3, 23, 30, 24 * 14, 24 * 20)


@st.composite
def worlds(draw: st.DrawFn) -> list[PublishedEvent]:
    """Some inquiries and some calls, around the change of the clocks on 29 March."""
    log = count(1)
    events: list[PublishedEvent] = []
    for number in range(draw(st.integers(1, 5))):
        begin = NOON + timedelta(days=26, hours=draw(st.integers(0, 60)))
        story = Story(number, at=begin, positions=log)
        story.received(draw(st.sampled_from([Channel.PHONE, Channel.COUNTER, Channel.WEB])))
        if draw(st.booleans()):
            story.answered(first_contact=True)
        for step in draw(st.lists(st.sampled_from(STEPS), max_size=14)):
            story.later(draw(st.sampled_from(HOURS)))
            _take(story, step, draw)
        events += story.events
    events += _phone(draw, log).events
    return sorted(events, key=lambda event: event.provenance.position)


def _phone(draw: st.DrawFn, log: Any) -> Phone:
    phone = Phone(log, at=NOON + timedelta(days=26, hours=10))
    for call in range(draw(st.integers(0, 6))):
        start = call * 4000 + draw(st.integers(0, 3000))
        phone.offered(str(call), start)
        end = draw(st.sampled_from(["answered", "abandoned", None]))
        if end is not None:
            getattr(phone, end)(str(call), start + draw(st.sampled_from([0, 29, 30, 31, 200])))
    return phone


def _take(story: Story, step: str, draw: st.DrawFn) -> None:
    standing = story.standing
    if standing.state is State.RESOLVED:
        story.reopened()
    elif standing.state is State.MERGED:
        story.unmerged()
    elif standing.offered_to is not None and step in ("resolved", "merged", "forwarded"):
        story.rejected()
    elif standing.offered_to is None and step in ("accepted", "rejected", "expired", "recalled"):
        story.classified(draw(st.sampled_from(["1", "2"])))
    elif step == "forwarded":
        story.forwarded(draw(st.sampled_from(("a", "b", "c"))))
    elif step == "rerouted":
        story.rerouted(f"department:{standing.offered_to or standing.department or 'nowhere'}")
    elif step == "resumed" and standing.state is not State.WAITING:
        story.noted()
    elif step == "missed":
        story.contacted(reached=False)
    elif step == "resolved":
        story.resolved(draw(st.sampled_from(["answered", "answered", "withdrawn", "unreachable", "referred"])))
    elif step == "callback_promised":
        story.callback_promised(timedelta(hours=draw(st.sampled_from([1, 24]))))
    else:
        getattr(story, step)()


def summed(found: Iterable[Counted], measure: bool) -> Count:
    """Added up, as the view says it."""
    total = Count()
    for one in found:
        measured = measure and one.met is not None and one.value is not None
        total += Count(
            counted=int(one.met is not None),
            met=int(one.met is True),
            undecided=int(one.met is None),
            measured=int(measured),
            value_sum=(one.value or 0) if measured else 0,
        )
    return total


def grouped(found: Iterable[Counted], key: Callable[[Counted], str], measure: bool) -> dict[str, Count]:
    groups: dict[str, list[Counted]] = defaultdict(list)
    for one in found:
        groups[key(one)].append(one)
    return {name: summed(ones, measure) for name, ones in groups.items() if summed(ones, measure) != Count()}


KEYS: dict[str, Callable[[Counted], str]] = {
    "day": lambda one: one.at.astimezone(BERLIN).date().isoformat(),
    "service": lambda one: one.service or NONE,
    "department": lambda one: one.department or NONE,
}


def rows(model: ReadModel, code: str, by: str, now: datetime) -> dict[str, Count]:
    found = model.ask(figures.rows, question(code, now=now), by)
    return {row.key: row.count for row in found if row.count not in (Count(), Count(ages=(0,) * len(AGES)))}


def at_random(database: Database, world: list[PublishedEvent], size: int, check: Callable[[ReadModel], None]) -> None:
    with database.rebuilding("test") as building:
        ReadModel(database, building).take(deliveries(world, 1), size)
        database.switch(building)
    check(ReadModel(database))


property_test = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANY = {"world": worlds(), "hours": st.integers(0, 24 * 60), "size": st.integers(1, 40)}


@property_test
@given(**ANY)
def test_figures_equal_a_slow_count(
    database_url: str, database: Database, world: list[PublishedEvent], hours: int, size: int
) -> None:
    def check(model: ReadModel) -> None:
        now = NOON + timedelta(days=26, hours=hours, seconds=1)
        for code in DECIDED:
            measure = FORMULAS[code].measure is not None
            expected = [one for one in by_hand.counted(code, world, now) if one.at < now]
            assert model.ask(figures.total, question(code, now=now)) == summed(expected, measure), code
            for by, key in KEYS.items():
                found = rows(model, code, by, now)
                assert found == grouped(expected, key, measure), (code, by)
                assert sum(found.values(), Count()) == summed(expected, measure)

    at_random(database, world, size, check)


@property_test
@given(**ANY)
def test_the_backlog_equals_the_last_standings(
    database_url: str, database: Database, world: list[PublishedEvent], hours: int, size: int
) -> None:
    def check(model: ReadModel) -> None:
        now = NOON + timedelta(days=26, hours=hours, seconds=1)
        expected = by_hand.backlog(world, now)
        ages = [code for code, _, _ in AGES]
        for by, key in (("service", KEYS["service"]), ("department", KEYS["department"]), ("age", _age)):
            found = {name: row.counted for name, row in rows(model, "backlog_by_age", by, now).items()}
            assert found == {name: len(ones) for name, ones in _groups(expected, key).items()}
        whole = model.ask(figures.total, question("backlog_by_age", now=now))
        assert whole.counted == len(expected)
        assert whole.value_sum == pytest.approx(sum(one.value or 0 for one in expected), abs=0.01)
        assert dict(zip(ages, whole.ages or (), strict=True)) == {
            age: len(_groups(expected, _age).get(age, [])) for age in ages
        }
        days = model.ask(figures.rows, question("backlog_by_age", now=now), "day")
        for day in days[-4:]:
            midnight = datetime.fromisoformat(day.key).replace(tzinfo=BERLIN) + timedelta(days=1)
            assert day.count.counted == len(by_hand.backlog(world, min(midnight, now)))

    at_random(database, world, size, check)


def _age(one: Counted) -> str:
    return age_class(timedelta(hours=one.value or 0))


def _groups(found: Iterable[Counted], key: Callable[[Counted], str]) -> dict[str, list[Counted]]:
    groups: dict[str, list[Counted]] = defaultdict(list)
    for one in found:
        groups[key(one)].append(one)
    return dict(groups)


@property_test
@given(**ANY)
def test_every_id_behind_a_figure_exists_and_counting_them_again_gives_the_figure(
    database_url: str, database: Database, world: list[PublishedEvent], hours: int, size: int
) -> None:
    ids = {event.id: event for event in world}

    def check(model: ReadModel) -> None:
        now = NOON + timedelta(days=26, hours=hours, seconds=1)
        for code in FORMULAS:
            asked = question(code, now=now)
            behind = model.all_of(figures.evidence, asked, limit=3)
            whole = model.ask(figures.total, asked)
            assert (len(behind), sum(one.met is True for one in behind)) == (whole.counted, whole.met)
            assert sum(one.value or 0 for one in behind if FORMULAS[code].measure) == pytest.approx(
                whole.value_sum, 1e-3
            )
            undecided = model.all_of(figures.evidence, asked, verdict="undecided") if FORMULAS[code].kind else []
            assert len(undecided) == whole.undecided
            for one in [*behind, *undecided]:
                assert set(one.events) <= set(ids), code
            if FORMULAS[code].kind:
                _counted_again(code, behind, ids, now)

    at_random(database, world, size, check)


def _counted_again(code: str, behind: list[Any], ids: dict[str, PublishedEvent], now: datetime) -> None:
    """From the named events of each fact alone, as if nothing else had happened."""
    for one in behind:
        mine = sorted((ids[name] for name in one.events), key=lambda event: event.version)
        again = [other for other in by_hand.counted(code, mine, now) if other.at == one.at]
        assert (one.met, one.service, one.department) in [(a.met, a.service, a.department) for a in again], (code, one)
