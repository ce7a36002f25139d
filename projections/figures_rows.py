"""How figures come from events: the view. What is asked of it is in :mod:`projections.figures`."""

from __future__ import annotations

from sqlalchemy import Connection

from events import desk, inquiry
from events.desk import CallEvent, DeskEvent
from events.inquiry import InquiryEvent
from projections import figures_backlog as backlog
from projections import figures_calls, figures_facts
from projections.figures_backlog import BACKLOG, Open
from projections.figures_facts import FACTS, Fact
from projections.figures_inquiry import Facts
from projections.view import Batch, View


def _apply(connection: Connection, batch: Batch) -> None:
    _apply_inquiries(connection, batch.of((InquiryEvent,)))
    _apply_calls(connection, batch.of((DeskEvent,)))


def _apply_inquiries(connection: Connection, batch: Batch) -> None:
    later = [subject for subject, history in batch.histories.items() if history[0].version > 1]
    known, open_ = figures_facts.facts_of(connection, later), backlog.open_now(connection, later)
    facts: list[Fact] = []
    intervals: list[Open] = []
    for subject, history in batch.histories.items():
        mine = Facts(subject, known.get(subject, ()))
        for event in history:
            mine.take(event)
        facts += mine.changed.values()
        intervals += backlog.changed(open_.get(subject), history)
    figures_facts.store(connection, facts)
    backlog.store(connection, intervals)


def _apply_calls(connection: Connection, batch: Batch) -> None:
    for subject, history in batch.histories.items():
        known = figures_facts.calls_of(connection, subject, figures_calls.calls_in(history))
        figures_facts.store(connection, figures_calls.changed(subject, known, history))


_CALLS: frozenset[type[CallEvent]] = frozenset({desk.CallOffered, desk.CallAnswered, desk.CallAbandoned})
_SAY_NOTHING: frozenset[type[InquiryEvent]] = frozenset(
    {
        inquiry.InquiryClaimed,
        inquiry.InquiryNoteAdded,
        inquiry.InquiryEscalated,
        inquiry.InquiryEscalationAcknowledged,
        inquiry.InquiryContentErased,
        inquiry.InquiryDuplicateRemoved,
        inquiry.InquiryFeedbackGiven,
        inquiry.InquiryArticleConsulted,
        inquiry.InquiryAnswerRecalled,
    }
)

FIGURES = View(
    name="figures",
    version=1,
    tables=(FACTS, BACKLOG),
    apply=_apply,
    handles=frozenset(inquiry.EVENTS) - _SAY_NOTHING | _CALLS,
    ignores=_SAY_NOTHING | (frozenset(desk.EVENTS) - _CALLS),
    families=(InquiryEvent, DeskEvent),
)
