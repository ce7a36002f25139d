"""Whatever people do, whenever the caretaker comes: each deadline is told exactly once in effect, and none too soon.

What must hold is written down here as sentences about the record, without the rule that decides it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.caretaking import clock_of
from api.workers import caretaker_of
from casebackbone import commands as do
from casebackbone.access import Principal, Role
from casebackbone.application import Order
from casebackbone.cause import Cause
from casebackbone.content import Text
from casebackbone.inquiry_events import Escalated, InquiryEvent, Reopened, Unmerged
from casebackbone.reference import new_reference
from casebackbone.refusals import Refused
from casebackbone.translation import PUBLISHED
from events.standing import Channel, Standing, State
from projections.nobody_lost_due import due_escalations, due_silences, expired_offers
from projections.nobody_lost_rows import STEPS
from tests.api.desk import Clock, Desk

SVEN = Principal("sven", frozenset({Role.SUPERVISOR}))
TIM = Principal("tim", frozenset({Role.DEPARTMENT_STAFF}), "Tiefbau")
CAUSES = {"callback_missed", "overdue", "waiting_over", "silent"}
NOTE = [Text("note", "Rückfrage")]


class World:
    """Two inquiries, of which one may be merged into the other, and two caretakers."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.clock = desk.clock
        self.application = desk.system.application
        self.caretakers = [caretaker_of(desk.system) for _ in range(2)]
        self.ids = [uuid4(), uuid4()]
        for inquiry_id in self.ids:
            receive = do.Receive(channel=Channel.PHONE, reference=new_reference())
            self.application.receive(self._order(SVEN, inquiry_id), receive)

    def _order(self, who: Principal, inquiry_id: UUID) -> Order:
        command_id, now = uuid4(), self.clock()
        cause = Cause(
            actor=who.actor, command_id=command_id, correlation_id=command_id, occurred_at=now, recorded_at=now
        )
        return Order(principal=who, cause=cause, subject=inquiry_id, request_digest="0" * 64)

    def give(self, number: int, command: Any, who: Principal = SVEN) -> None:
        with suppress(Refused):
            self.application.handle(self._order(who, self.ids[number]), command)

    def round(self, which: int, lagging: bool) -> None:
        if not lagging:
            self.desk.project()
        self.caretakers[which].round(self.clock())
        self._nothing_too_soon_and_nothing_twice()
        if lagging:
            return
        self._nothing_left_out()
        position = self.application.store.last_position()
        self.desk.project()
        self.caretakers[1 - which].round(self.clock())
        assert self.application.store.last_position() == position, "a second one finds nothing to do"
        self._lists_are_empty()

    def end(self) -> None:
        """So that the next example is not asked about these."""
        for number in (0, 1):
            self.give(number, do.Recall())
            self.give(number, do.Resolve(outcome="withdrawn"))
            assert not self.standing(number).state.is_open

    def standing(self, number: int) -> Standing:
        return self.application.inquiry(self.ids[number]).standing

    # --- what must hold ------------------------------------------------------------------------------------------

    def _nothing_too_soon_and_nothing_twice(self) -> None:
        for inquiry_id in self.ids:
            history = list(self.application.history(inquiry_id))
            fired: Counter[tuple[int, str | None]] = Counter()
            life = 0  # what was closed and taken up again may get a due time that it had before
            for event in history:
                life += isinstance(event, Reopened | Unmerged)
                fired[life, event.causation_id] += event.actor == "system:caretaker"
            assert [cause for cause, times in fired.items() if times > 1] == []
            for place, event in enumerate(history):
                if isinstance(event, Escalated) and event.actor == "system:caretaker":
                    self._was_due(event, history[:place])

    def _was_due(self, event: Escalated, before: list[InquiryEvent]) -> None:
        _, kind, time = str(event.causation_id).split(":", 2)
        deadline, standing = datetime.fromisoformat(time), before[-1].standing
        assert deadline <= event.occurred_at
        assert (
            deadline
            == {
                "callback_missed": standing.callback_due_at,
                "overdue": standing.due_at if standing.state is State.OPEN else None,
                "waiting_over": standing.due_at if standing.state is State.WAITING else None,
                "silent": self._silent_at(before),
                "escalate_again": standing.escalate_again_at,
                "acknowledgement_ended": standing.acknowledged_until,
            }[kind]
        )
        holds = self._causes(before, event.occurred_at)
        assert event.reason in holds or (standing.escalated_for == event.reason and event.reason not in CAUSES), holds

    def _causes(self, history: list[InquiryEvent], now: datetime) -> set[str]:
        standing = history[-1].standing
        times = {
            "callback_missed": standing.callback_due_at,
            "waiting_over" if standing.state is State.WAITING else "overdue": standing.due_at,
            "silent": self._silent_at(history),
        }
        return {cause for cause, at in times.items() if at is not None and at <= now}

    def _silent_at(self, history: list[InquiryEvent]) -> datetime | None:
        if history[-1].standing.state is not State.OPEN:
            return None
        step = next(event for event in reversed(history) if PUBLISHED[type(event)] in STEPS)
        return self.application.promise.silent_after(step.occurred_at).at

    def _nothing_left_out(self) -> None:
        now = self.clock()
        for inquiry_id in self.ids:
            history = list(self.application.history(inquiry_id))
            standing = history[-1].standing
            if not standing.state.is_open:
                continue
            assert standing.offer_expires_at is None or standing.offer_expires_at > now
            told_at, causes = standing.escalated_at, self._causes(history, now)
            for due_at in (standing.due_at, standing.callback_due_at):
                assert due_at is None or due_at > now or (told_at is not None and told_at >= due_at)
            if "silent" in causes:
                step = next(event for event in reversed(history) if PUBLISHED[type(event)] in STEPS)
                assert told_at is not None, "silent"
                assert told_at >= step.occurred_at
            for quiet_until in (standing.escalate_again_at, standing.acknowledged_until):
                assert quiet_until is None or quiet_until > now or not causes, "it should have been told again"
            if standing.escalate_again_at is not None and standing.escalate_again_at <= now:
                assert standing.escalated_for in CAUSES, "a person's word is told again until acknowledged"

    def _lists_are_empty(self) -> None:
        """The view finds nothing that the inquiry does not: else the caretaker would look at it for ever."""
        now = self.clock()
        clock = clock_of(self.application.promise, now)
        with self.desk.system.views.read() as connection:
            found = [*due_escalations(connection, clock), *due_silences(connection, clock)]
            assert [*found, *expired_offers(connection, now)] == []


Act = Callable[[World], None]


def _on(number: int, make: Callable[[World], Any], who: Principal = SVEN) -> Act:
    return lambda world: world.give(number, make(world), who)


def _later(hours: float) -> Callable[[World], datetime]:
    return lambda world: world.clock() + timedelta(hours=hours)


numbers = st.sampled_from([0, 0, 0, 1])
hours = st.sampled_from([0.5, 3.0, 10.0, 24.0, 50.0, 200.0])
acts: st.SearchStrategy[Act] = st.one_of(
    st.builds(lambda n: _on(n, lambda _: do.Note(texts=NOTE)), numbers),
    st.builds(lambda n, h: _on(n, lambda w: do.ChangeDue(due_at=_later(h)(w), reason="law")), numbers, hours),
    st.builds(lambda n, h: _on(n, lambda w: do.PromiseCallback(due_at=_later(h)(w))), numbers, hours),
    st.builds(lambda n, reached: _on(n, lambda _: do.Contact(reached=reached)), numbers, st.booleans()),
    st.builds(lambda n: _on(n, lambda _: do.Pause()), numbers),
    st.builds(lambda n: _on(n, lambda _: do.Resume()), numbers),
    st.builds(lambda n: _on(n, lambda _: do.Acknowledge()), numbers),
    st.builds(lambda n, h: _on(n, lambda w: do.Acknowledge(until=_later(h)(w))), numbers, hours),
    st.builds(
        lambda n, reason: _on(n, lambda _: do.Escalate(to="agent:x", reason=reason)),
        numbers,
        st.sampled_from(["complaint", "overdue"]),
    ),
    st.builds(lambda n: _on(n, lambda _: do.Forward(to="Tiefbau")), numbers),
    st.builds(lambda n: _on(n, lambda _: do.Accept(), TIM), numbers),
    st.builds(lambda n: _on(n, lambda _: do.Reject(reason="not_responsible"), TIM), numbers),
    st.builds(lambda n: _on(n, lambda _: do.Resolve(outcome="withdrawn")), numbers),
    st.builds(lambda n: _on(n, lambda _: do.Reopen(reason="new_facts")), numbers),
    st.builds(lambda n: _on(n, lambda _: do.Contradict(texts=NOTE)), numbers),
    st.just(_on(0, lambda world: do.Merge(into=world.ids[1]))),
    st.just(_on(0, lambda _: do.Unmerge())),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("caretaking")
    made = Desk(f"sqlite:///{folder / 'casebackbone.sqlite'}", folder)
    made.clock = made.system.clock = Clock(datetime(2026, 1, 5, 9, tzinfo=UTC))
    yield made
    made.close()


Step = tuple[Act, float, str]
"""What somebody does, how many hours pass then, and whether a caretaker comes round at the end of them."""

steps: st.SearchStrategy[Step] = st.tuples(
    acts, st.sampled_from([0.1, 0.1, 1.0, 5.0, 24.0, 30.0, 100.0]), st.sampled_from(["", "0", "1", "lagging"])
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(steps, min_size=8, max_size=20))
def test_each_deadline_is_told_exactly_once(desk: Desk, story: list[Step]) -> None:
    world = World(desk)
    for act, hours_, comes in story:
        act(world)
        desk.clock.forward(hours=hours_)
        if comes:
            world.round(int(comes == "1"), comes == "lagging")
    world.round(0, lagging=False)
    world.end()
    desk.clock.forward(minutes=1)
