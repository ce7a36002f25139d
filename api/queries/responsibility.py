"""Who is responsible? Asked in words or for an inquiry, before anyone forwards; answered in one sentence and in detail.

Words find services (in the views); who is responsible for a service is what the directory itself says, by the same
rule by which forwarding proposes a department.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import marshmallow as ma

from api.context import local, now, system
from api.fields import Area, Choice, Line, Part, Whole
from api.queries.directory import WhenQuery, directory_of
from api.queries.inquiries import PURPOSES, read_texts, visible
from api.queries.looking import Fresh, View, look
from api.representation_directory import DepartmentCard, department_card
from api.topic import Topic
from casebackbone.access import Permission
from casebackbone.directory import Directory
from casebackbone.directory_events import Service
from projections.directory_rows import BETWEEN

topic = Topic("responsibility", __name__, description="Who is responsible?")


class ResponsibilityQuery(WhenQuery):
    """``q``: what it is about, in the words of whoever asks; or ``service``: a LeiKa key. ``area``: an AGS or ARS."""

    q = Line(longest=1000)
    service = Line(longest=14)
    area = Area()
    limit = Whole(1, 20, load_default=5)

    @ma.validates_schema
    def _one(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("q" in data) == ("service" in data):
            raise ma.ValidationError("contradiction: Bitte entweder q oder service angeben.", "q")


class InquiryQuery(WhenQuery):
    """With a ``purpose``, services are also proposed by what the citizen said; that you looked is recorded first."""

    purpose = Choice(PURPOSES)
    limit = Whole(1, 20, load_default=5)


class AreaItem(ma.Schema):
    """Who is responsible in an area; null: in the whole city."""

    area = ma.fields.String(required=True, allow_none=True)
    department = Part(DepartmentCard, required=True)


class Candidate(ma.Schema):
    """A service that may be meant. ``code``: ``responsible``, ``area_needed`` or ``nobody_responsible``.

    ``highlights``: for each field the ranges of letters that match. ``areas`` is there when only an area decides.
    """

    service = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    synonyms = ma.fields.List(ma.fields.String(), required=True)
    description = ma.fields.String(required=True, allow_none=True)
    score = ma.fields.Float(required=True, allow_none=True)
    highlights = ma.fields.Dict(required=True)
    code = ma.fields.String(required=True)
    department = Part(DepartmentCard, required=True, allow_none=True)
    areas = ma.fields.List(ma.fields.Nested(AreaItem), required=True)


class Responsibility(Fresh):
    """``answer`` is one German sentence for the best candidate; ``code`` says the same to a program, also
    ``service_unknown`` when no service is known by these words."""

    at = ma.fields.String(required=True, metadata={"format": "date-time"})
    area = ma.fields.String(required=True, allow_none=True)
    code = ma.fields.String(required=True)
    answer = ma.fields.String(required=True, metadata={"description": "German"})
    candidates = ma.fields.List(ma.fields.Nested(Candidate), required=True)


@topic.route("/directory/responsibility", permission=Permission.READ_DIRECTORY)
@topic.arguments(ResponsibilityQuery, location="query")
@topic.response(200, Responsibility)
def responsibility(query: dict[str, Any]) -> dict[str, Any]:
    """Who is responsible for what these words are about, in this area, at this time?"""
    with look(query) as view:
        asked = _Asked(view, directory_of(query), query.get("at") or now(), query.get("area"))
        found = asked.by_words(query["q"], query["limit"]) if "q" in query else asked.of_service(query["service"])
        return view.answer(**asked.answer(found))


@topic.route("/inquiries/<uuid:inquiry_id>/responsibility", permission=Permission.READ_INQUIRY)
@topic.arguments(InquiryQuery, location="query")
@topic.response(200, Responsibility)
def responsibility_for(query: dict[str, Any], inquiry_id: UUID) -> dict[str, Any]:
    """Who is responsible for this inquiry: by its service and area, and by what the citizen said if you may read it."""
    inquiry = visible(inquiry_id)
    words = ""
    if "purpose" in query:
        questions = [ref.content_id for ref in inquiry.contents.values() if ref.kind == "question"]
        words = " ".join(row.text or "" for row in read_texts(inquiry, questions, query["purpose"]))
    with look(query) as view:
        asked = _Asked(view, directory_of(query), query.get("at") or now(), inquiry.standing.area)
        found = asked.of_service(inquiry.standing.service) if inquiry.standing.service else []
        known = {one["service"] for one in found}
        found += [one for one in asked.by_words(words, query["limit"]) if one["service"] not in known]
        return view.answer(**asked.answer(found))


class _Asked:
    """One question: at what time, where, and what the directory says of it."""

    def __init__(self, view: View, directory: Directory, at: datetime, area: str | None) -> None:
        self.view, self.directory, self.at, self.area = view, directory, at, area

    def by_words(self, words: str, limit: int) -> list[dict[str, Any]]:
        """Services that the words may mean, the best first."""
        hits = system().service_search.search(self.view.connection, words, at=self.at, limit=limit) if words else []
        found = []
        for hit in hits:
            key = hit.fields["service"]
            synonyms = hit.fields["synonyms"]
            described = Service(
                hit.fields["name"],
                tuple(synonyms.split(BETWEEN)) if synonyms else (),
                hit.fields["description"] or None,
            )
            if self.directory.service(key, self.at) is not None:
                found.append(self._candidate(key, described, hit.score, _ranges(hit.highlights, described)))
        return found

    def of_service(self, service: str) -> list[dict[str, Any]]:
        described = self.directory.service(service, self.at)
        return [] if described is None else [self._candidate(service, described, None, {})]

    def _candidate(
        self, key: str, described: Service, score: float | None, highlights: Mapping[str, Any]
    ) -> dict[str, Any]:
        department = self.directory.responsible(key, self.area, self.at)
        areas = [] if department or self.area else self.directory.assignments(key, self.at)
        return {
            "service": key,
            "name": described.name,
            "synonyms": list(described.synonyms),
            "description": described.description,
            "score": score,
            "highlights": highlights,
            "code": "responsible" if department else "area_needed" if areas else "nobody_responsible",
            "department": self._card(department),
            "areas": [{"area": area, "department": self._card(named)} for area, named in areas],
        }

    def _card(self, department: str | None) -> dict[str, Any] | None:
        said = self.directory.department(department, self.at) if department else None
        return (
            None if department is None or said is None else department_card(self.directory, department, self.at, said)
        )

    def answer(self, found: list[dict[str, Any]]) -> dict[str, Any]:
        code = found[0]["code"] if found else "service_unknown"
        where = f" im Gebiet {self.area}" if self.area else ""
        return {
            "at": local(self.at),
            "area": self.area,
            "code": code,
            "answer": _SAID[code](found[0] if found else {}, where, self._ask()),
            "candidates": found,
        }

    def _ask(self) -> str:
        supervisor = self.directory.supervisor(None, self.at)
        return f"die Aufsicht ({supervisor})" if supervisor else "die Aufsicht"


_SAID: dict[str, Any] = {
    "responsible": lambda one, where, ask: f"Für „{one['name']}“ ist{where} zuständig: {one['department']['name']}.",
    "area_needed": lambda one, where, ask: (
        f"Wer für „{one['name']}“ zuständig ist, hängt vom Ort ab. Bitte das Gebiet (AGS oder ARS) angeben."
    ),
    "nobody_responsible": lambda one, where, ask: (
        f"Für „{one['name']}“ ist{where} zu dieser Zeit niemand als zuständig eingetragen. Bitte nicht auf Verdacht "
        f"weiterleiten, sondern {ask} fragen."
    ),
    "service_unknown": lambda one, where, ask: (
        "Dazu ist zu dieser Zeit keine Leistung beschrieben. Bitte mit anderen Worten suchen; wenn es die Leistung "
        f"gibt, {ask} bitten, sie ins Verzeichnis aufzunehmen."
    ),
}


def _ranges(highlights: Mapping[str, Any], described: Service) -> dict[str, Any]:
    """By field; of synonyms for each one of its own. What is searched are all of them, one behind the other."""
    found: dict[str, Any] = {name: [list(one) for one in highlights.get(name, ())] for name in ("name", "description")}
    start, each = 0, []
    for synonym in described.synonyms:
        inside = [one for one in highlights.get("synonyms", ()) if start <= one[0] < start + len(synonym)]
        each.append([[begin - start, end - start] for begin, end in inside])
        start += len(synonym) + len(BETWEEN)
    return {**found, "synonyms": each}
