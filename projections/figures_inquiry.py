"""What the events of one inquiry come to in facts: its first contact, replies, forwards, callbacks, searches.

The rules in words are the definitions in :mod:`projections.figures_formulas`; change both together, with the version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from uuid import UUID

from events import inquiry as happened
from events.inquiry import InquiryEvent
from events.standing import Channel, State
from projections.figures_facts import Fact
from projections.figures_formulas import CAME_BACK_WITHIN_HOURS, Kind

_PRESENT = (Channel.PHONE, Channel.COUNTER)
_PROMISING = (happened.InquiryReceived, happened.InquiryReopened, happened.InquiryUnmerged)
_CLOSING = (happened.InquiryResolved, happened.InquiryMerged)
_NOT_DONE = (happened.InquiryForwarded, happened.InquiryPaused, happened.InquiryCallbackPromised)
_FORWARD_ENDS: dict[type[InquiryEvent], str] = {
    happened.InquiryForwardAccepted: "accepted",
    happened.InquiryForwardRejected: "rejected",
    happened.InquiryForwardExpired: "expired",
    happened.InquiryForwardRecalled: "recalled",
}


class Facts:
    """The facts of one inquiry, and those of them that an event changed."""

    def __init__(self, inquiry_id: UUID, known: Iterable[Fact] = ()) -> None:
        self.inquiry_id = inquiry_id
        self.all = list(known)
        self.changed: dict[tuple[Kind, str], Fact] = {}

    def take(self, event: InquiryEvent) -> None:
        """The next event of this inquiry."""
        for rule in _RULES:
            rule(self, event)
        for fact in self.all:
            self._follow(fact, event)

    def ongoing(self, kind: Kind) -> Fact | None:
        """The one of this kind that has not ended; there is at most one."""
        return next((fact for fact in reversed(self.all) if fact.kind is kind and not fact.ended), None)

    def of(self, kind: Kind) -> Iterator[Fact]:
        return (fact for fact in self.all if fact.kind is kind)

    def begin(self, kind: Kind, event: InquiryEvent) -> Fact:
        """A new one, which begins with ``event``."""
        fact = Fact(subject=self.inquiry_id, kind=kind, part=str(event.version), at=event.provenance.occurred_at)
        self.all.append(fact)
        fact.service, fact.department = event.standing.service, event.standing.department
        return self.touch(fact, event)

    def touch(self, fact: Fact, event: InquiryEvent) -> Fact:
        """``event`` has a part in what becomes of ``fact``."""
        fact.shown_by(event.version)
        self.changed[fact.kind, fact.part] = fact
        return fact

    def end(self, fact: Fact, outcome: str | None, event: InquiryEvent) -> None:
        fact.end(outcome, event.provenance.occurred_at, event.version)
        if fact.kind is not Kind.FORWARD:
            fact.department = event.standing.department
        fact.service = event.standing.service
        self.changed[fact.kind, fact.part] = fact

    def _follow(self, fact: Fact, event: InquiryEvent) -> None:
        """What has not ended is under the service and the department of now; a forward under who was asked."""
        if fact.ended:
            return
        department = fact.department if fact.kind is Kind.FORWARD else event.standing.department
        if (fact.service, fact.department) != (event.standing.service, department):
            fact.service, fact.department = event.standing.service, department
            self.touch(fact, event)


# --- the rules -------------------------------------------------------------------------------------------------------


def _contact(facts: Facts, event: InquiryEvent) -> None:
    """First-contact resolution."""
    if isinstance(event, happened.InquiryReceived):
        if event.standing.channel in _PRESENT:
            facts.begin(Kind.CONTACT, event).outcome = "received"
        return
    if isinstance(event, happened.InquiryReopened):
        _came_back(facts, event)
        return
    fact = facts.ongoing(Kind.CONTACT)
    if fact is None:
        return
    if isinstance(event, _CLOSING):
        resolved = isinstance(event, happened.InquiryResolved) and event.outcome == "answered"
        facts.end(fact, _done(fact.outcome, resolved), event)
    elif isinstance(event, happened.InquiryAnswered) and event.first_contact and fact.outcome == "received":
        facts.touch(fact, event).outcome = "answered"
    elif isinstance(event, _NOT_DONE) and fact.outcome == "answered":
        facts.touch(fact, event).outcome = "went_on"
    elif isinstance(event, happened.InquiryContradicted) and fact.outcome == "answered":
        facts.touch(fact, event).outcome = "came_back"


def _done(before: str | None, resolved_as_answered: bool) -> str | None:
    if before == "answered" and resolved_as_answered:
        return "first_contact"
    return "later" if before == "received" else before


def _came_back(facts: Facts, event: InquiryEvent) -> None:
    for fact in facts.of(Kind.CONTACT):
        if fact.outcome == "first_contact" and fact.ended_at is not None:
            since = event.provenance.occurred_at - fact.ended_at
            if since <= timedelta(hours=CAME_BACK_WITHIN_HOURS):
                facts.touch(fact, event).outcome = "came_back"


def _reply(facts: Facts, event: InquiryEvent) -> None:
    """Reply in time: against the due time that was in force."""
    if isinstance(event, _PROMISING):
        facts.begin(Kind.REPLY, event).due_at = event.standing.due_at
        return
    fact = facts.ongoing(Kind.REPLY)
    if fact is None:
        return
    if isinstance(event, happened.InquiryMerged):
        facts.end(fact, "merged", event)
    elif isinstance(event, happened.InquiryAnswered) and event.first_contact:
        facts.end(fact, "first_contact", event)
    elif isinstance(event, happened.InquiryAnswered | happened.InquiryResolved):
        facts.end(fact, "in_time" if _in_time(fact, event) else "late", event)
    elif isinstance(event, happened.InquiryPaused):
        if _in_time(fact, event):
            facts.touch(fact, event).due_at = None
    elif _says_when_due(event) and event.standing.due_at != fact.due_at:
        facts.touch(fact, event).due_at = event.standing.due_at


def _says_when_due(event: InquiryEvent) -> bool:
    """While it waits for the citizen, the time in the standing is when somebody looks again, unless a person set it."""
    return event.standing.state is State.OPEN or isinstance(event, happened.InquiryDueChanged)


def _in_time(fact: Fact, event: InquiryEvent) -> bool:
    """None: the due time stands still."""
    return fact.due_at is None or event.provenance.occurred_at <= fact.due_at


def _forward(facts: Facts, event: InquiryEvent) -> None:
    """What became of each forward."""
    if isinstance(event, happened.InquiryForwarded):
        facts.begin(Kind.FORWARD, event).department = event.to
        return
    fact = facts.ongoing(Kind.FORWARD)
    if fact is None:
        return
    if (outcome := _FORWARD_ENDS.get(type(event))) is not None:
        fact.value = getattr(event, "offered_minutes", None)
        facts.end(fact, outcome, event)
    elif event.standing.offered_to is None:
        facts.end(fact, "withdrawn", event)


def _callback(facts: Facts, event: InquiryEvent) -> None:
    """Callbacks in time: against the time that was promised."""
    fact = facts.ongoing(Kind.CALLBACK)
    if fact is not None and (outcome := _callback_end(fact, event)) is not None:
        facts.end(fact, outcome, event)
    elif fact is not None and isinstance(event, happened.InquiryCitizenContacted):
        facts.touch(fact, event)
    if isinstance(event, happened.InquiryCallbackPromised):
        begun = facts.begin(Kind.CALLBACK, event)
        begun.due_at, begun.value = event.standing.callback_due_at, 0


def _callback_end(fact: Fact, event: InquiryEvent) -> str | None:
    """How it ends with this event; None: it goes on. Counts the attempts, too."""
    in_time = _in_time(fact, event)
    kept = "in_time" if in_time else "late"
    match event:
        case happened.InquiryCitizenContacted():
            fact.value = (fact.value or 0) + in_time
            return kept if event.reached else None
        case happened.InquiryAnswered():
            return kept
        case happened.InquiryCallbackPromised():
            return "replaced" if in_time else "late"
        case happened.InquiryResolved(outcome="withdrawn"):
            return "withdrawn"
        case happened.InquiryResolved(outcome="unreachable"):
            return "in_time" if fact.value else "late"
        case happened.InquiryResolved():
            return kept
        case happened.InquiryMerged():
            return "merged"
    return None


def _search(facts: Facts, event: InquiryEvent) -> None:
    """The marathon: each search for the responsible department. Searches share out what the standing has added up."""
    fact = facts.ongoing(Kind.SEARCH)
    if fact is None:
        if not isinstance(event, happened.InquiryForwarded):
            return
        fact = facts.begin(Kind.SEARCH, event)
    standing = event.standing
    earlier = [other for other in facts.of(Kind.SEARCH) if other is not fact]
    counted = (
        standing.forwards - sum(other.value or 0 for other in earlier),
        standing.sent_back - sum(other.bounces or 0 for other in earlier),
        standing.lost_minutes - sum(other.lost_minutes or 0 for other in earlier),
    )
    if counted != (fact.value, fact.bounces, fact.lost_minutes):
        facts.touch(fact, event)
        fact.value, fact.bounces, fact.lost_minutes = counted
    first_door = fact.value == 1 and not fact.bounces
    if isinstance(event, happened.InquiryForwardAccepted):
        facts.end(fact, "first_door" if first_door else "later_door", event)
    elif isinstance(event, _CLOSING):
        facts.end(fact, "recalled" if first_door else "in_vain", event)
    elif not first_door and fact.outcome is None:
        facts.touch(fact, event).outcome = "searching"


_RULES: tuple[Callable[[Facts, InquiryEvent], None], ...] = (_contact, _reply, _forward, _callback, _search)
