"""Taking the next inquiry from a queue."""

from __future__ import annotations

from dataclasses import dataclass

from casebackbone.commands.command import Scene
from casebackbone.commands.custody import Claim
from casebackbone.inquiry import Inquiry
from casebackbone.refusals import Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class Take(Claim):
    """Claim it, if it still lies in one of the ``places`` (``desk:front`` …) and is offered to nobody."""

    places: frozenset[str]

    def act(self, inquiry: Inquiry, scene: Scene) -> None:
        standing = inquiry.standing
        if standing.holder not in self.places or standing.offered_to is not None:
            raise Conflict("not_in_the_queue", "Dieses Anliegen liegt nicht mehr in der Warteschlange.")
        # Two machines' clocks differ by a little: that must not leave it lying.
        inquiry.cause = scene.cause.at(max(scene.cause.occurred_at, inquiry.last_occurred_at))
        Claim.act(self, inquiry, scene)
