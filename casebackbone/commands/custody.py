"""In whose hands it is: taking, putting back, passing on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from casebackbone.access import Permission, Role
from casebackbone.calendar import Pause
from casebackbone.commands.command import InquiryCommand, Scene
from casebackbone.content import Text
from casebackbone.inquiry import Inquiry
from casebackbone.refusals import Conflict, Forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(InquiryCommand):
    """The desk's people take from a desk, a department's from their department; a supervisor from either."""

    permission = Permission.CLAIM

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        holder, department = inquiry.standing.holder or "", scene.principal.department
        place = "desk:" if department is None else f"department:{department}"
        elsewhere = holder.startswith(("desk:", "department:")) and not holder.startswith(place)
        if elsewhere and not scene.principal.may(Permission.SUPERVISE):
            raise Forbidden("held_by_another", f"Das Anliegen liegt bei {holder}; von dort können Sie es nicht nehmen.")
        scene.directory.demand_person(scene.principal.actor, scene.cause.occurred_at)
        inquiry.claim(scene.principal.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(InquiryCommand):
    permission = Permission.RELEASE
    reason: str = "unspecified"

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.release(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendToBackground(InquiryCommand):
    permission = Permission.SEND_TO_BACKGROUND
    reason: str = "unspecified"

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.send_to_background(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward(InquiryCommand):
    """Without ``to`` it goes to the department that the directory names for its service and area."""

    permission = Permission.FORWARD
    to: str | None = None
    reason: str = "responsible"
    texts: Sequence[Text] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        now = scene.cause.occurred_at
        proposed = scene.directory.responsible(inquiry.standing.service, inquiry.standing.area, now)
        to = self.to or proposed
        if to is None:
            raise Conflict(
                "nobody_responsible",
                "Für die Leistung dieses Anliegens nennt das Verzeichnis keine zuständige Stelle. Bitte „to“ angeben.",
            )
        if Role.IMPORTER not in scene.principal.roles:  # an import tells what was, also of departments long forgotten
            scene.directory.demand_department(to, now)
        inquiry.forward(
            to,
            reason=self.reason,
            expires_at=scene.promise.acceptance(now, inquiry.standing.service).at,
            contents=scene.keep(self.texts),
            supervised=scene.principal.may(Permission.SUPERVISE),
            proposed=proposed,
            between_minutes=_minutes_since(inquiry.came_back_at, inquiry, scene) or 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(InquiryCommand):
    """``personally``: the one who accepts takes it themselves, instead of leaving it with the department."""

    permission = Permission.DECIDE_OFFER
    personally: bool = False

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        if self.personally:
            scene.directory.demand_person(scene.principal.actor, scene.cause.occurred_at)
        inquiry.accept(
            _department(inquiry, scene),
            scene.principal.actor if self.personally else None,
            offered_minutes=_offered_minutes(inquiry, scene),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(InquiryCommand):
    permission = Permission.DECIDE_OFFER
    reason: str
    suggestion: str | None = None
    texts: Sequence[Text] = ()

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.reject(
            _department(inquiry, scene),
            reason=self.reason,
            suggestion=self.suggestion,
            contents=scene.keep(self.texts),
            offered_minutes=_offered_minutes(inquiry, scene),
        )


def _department(inquiry: Inquiry, scene: Scene) -> str:
    """A department decides for itself; a supervisor or an import for the one that it is offered to."""
    department = scene.principal.department or inquiry.standing.offered_to
    if department is None:
        raise Conflict("no_offer", "Das Anliegen ist gerade keiner Stelle angeboten.")
    return department


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall(InquiryCommand):
    permission = Permission.RECALL

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.recall(offered_minutes=_offered_minutes(inquiry, scene))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireOffer(InquiryCommand):
    permission = Permission.EXPIRE

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        inquiry.expire_offer(offered_minutes=_offered_minutes(inquiry, scene))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroute(InquiryCommand):
    """``gone`` (``agent:<id>`` or ``department:<id>``) is no longer there; ``to`` is the department that follows it."""

    permission = Permission.REROUTE
    gone: str
    to: str | None = None
    reason: str

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        minutes = _offered_minutes(inquiry, scene)
        inquiry.reroute(self.gone, to=self.to, reason=self.reason, offered_minutes=minutes)


def _offered_minutes(inquiry: Inquiry, scene: Scene) -> int | None:
    """Service minutes since it was offered; None where that is not known (offers of earlier versions)."""
    return _minutes_since(inquiry.standing.offered_at, inquiry, scene)


def _minutes_since(moment: datetime | None, inquiry: Inquiry, scene: Scene) -> int | None:
    """Service minutes up to now, less those that the inquiry waited for the citizen."""
    if moment is None:
        return None
    now = scene.cause.occurred_at
    return scene.promise.passed(moment, now, [Pause(*wait) for wait in inquiry.waits(now)])
