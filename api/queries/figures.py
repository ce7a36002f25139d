"""Figures: how well the promise is kept, by which formula, and the events behind each number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from api.context import local, now, system
from api.csv_answer import CSV, csv_answer
from api.errors import Problem, invalid
from api.figure_numbers import COLUMNS, count_data, csv_line, formula_data, rounded
from api.queries.figures_schemas import (
    EvidenceItem,
    Figure,
    FigureEvents,
    FigureEventsQuery,
    FigureQuery,
    Formulas,
)
from api.queries.looking import LINK, Answer, look
from api.topic import Topic
from casebackbone.access import Permission
from projections import figures as view_of
from projections.figures import Evidence, Question
from projections.figures_formulas import FORMULAS, Formula

topic = Topic("figures", __name__, description="How well the promise is kept")


@topic.route("/figures", permission=Permission.READ_FIGURES)
@topic.response(200, Formulas)
def formulas() -> dict[str, Any]:
    """Every figure there is: its formula in words, the version of that, and what the promise wants of it."""
    policy = system().promise.policy
    return {"items": [formula_data(formula, policy) for formula in FORMULAS.values()]}


@topic.route("/figures/<string:code>", permission=Permission.READ_FIGURES)
@topic.arguments(FigureQuery, location="query")
@topic.response(200, Figure)
@topic.doc(**CSV)
def figure(query: dict[str, Any], code: str) -> dict[str, Any] | Response:
    """A figure per day, service, department or age. As JSON, or as CSV."""
    formula = _known(code)
    question = _question(formula, query)
    if query["by"] not in formula.dimensions:
        raise invalid("/by", "no_such_dimension", f"Diese Zahl gibt es nach {', '.join(formula.dimensions)}.")
    if query["by"] == "day" and question.end - question.start > timedelta(days=view_of.MOST_DAYS):
        raise invalid("/from", "period_too_long", f"Nach Tagen geht es für höchstens {view_of.MOST_DAYS} Tage.")
    policy = system().promise.policy
    with look(query) as view:
        rows = view_of.rows(view.connection, question, query["by"])
        if _as_csv(query):
            fresh = {"as_of_position": view.freshness.as_of_position, "stale": view.freshness.stale}
            return csv_answer(COLUMNS, [csv_line(question, row.key, row.count, policy, **fresh) for row in rows], _VARY)
        return view.answer(
            formula=formula_data(formula, policy),
            start=local(question.start),
            end=local(question.end),
            time_zone=question.zone.key,
            by=query["by"],
            items=[{"key": row.key, **count_data(formula, row.count, policy)} for row in rows],
            total=count_data(formula, view_of.total(view.connection, question), policy),
        )


@topic.route("/figures/<string:code>/events", permission=Permission.READ_FIGURES)
@topic.arguments(FigureEventsQuery, location="query")
@topic.response(200, FigureEvents, headers=LINK)
@topic.doc(**CSV)
def figure_events(query: dict[str, Any], code: str) -> Answer | Response:
    """What is behind a figure, one by one, with the ids of the events. Count them, and you get the figure."""
    formula = _known(code)
    question = _question(formula, query)
    backlog = formula.kind is None
    if backlog and "verdict" in query:
        raise invalid("/verdict", "no_such_dimension", "Beim Bestand wird nichts erfüllt oder verfehlt.")
    if not backlog and "age" in query:
        raise invalid("/age", "no_such_dimension", "Nur der Bestand wird nach Alter gezählt.")
    with look(query) as view:
        page = view_of.evidence(
            view.connection,
            question,
            verdict=query.get("verdict"),
            age=query.get("age"),
            after=query.get("cursor"),
            limit=query["limit"],
        )
        period = {"from": local(question.start), "to": local(question.end)}
        body, status, headers = view.page(
            page, _evidence, code=formula.code, version=formula.version, start=period["from"], end=period["to"]
        )
    if page.next_cursor is not None:  # the next page is one of the same period, although time goes on
        parameters = {**request.args.to_dict(), **period, "cursor": page.next_cursor}
        headers["Link"] = f'<{request.path}?{urlencode(parameters)}>; rel="next"'
    if not _as_csv(query):
        return body, status, headers
    rows = [{**item, "events": " ".join(item["events"])} for item in body["items"]]
    return csv_answer(list(EvidenceItem().fields), rows, {**headers, **_VARY})


# --- in and out ------------------------------------------------------------------------------------------------------

_VARY = {"Vary": "Accept"}


def _known(code: str) -> Formula:
    if code not in FORMULAS:
        raise Problem("not_found", f"Diese Zahl gibt es nicht. Es gibt: {', '.join(FORMULAS)}.")
    return FORMULAS[code]


def _question(formula: Formula, query: Mapping[str, Any]) -> Question:
    zone = system().settings.timezone
    start, end = view_of.usual_period(query.get("start"), query.get("end"), now(), zone)
    if start >= end:
        raise invalid("/to", "period_reversed", "„to“ muss nach „from“ liegen.")
    for name in ("service", "department"):
        if name in query and name not in formula.dimensions:
            raise invalid(f"/{name}", "no_such_dimension", "Anrufe haben keine Leistung und keine Stelle.")
    return Question(
        formula=formula,
        start=start,
        end=end,
        now=now(),
        zone=zone,
        service=query.get("service"),
        department=query.get("department"),
    )


def _as_csv(query: Mapping[str, Any]) -> bool:
    if "format" in query:
        return bool(query["format"] == "csv")
    return request.accept_mimetypes.best_match(["application/json", "text/csv"]) == "text/csv"


def _evidence(one: Evidence) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("subject", "service", "department", "outcome", "met")},
        "value": rounded(one.value),
        "at": local(one.at),
        "due_at": local(one.due_at),
        "ended_at": local(one.ended_at),
        "events": list(one.events),
    }
