"""Whatever people do, in whatever order, whoever leaves and however time passes: nobody is lost.

Thousands of commands against the real application, the views and the caretaker, on SQLite. What must hold is said in
sentences about the record; the rules that decide it are not asked. ``CASEBACKBONE_TEST_SCHEDULES`` is how many
schedules are tried (a few dozen without it).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from api.auditing import accounting_of_store, accounting_of_views, reconcile
from casebackbone import commands as do
from casebackbone.custody_rules import custody_findings
from casebackbone.marathon import marathon
from events.channel import Delivery
from events.standing import Standing, State
from projections import custody, status, worklist
from projections import marathon as marathon_view
from projections.catalogue import VIEWS
from projections.database import Database
from projections.digest import digests
from projections.projector import Projector
from tests.api.town import AREA, DEPARTMENTS, NOTE, PEOPLE, ROADS, STAFF, WASTE, Town, prepared

SCHEDULES = int(os.environ.get("CASEBACKBONE_TEST_SCHEDULES", "25"))
STEPS = 40
HOLDERS = {"desk:front", "desk:background"}

people = st.sampled_from(PEOPLE)
which = st.integers(0, 99)
services = st.sampled_from([None, WASTE, ROADS])
departments = st.sampled_from(DEPARTMENTS)
Work = list[tuple[int, int, int]]
likely = st.lists(st.tuples(which, st.integers(0, 999), st.sampled_from([0, 0, 0, 1, 60])), min_size=4, max_size=10)
"""Of which inquiry, what, and how many minutes ago."""

unlikely = st.one_of(
    st.builds(do.Claim),
    st.builds(do.Release),
    st.builds(do.SendToBackground),
    st.builds(do.Forward, to=st.none() | departments),
    st.builds(do.Accept, personally=st.booleans()),
    st.builds(do.Reject, reason=st.just("not_responsible"), suggestion=st.none() | departments),
    st.builds(do.Recall),
    st.builds(do.ExpireOffer),
    st.builds(do.Answer, texts=st.just(NOTE)),
    st.builds(do.Contact, reached=st.booleans()),
    st.builds(do.PromiseCallback),
    st.builds(do.Pause),
    st.builds(do.Resume),
    st.builds(do.Acknowledge),
    st.builds(do.Contradict),
    st.builds(do.Resolve, outcome=st.sampled_from(["answered", "withdrawn", "unreachable", "referred"])),
    st.builds(do.Reopen, reason=st.just("new_facts")),
    st.builds(do.Unmerge),
)


class Schedules(RuleBasedStateMachine):
    """A town; after each step the sentences of :meth:`nobody_is_lost`, at the end those about the whole record."""

    def __init__(self, empty: Path, place: Path) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=place))  # pytest's: it goes even if this process is killed
        self.town = Town(empty, self.folder)
        self.known: dict[UUID, tuple[int, Standing]] = {}
        self.merged: dict[UUID, Standing] = {}

    @initialize(asked=st.lists(services, min_size=2, max_size=3))
    def somebody_calls(self, asked: list[str | None]) -> None:
        for service in asked:
            self.town.receive(PEOPLE[0], service, None)

    # --- what happens -----------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.town.ids) < 6)
    @rule(who=people, service=services, area=st.none() | st.just(AREA), at_once=st.booleans())
    def receives(self, who: Any, service: str | None, area: str | None, at_once: bool) -> None:
        then = (do.Answer(texts=NOTE), do.Resolve()) if at_once else ()
        self.town.receive(who, service, area, *then)

    @rule(steps=likely)
    def in_the_morning(self, steps: Work) -> None:
        self._work_goes_on(steps)

    @rule(steps=likely)
    def at_noon(self, steps: Work) -> None:
        self._work_goes_on(steps)

    @rule(steps=likely)
    def in_the_afternoon(self, steps: Work) -> None:
        """Three of them, because this is what happens most."""
        self._work_goes_on(steps)

    def _work_goes_on(self, steps: Work) -> None:
        for number, choice, ago in steps:
            inquiry_id = self._one(number)
            command = self.town.likely(inquiry_id, choice)
            who = self.town.fitting(inquiry_id, command)
            self.town.give(who, inquiry_id, command, ago=timedelta(minutes=ago))
            self.nobody_is_lost()

    @rule(number=which, who=people, command=unlikely)
    def somebody_tries(self, number: int, who: Any, command: do.Command) -> None:
        self.town.give(who, self._one(number), command)

    @rule(number=which, into=which)
    def merges(self, number: int, into: int) -> None:
        inquiry_id, command = self._one(number), do.Merge(into=self._one(into))
        before = self.town.inquiry(inquiry_id).standing
        if self.town.give(self.town.fitting(inquiry_id, command), inquiry_id, command):
            self.merged[inquiry_id] = before

    @rule(number=which, who=people)
    def unmerges(self, number: int, who: Any) -> None:
        duplicates = [one for one, (_, standing) in self.town.standings().items() if standing.state is State.MERGED]
        inquiry_id = duplicates[number % len(duplicates)] if duplicates else self._one(number)
        if self.town.give(who, inquiry_id, do.Unmerge()):
            self._is_as_before(inquiry_id)

    @precondition(lambda self: self.town.steps % 2 == 0)
    @rule(person=people, back=st.sampled_from([True, True, False]))
    def leaves(self, person: Any, back: bool) -> None:
        if self.town.leaves(person):
            gone = person.actor
            assert gone not in {standing.holder for _, standing in self.town.standings().values()}
        if back:
            self.town.comes_back(person)

    @precondition(lambda self: self.town.steps % 2 == 1)
    @rule(number=which, successor=st.none() | departments, back=st.sampled_from([True, True, False]))
    def closes(self, number: int, successor: str | None, back: bool) -> None:
        """Rather a department that has something, or is asked to take it."""
        busy = {name for _, one in self.town.standings().values() for name in (one.department, one.offered_to) if name}
        department = (sorted(busy) or DEPARTMENTS)[number % len(busy or DEPARTMENTS)]
        if self.town.closes(department, successor):
            for _, standing in self.town.standings().values():
                if standing.state.is_open:
                    assert department not in (standing.department, standing.offered_to)
        if back:
            self.town.opens(department)

    @rule(passed=st.sampled_from([1, 30, 240, 600, 1440, 4320, 28800]))
    def time_passes(self, passed: int) -> None:
        """By itself it moves nothing: neither in the store nor in the views."""
        self.town.project()
        before = self.town.standings(), self._holders_in_views()
        self.town.later(minutes=passed)
        self.town.project()
        assert (self.town.standings(), self._holders_in_views()) == before

    @rule()
    def caretaker_comes(self) -> None:
        """It moves things only by events of its own, and nothing that is gone holds anything when it has been."""
        self.town.caretaker_comes()
        directory = self.town.application.directory()
        for inquiry_id, (version, standing) in self.town.standings().items():
            before = self.known.get(inquiry_id, (version, standing))
            since = list(self.town.application.store.events_of(inquiry_id, before[0], version))
            assert {stored.event.actor for stored in since} <= {"system:caretaker"}
            if standing.state.is_open:
                assert not directory.is_gone(str(standing.holder), self.town.now)
                assert standing.offer_expires_at is None or standing.offer_expires_at > self.town.now

    # --- what always holds ------------------------------------------------------------------------------------------

    @invariant()
    def nobody_is_lost(self) -> None:
        found = self.town.standings()
        for inquiry_id, (version, standing) in found.items():
            _has_one_holder_and_a_due_time(standing)
            if inquiry_id in self.known:
                before = self.known[inquiry_id]
                assert version >= before[0]
                assert version > before[0] or standing == before[1], "only an event changes anything"
            if standing.merged_into is not None:
                assert inquiry_id in self.town.inquiry(standing.merged_into).duplicates
            for duplicate in self.town.inquiry(inquiry_id).duplicates:
                assert found[duplicate][1].merged_into == inquiry_id
        self.known = found

    def teardown(self) -> None:
        try:
            self.town.project()
            self._is_lawful_and_conserved()
            self._views_say_the_same()
            self._views_are_the_same_at_one_go()
        finally:
            self.town.close()
            shutil.rmtree(self.folder)

    def _is_lawful_and_conserved(self) -> None:
        events = [stored.event for stored in self.town.system.store.events_after(0, 100_000)]
        assert list(custody_findings(events)) == []
        in_store = accounting_of_store(self.town.system, self.town.now)
        in_views = accounting_of_views(self.town.system, self.town.now)
        assert (
            in_store["received"] == in_store["open"] + in_store["resolved"] + in_store["merged"] == len(self.town.ids)
        )
        assert {name: in_views[name] for name in in_store} == in_store
        assert reconcile(self.town.system)["differences"] == []

    def _views_say_the_same(self) -> None:
        with self.town.system.views.read() as connection:
            listed = {row.inquiry_id: row for row in connection.execute(worklist.ROWS.select())}
            counted = {row.inquiry_id: row for row in connection.execute(marathon_view.ROWS.select())}
            for inquiry_id, (_, standing) in self.town.standings().items():
                lasting = custody.intervals(connection, inquiry_id)[-1]
                assert (lasting.holder, lasting.due_at) == (standing.holder, standing.due_at)
                assert (inquiry_id in listed) == standing.state.is_open
                if standing.state.is_open:
                    assert (listed[inquiry_id].holder, listed[inquiry_id].attention) == (
                        standing.holder,
                        standing.attention,
                    )
                index, row = marathon(self.town.application.history(inquiry_id)), counted[inquiry_id]
                assert (row.doors, row.accepted_at) == (index.doors_before_acceptance, index.accepted_at)
                assert (row.bounces, row.circles) == (index.bounces, index.circles)
                assert row.lost_minutes == index.lost_minutes
                assert index.circles == sum(door.circular for door in index.doors)
                self._status_follows(connection, inquiry_id, standing)

    def _status_follows(self, connection: Any, inquiry_id: UUID, standing: Standing) -> None:
        """The citizen of a duplicate is told of the inquiry that goes on."""
        known = status.of_inquiry(connection, inquiry_id)
        assert known is not None
        while standing.merged_into is not None:
            standing = self.town.inquiry(standing.merged_into).standing
        told = status.going_on(connection, known)
        assert (told.state, told.due_at) == (standing.state, standing.due_at)

    def _views_are_the_same_at_one_go(self) -> None:
        """Replayed from the beginning in one piece: the same rows as by bits."""
        file = self.folder / "replayed.sqlite"
        replayed = Database(f"sqlite:///{file}", VIEWS)
        try:
            replayed.prepare()
            projector = Projector(replayed, replayed.live(), None)
            projector.positions_for("store:replayed")([0])
            events = self.town.system.read(0, 100_000)
            records = [Delivery(0, n, event, event.subject, event.version) for n, event in enumerate(events, 1)]
            projector.apply(records, "store:replayed")
            assert digests(replayed, all_columns=True) == digests(self.town.system.views, all_columns=True)
        finally:
            replayed.close()

    # --- the small parts --------------------------------------------------------------------------------------------

    def _one(self, number: int) -> UUID:
        return self.town.ids[number % len(self.town.ids)]

    def _holders_in_views(self) -> dict[UUID, str]:
        with self.town.system.views.read() as connection:
            return {row.inquiry_id: row.holder for row in connection.execute(worklist.ROWS.select())}

    def _is_as_before(self, inquiry_id: UUID) -> None:
        """All that merging took is back, but for time and for those who have left."""
        before, after = self.merged[inquiry_id], self.town.inquiry(inquiry_id).standing
        directory, now = self.town.application.directory(), self.town.now
        places = [str(before.holder), *([f"department:{before.department}"] if before.department else [])]
        if not any(directory.is_gone(place, now) for place in places):
            assert (after.holder, after.department) == (before.holder, before.department)
        assert (after.state, after.merged_into) == (State.OPEN, None)
        kept = replace(after, **{name: getattr(before, name) for name in _PASSED})
        assert kept == before


_PASSED = (
    *("state", "holder", "department", "due_at", "due_policy", "waiting_since"),
    *("escalated_to", "escalated_at", "escalated_for", "escalate_again_at", "acknowledged_until"),
    *("attention", "attention_since"),
)
"""What an unmerged inquiry has anew, or has no more."""


def _has_one_holder_and_a_due_time(standing: Standing) -> None:
    if not standing.state.is_open:
        assert (standing.holder, standing.due_at, standing.offered_to) == (None, None, None)
        assert (standing.callback_due_at, standing.attention, standing.escalated_to) == (None, None, None)
        return
    places = HOLDERS | {f"department:{name}" for name in STAFF} | {who.actor for who in PEOPLE}
    assert standing.holder in places
    assert standing.due_at is not None
    assert (standing.offered_to is None) == (standing.offer_expires_at is None) == (standing.offered_at is None)


def test_nobody_is_lost_whatever_people_do(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    prepared(empty)
    run_state_machine_as_test(
        partial(Schedules, empty, tmp_path),
        settings=settings(
            max_examples=SCHEDULES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
