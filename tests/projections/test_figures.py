"""Figures of calls, the backlog and days, each with a story of which a person can count it by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from projections import figures
from projections.cursor import BadCursor
from projections.figures import NONE, Count, Row
from projections.figures_documentation import FILE, document
from projections.figures_formulas import AGES, FORMULAS
from tests.examples import NOON, Story, whole_life
from tests.projections.figuring import BERLIN, Phone, behind, by, figure, question, told
from tests.projections.model import ReadModel
from tests.projections.plans import plans

HOUR = timedelta(hours=1)
BUILDING, PASSPORT = "99012003000000", "99083004012000"


# --- calls -----------------------------------------------------------------------------------------------------------


def some_calls() -> Phone:
    """Five calls: two in time (one at the last moment), one too late, one gave up, one waits."""
    phone = Phone(count(1)).offered("a", 0).answered("a", 30).offered("b", 40).offered("c", 41).offered("d", 50)
    return phone.answered("d", 60).abandoned("b", 100).answered("c", 72).ended("c", 200).offered("e", 300)


def test_calls_answered_in_time_of_those_offered(model: ReadModel) -> None:
    told(model, some_calls())
    counted = figure(model, "calls_in_time")
    assert counted == Count(counted=5, met=2, undecided=0, measured=4, value_sum=30 + 10 + 31 + 60)
    assert counted.share_percent == 40
    assert counted.value_mean == 32.75
    assert figure(model, "calls_abandoned") == Count(counted=5, met=1)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_calls_do_not_depend_on_batches(model: ReadModel, size: int) -> None:
    phone = some_calls()
    told(model, phone, size=size)
    rows = model.all_of(figures.evidence, question("calls_in_time"))
    assert [(row.outcome, row.events) for row in rows] == [
        ("answered_in_time", (f"{phone.id}:2", f"{phone.id}:3")),
        ("abandoned", (f"{phone.id}:4", f"{phone.id}:8")),
        ("answered_late", (f"{phone.id}:5", f"{phone.id}:9")),
        ("answered_in_time", (f"{phone.id}:6", f"{phone.id}:7")),
        ("waiting", (f"{phone.id}:11",)),
    ]


def test_a_call_has_no_service_and_no_department(model: ReadModel) -> None:
    told(model, some_calls())
    assert by(model, "calls_in_time", "service") == {NONE: figure(model, "calls_in_time")}
    assert figure(model, "calls_in_time", department="tiefbau") == Count()


# --- backlog ---------------------------------------------------------------------------------------------------------


def backlog() -> list[Story]:
    log = count(1)
    old = Story("old", positions=log).received(service=BUILDING).later(24 * 40).forwarded("works").later().accepted()
    waiting = Story("waiting", positions=log, at=NOON + 24 * 38 * HOUR).received().paused()
    done = Story("done", positions=log).received().later(24 * 10).resolved("no_action")
    again = Story("again", positions=log).received().resolved("no_action").later(24 * 39).reopened()
    return [old, waiting, done, again]


def test_backlog_by_age(model: ReadModel) -> None:
    told(model, *backlog())
    late = NOON + 24 * 41 * HOUR
    rows = model.ask(figures.rows, question("backlog_by_age", now=late), "age")
    assert [(row.key, row.count.counted) for row in rows] == list(
        zip([code for code, _, _ in AGES], [0, 0, 1, 0, 0, 2], strict=True)
    )
    whole = figure(model, "backlog_by_age", now=late)
    assert (whole.counted, whole.ages, whole.value_mean) == (3, (0, 0, 1, 0, 0, 2), 24 * (41 + 3 + 41) / 3)
    assert whole.share_percent is None


def test_backlog_at_each_moment_under_the_department_of_that_moment(model: ReadModel) -> None:
    told(model, *backlog())

    def open_at(days: float) -> dict[str, int]:
        rows = by(model, "backlog_by_age", "department", now=NOON + timedelta(days=days))
        return {key: row.counted for key, row in rows.items()}

    assert open_at(-0.5) == {}
    assert open_at(0) == {NONE: 2}  # one is received and resolved at that moment
    assert open_at(10) == {NONE: 1}
    assert open_at(40) == {NONE: 3}
    assert open_at(41) == {NONE: 2, "works": 1}
    assert figure(model, "backlog_by_age", now=NOON + 24 * 41 * HOUR, service=BUILDING).counted == 1


def test_backlog_by_day_is_that_of_the_end_of_each_day(model: ReadModel) -> None:
    told(model, *backlog())
    start = NOON + timedelta(days=8)
    rows = model.ask(figures.rows, question("backlog_by_age", start=start, end=NOON + timedelta(days=11)), "day")
    assert [(row.key, row.count.counted) for row in rows] == [
        ("2026-03-10", 2),
        ("2026-03-11", 2),
        ("2026-03-12", 1),
        ("2026-03-13", 1),
    ]
    for row in rows:
        end = min(datetime.fromisoformat(f"{row.key}T23:00:00+00:00"), NOON + timedelta(days=11))
        assert figure(model, "backlog_by_age", end=end) == row.count


def test_the_backlog_of_now_is_read_from_what_lasts(model: ReadModel) -> None:
    """However much was open before."""
    with model.database.read() as connection:
        (plan,) = plans(connection, lambda: figures.total(connection, question("backlog_by_age")))
    assert "figure_backlog_current" in plan
    assert "figure_backlog_past" in plan
    assert "figure_backlog_begun" not in plan


def test_who_is_in_the_backlog(model: ReadModel) -> None:
    old, waiting, _, again = backlog()
    told(model, *backlog())
    late = NOON + 24 * 41 * HOUR
    found = behind(model, "backlog_by_age", now=late)
    assert {subject: outcome for subject, outcome, _ in found} == {
        old.id: "30_days_and_more",
        waiting.id: "3_to_7_days",
        again.id: "30_days_and_more",
    }
    for code, _, _ in AGES:
        assert behind(model, "backlog_by_age", now=late, age=code) == [row for row in found if row[1] == code]


# --- days ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)]
)
def test_days_are_cut_where_the_clocks_say(model: ReadModel, day: str, hours: int) -> None:
    begin = datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=BERLIN).astimezone(UTC)
    end, moment = begin + hours * HOUR, timedelta(microseconds=1)
    log = count(1)
    times = [begin - moment, begin, begin + 0.5 * hours * HOUR, end - moment, end]
    told(model, *(Story(number, at=at, positions=log).received() for number, at in enumerate(times)))
    rows = model.ask(figures.rows, question("first_contact_resolution", start=begin - HOUR, end=end + HOUR), "day")
    assert [(row.key == day, row.count.counted) for row in rows] == [(False, 1), (True, 3), (False, 1)]
    assert figure(model, "first_contact_resolution", start=begin, end=end).counted == 3


def test_a_day_without_anything_is_there(model: ReadModel) -> None:
    told(model, Story().received())
    rows = model.ask(figures.rows, question("first_contact_resolution", end=NOON + timedelta(days=1)), "day")
    assert rows == [
        Row("2026-03-01", Count()),
        Row("2026-03-02", Count(counted=1)),
        Row("2026-03-03", Count()),
    ]


def test_the_period_is_half_open(model: ReadModel) -> None:
    told(model, Story().received())
    moment = timedelta(microseconds=1)
    assert figure(model, "first_contact_resolution", start=NOON, end=NOON + moment).counted == 1
    assert figure(model, "first_contact_resolution", start=NOON - HOUR, end=NOON).counted == 0
    assert figure(model, "first_contact_resolution", start=NOON + moment).counted == 0


# --- form ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_whole_life_does_not_depend_on_batches(model: ReadModel, size: int) -> None:
    story = whole_life()
    told(model, story, size=size)
    found = {code: figure(model, code) for code in FORMULAS}
    assert {code: (one.counted, one.met) for code, one in found.items()} == {
        "calls_in_time": (0, 0),
        "calls_abandoned": (0, 0),
        "first_contact_resolution": (1, 0),
        "reply_in_time": (2, 2),
        "forwards_accepted": (5, 2),
        "forwards_rejected": (5, 1),
        "forwards_expired": (5, 1),
        "forwards_recalled": (5, 1),
        "callbacks_in_time": (1, 1),
        "backlog_by_age": (0, 0),
        "marathon_doors": (2, 1),
        "marathon_bounces": (2, 1),
        "marathon_lost_minutes": (2, 1),
    }


def test_other_lists_cursors_are_refused(model: ReadModel) -> None:
    log = count(1)
    told(model, *(Story(name, positions=log).received().forwarded().accepted() for name in "ab"))
    page = model.ask(figures.evidence, question("forwards_accepted"), limit=1)
    assert page.next_cursor is not None
    with pytest.raises(BadCursor):
        model.ask(figures.evidence, question("marathon_doors"), after=page.next_cursor)


def test_only_the_backlog_has_ages(model: ReadModel) -> None:
    with pytest.raises(ValueError, match="cannot be asked for by age"):
        model.ask(figures.rows, question("reply_in_time"), "age")


def test_formulas_are_complete() -> None:
    for code, formula in FORMULAS.items():
        assert code == formula.code
        assert formula.version >= 1
        assert all((formula.label, formula.definition, formula.definition_en, formula.source))
        assert not formula.met & formula.missed
        assert (formula.measure is None) == (formula.unit is None)


def test_the_page_has_the_formulas_as_they_are() -> None:
    """If not: ``python -m projections.figures_documentation``."""
    page = FILE.read_text(encoding="utf-8")
    assert document(page) == page
    assert all(f"### `{code}`, version {formula.version}" in page for code, formula in FORMULAS.items())


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the lines"):
        document("# Figures")
