"""The aggregate Inquiry (Anliegen): one matter of one citizen, from the first word to the last.

Commands guard first, then trigger one event with the standing that follows. Guards run only here, never on replay.
Who has the inquiry and how it passes on is in ``casebackbone/custody.py``; what is the same matter as another, in
``casebackbone/duplicates.py``; who above has been told, in ``casebackbone/watched.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self
from uuid import UUID

from eventsourcing.utils import register_topic

from casebackbone import inquiry_events as happened
from casebackbone.cause import Cause
from casebackbone.custody import FRONT, NO_CALLBACK, NOTHING_TO_SEE, Place
from casebackbone.duplicates import Duplicates, closed
from casebackbone.forwarding import Forwarding
from casebackbone.recorded import GENESIS
from casebackbone.refusals import Conflict
from casebackbone.watched import Watched
from events.standing import Channel, ContentRef, Standing, State

if TYPE_CHECKING:
    from casebackbone.deadlines import Due


class Inquiry(Duplicates, Watched):
    """Times are UTC. Every command raises :class:`casebackbone.refusals.Refused` and then has changed nothing."""

    TOPIC: ClassVar[str] = "inquiry"

    cause: Cause
    standing: Standing
    last_occurred_at: datetime
    last_step_at: datetime
    escalations: int
    head: str
    answered: bool
    doors: list[str]
    been_to: set[str]
    doors_before_acceptance: int | None
    forwarding: Forwarding | None
    came_back_at: datetime | None
    waited: list[tuple[datetime, datetime]]
    remaining_minutes: int
    duplicates: list[UUID]
    before_merge: Standing
    contents: dict[UUID, ContentRef]
    answered_from: tuple[UUID | None, int | None]
    feedback: str | None
    consulted: set[tuple[UUID, int]]
    recalled: set[tuple[UUID, int]]

    def __init__(self) -> None:
        self.head = GENESIS
        self.answered = False
        self.escalations = 0
        self.doors = []
        self.been_to = set()
        self.doors_before_acceptance = None
        self.forwarding = None
        self.came_back_at = None
        self.waited = []
        self.remaining_minutes = 0
        self.duplicates = []
        self.contents = {}
        self.answered_from = (None, None)
        self.feedback = None
        self.consulted = set()
        self.recalled = set()

    # --- beginning ---------------------------------------------------------------------------------------------

    @classmethod
    def receive(
        cls,
        inquiry_id: UUID,
        cause: Cause,
        *,
        reference: str,
        channel: Channel,
        due: Due,
        contents: Iterable[ContentRef],
        service: str | None = None,
        language: str = "de",
        department: str | None = None,
        area: str | None = None,
    ) -> Self:
        """A citizen's inquiry reaches the front desk, or ``department`` directly; it has a holder and a due time."""
        standing = Standing(
            state=State.OPEN,
            reference=reference,
            channel=channel,
            received_at=cause.occurred_at,
            holder=f"department:{department}" if department else FRONT,
            due_at=due.at,
            due_policy=due.policy,
            service=service,
            department=department,
            area=area,
        )
        return cls._begin(
            happened.Received, inquiry_id, cause, standing=standing, contents=list(contents), language=language
        )

    # --- with the citizen --------------------------------------------------------------------------------------

    def answer(
        self,
        contents: Iterable[ContentRef],
        *,
        article_id: UUID | None = None,
        article_version: int | None = None,
    ) -> None:
        """The citizen has been answered; from an article of the Infodatenbank, or without one."""
        self._open("answer")
        # An import tells of the receipt and of an answer weeks later in one command.
        received_now = any(isinstance(event, happened.Received) for event in self.pending_events)
        first = received_now and self.cause.occurred_at == self.standing.received_at
        self._happens(
            happened.Answered,
            **NO_CALLBACK,
            contents=list(contents),
            first_contact=first,
            article_id=article_id,
            article_version=article_version,
            promised_until=self.standing.callback_due_at,
        )

    def consult(self, article_id: UUID, edition: int) -> None:
        """Somebody looks at an edition for this inquiry. Said once; again it changes nothing."""
        self._open("consult")
        if (article_id, edition) not in self.consulted:
            self._happens(happened.ArticleConsulted, article_id=article_id, article_version=edition)

    def recall_answer(self, article_id: UUID, edition: int) -> None:
        """What the citizen was told from this edition is not so: whoever holds it sees that, until they act."""
        self._open("recall_answer")
        flagged = self.calling_for("answer_recalled")
        self._happens(happened.AnswerRecalled, **flagged, article_id=article_id, article_version=edition)

    def promise_callback(
        self, due_at: datetime, *, not_before: datetime | None = None, contents: Iterable[ContentRef] = ()
    ) -> None:
        """The citizen will be called, not before and at the latest at these times. Replaces what was promised."""
        self._open("promise_callback")
        if not_before is not None and not_before >= due_at:
            raise Conflict("window_reversed", "Das Rückruffenster endet, bevor es beginnt.")
        if due_at <= self.cause.occurred_at:
            raise Conflict("window_over", "Das Rückruffenster ist schon vorbei.")
        self._happens(
            happened.CallbackPromised,
            callback_due_at=due_at,
            callback_not_before=not_before,
            callback_attempts=0,
            event={"not_before": not_before, "contents": list(contents)},
        )

    def contact(self, *, reached: bool, contents: Iterable[ContentRef] = ()) -> None:
        """Somebody tried to reach the citizen; a promised call is kept once they were reached."""
        self._open("contact")
        promised = self.standing.callback_due_at is not None
        attempts = self.standing.callback_attempts + promised
        self._happens(
            happened.CitizenContacted,
            **(NO_CALLBACK if reached else {"callback_attempts": attempts}),
            reached=reached,
            contents=list(contents),
            promised_until=self.standing.callback_due_at,
        )

    def pause(self, *, reason: str, remaining_minutes: int, until: Due) -> None:
        """It waits for the citizen: the clock stops with ``remaining_minutes`` of service time left."""
        self._open("pause")
        if self.standing.state is State.WAITING:
            raise Conflict("already_waiting", "Das Anliegen wartet schon auf die Bürgerin oder den Bürger.")
        self._happens(
            happened.Paused,
            state=State.WAITING,
            waiting_since=self.cause.occurred_at,
            due_at=until.at,
            due_policy=until.policy,
            event={"reason": reason, "remaining_minutes": remaining_minutes},
        )

    def resume(self, due: Due) -> None:
        """It goes on, with the service time that was left when it was paused."""
        if self.standing.state is not State.WAITING:
            raise Conflict("not_waiting", "Das Anliegen wartet nicht; es gibt nichts fortzusetzen.")
        self._happens(happened.Resumed, state=State.OPEN, waiting_since=None, due_at=due.at, due_policy=due.policy)

    # --- beside the way ----------------------------------------------------------------------------------------

    def classify(self, service: str, area: str | None = None) -> None:
        """Name or correct the service it is about, and where; without ``area`` that stays as it is."""
        self._open("classify")
        area = area or self.standing.area
        if (service, area) == (self.standing.service, self.standing.area):
            raise Conflict("unchanged", "Diese Leistung ist schon eingetragen.")
        self._happens(happened.Classified, service=service, area=area, previous_service=self.standing.service)

    def note(self, contents: Iterable[ContentRef], *, by_holder: bool = False) -> None:
        """Write a note, also on a closed inquiry. By its holder it says: I have seen what there was to look at."""
        seen = NOTHING_TO_SEE if by_holder else {}
        self._happens(happened.NoteAdded, **seen, contents=list(contents))

    def change_due(self, due: Due, *, reason: str) -> None:
        """Another due time, said by a person."""
        self._open("change_due")
        if due.at == self.standing.due_at:
            raise Conflict("unchanged", "Diese Frist gilt schon.")
        self._happens(
            happened.DueChanged,
            due_at=due.at,
            due_policy=due.policy,
            previous_due_at=self.standing.due_at,
            reason=reason,
        )

    def erase(self, content_ids: Iterable[UUID], *, basis: str) -> None:
        """Texts of this inquiry are erased; the references stay."""
        ids = [content_id for content_id in content_ids if content_id in self.contents]
        if not ids:
            raise Conflict("nothing_to_erase", "Zu diesem Anliegen gibt es keine Inhalte mehr zu löschen.")
        self._happens(happened.ContentErased, content_ids=ids, basis=basis)

    def give_feedback(self, verdict: str) -> None:
        """The citizen says whether the answer helped; once, also when all is done. What they said first stands."""
        if not self.answered:
            raise Conflict("not_answered", "Zu diesem Anliegen gibt es noch keine Antwort, die helfen konnte.")
        if self.feedback is not None:
            raise Conflict(
                "feedback_given", "Zu diesem Anliegen gibt es schon eine Rückmeldung; sie bleibt, wie sie ist."
            )
        article_id, article_version = self.answered_from
        self._happens(happened.FeedbackGiven, verdict=verdict, article_id=article_id, article_version=article_version)

    # --- the end, and back -------------------------------------------------------------------------------------

    def resolve(self, outcome: str) -> None:
        """Done for the citizen. An open offer must be recalled, accepted or rejected first, a promised call be made."""
        self._open("resolve")
        self._no_offer()
        self._no_callback_left(outcome)
        if outcome == "answered" and not self.answered:
            raise Conflict(
                "not_answered", "Es gibt noch keine Antwort; bitte erst antworten oder anderes Ergebnis wählen."
            )
        self._happens(happened.Resolved, **closed(State.RESOLVED), event={"outcome": outcome})

    def _no_callback_left(self, outcome: str) -> None:
        """A promised call ends with a call, with an answer, or because the citizen does not want or cannot have it."""
        if self.standing.callback_due_at is None or outcome == "withdrawn":
            return
        if outcome != "unreachable":
            raise Conflict(
                "callback_promised",
                "Ein Rückruf ist zugesagt; bitte erst anrufen und den Kontakt eintragen oder anderes Ergebnis wählen.",
            )
        if not self.standing.callback_attempts:
            raise Conflict("never_tried", "Der zugesagte Rückruf wurde noch nie versucht; bitte erst anrufen.")

    def reopen(self, due: Due, *, reason: str, contents: Iterable[ContentRef] = (), place: Place | None = None) -> None:
        """Not done after all: back to the department whose matter it is, or to the front desk, unless another ``place``
        is named."""
        if self.standing.state is not State.RESOLVED:
            raise Conflict("not_resolved", "Nur ein erledigtes Anliegen kann wieder aufgenommen werden.")
        self._happens(
            happened.Reopened,
            state=State.OPEN,
            holder=place.holder if place else self._home(),
            department=place.department if place else self.standing.department,
            due_at=due.at,
            due_policy=due.policy,
            reopened=self.standing.reopened + 1,
            **self.calling_for(reason if reason == "contradicted" else "reopened"),
            reason=reason,
            contents=list(contents),
        )


register_topic(Inquiry.TOPIC, Inquiry)
