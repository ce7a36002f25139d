"""What citizens asked, of many inquiries at once: for those who look for what is asked again and again.

Each look is recorded, for every inquiry by itself and all of them committed, before any text is read (promise 10):
whoever asks later who has read their question finds this as well. What was erased is not there, and for somebody of a
department, who may work at the desk as well, what is out of their scope is not either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from casebackbone import access
from casebackbone.access import Permission, Principal
from casebackbone.application import Application
from casebackbone.content_search import SPOILT
from casebackbone.store import Store

PURPOSE = "learning"
"""Why they are read: to see what is asked and has no article."""

AT_ONCE = 500


def read_questions(
    application: Application, principal: Principal, inquiry_ids: Sequence[UUID], *, at: datetime
) -> dict[UUID, str]:
    """The questions of those of these inquiries that this person may see, by inquiry and in their order. Raises
    Forbidden."""
    access.demand(principal, Permission.READ_QUESTIONS)
    access.demand(principal, Permission.READ_CONTENT)
    texts: dict[UUID, str] = {}
    seen = (
        [one for one in inquiry_ids if _sees(application, principal, one)] if principal.of_department else inquiry_ids
    )
    for start in range(0, len(seen), AT_ONCE):
        texts |= _read(application.store, principal, seen[start : start + AT_ONCE], at)
    return texts


def _sees(application: Application, principal: Principal, inquiry_id: UUID) -> bool:
    """Of one whose events are spoilt nobody can tell whose it is."""
    try:
        return access.sees(principal, application.inquiry(inquiry_id).standing)
    except SPOILT:
        return False


def _read(store: Store, principal: Principal, inquiry_ids: Sequence[UUID], at: datetime) -> dict[UUID, str]:
    there: dict[UUID, list[UUID]] = defaultdict(list)
    for inquiry_id, content_id in store.contents_of(inquiry_ids, "question"):
        there[inquiry_id].append(content_id)
    role = ",".join(sorted(principal.roles))
    store.record_accesses(there, at=at, actor=principal.actor, role=role, purpose=PURPOSE)
    rows = store.read_contents([content_id for content_ids in there.values() for content_id in content_ids])
    read = {row.content_id: row.text for row in rows}
    texts = {}
    for inquiry_id in inquiry_ids:
        found = [text for content_id in there.get(inquiry_id, ()) if (text := read.get(content_id)) is not None]
        if found:
            texts[inquiry_id] = "\n".join(found)
    return texts
