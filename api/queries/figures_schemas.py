"""Figures over HTTP: what may be asked, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from api.csv_answer import FORMATS
from api.fields import Choice, Identifier, Moment
from api.figure_numbers import AGE_CODES
from api.queries.looking import Fresh, List, LookQuery, PageQuery
from projections.figures import NONE


class CodeOrNone(Identifier):
    """An id, or ``(none)``: without one."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return NONE if value == NONE else super()._deserialize(value, attr, data, **kwargs)


class PeriodQuery(ma.Schema):
    """What happened from ``from`` (inclusive; without it, the last thirty local days) to ``to`` (exclusive; without it,
    now). The backlog is counted at ``to``, at the latest now. ``(none)``: without a service or a department."""

    start = Moment(data_key="from")
    end = Moment(data_key="to")
    service = CodeOrNone()
    department = CodeOrNone()
    format = Choice(FORMATS, metadata={"description": "Without it, `Accept` decides between JSON and CSV"})


class FigureQuery(LookQuery, PeriodQuery):
    """``by``: the rows; days are those of the city's time zone. ``age`` is for the backlog only."""

    by = Choice(["day", "service", "department", "age"], load_default="day")


class FigureEventsQuery(PageQuery, PeriodQuery):
    """``verdict``: only what was met, missed, or is undecided; without it what was counted. ``age``: backlog only."""

    verdict = Choice(["met", "missed", "undecided"])
    age = Choice(AGE_CODES)


class TargetItem(ma.Schema):
    """What the service promise wants; ``within_…`` null where it names no time."""

    share_percent = ma.fields.Integer(required=True)
    within_seconds = ma.fields.Integer(required=True, allow_none=True)
    within_service_minutes = ma.fields.Integer(required=True, allow_none=True)
    policy = ma.fields.String(required=True)


class FormulaItem(ma.Schema):
    """What a figure counts. ``met`` and ``missed`` are the outcomes of the facts behind it that count so."""

    code = ma.fields.String(required=True)
    version = ma.fields.Integer(required=True)
    label = ma.fields.String(required=True, metadata={"description": "German"})
    definition = ma.fields.String(required=True, metadata={"description": "German"})
    definition_en = ma.fields.String(required=True)
    source = ma.fields.String(required=True)
    met = ma.fields.List(ma.fields.String(), required=True)
    missed = ma.fields.List(ma.fields.String(), required=True)
    overdue_is_missed = ma.fields.Boolean(required=True)
    unit = ma.fields.String(required=True, allow_none=True, metadata={"description": "Of `value_sum` and `value_mean`"})
    better = ma.fields.String(required=True, allow_none=True)
    dimensions = ma.fields.List(ma.fields.String(), required=True)
    target = ma.fields.Nested(TargetItem, required=True, allow_none=True)


class Formulas(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(FormulaItem), required=True)


class CountItem(ma.Schema):
    """``counted`` are the met and the missed ones; ``share_percent`` is met of counted, null where nothing was counted
    or nothing can be met. ``kept``: at least the target. ``ages``: of the backlog, by class."""

    counted = ma.fields.Integer(required=True)
    met = ma.fields.Integer(required=True, allow_none=True)
    undecided = ma.fields.Integer(required=True, allow_none=True)
    share_percent = ma.fields.Float(required=True, allow_none=True)
    kept = ma.fields.Boolean(required=True, allow_none=True)
    measured = ma.fields.Integer(required=True)
    value_sum = ma.fields.Float(required=True, allow_none=True)
    value_mean = ma.fields.Float(required=True, allow_none=True)
    ages = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True, allow_none=True)


class FigureRow(CountItem):
    key = ma.fields.String(required=True, metadata={"description": "A day, a service, a department, a class of age"})


class Figure(Fresh):
    """A figure by its formula. The rows add up to ``total``; not the backlog by day, which is counted each evening."""

    formula = ma.fields.Nested(FormulaItem, required=True)
    start = Moment(required=True, data_key="from")
    end = Moment(required=True, data_key="to")
    time_zone = ma.fields.String(required=True)
    by = ma.fields.String(required=True)
    items = ma.fields.List(ma.fields.Nested(FigureRow), required=True)
    total = ma.fields.Nested(CountItem, required=True)


class EvidenceItem(ma.Schema):
    """One thing that counts, and the ids of the events that made it so (``<subject>:<version>``, as in the audit trail
    and the event feed). ``met`` null: undecided, or of the backlog. ``subject`` is an inquiry or a desk of a day."""

    subject = ma.fields.UUID(required=True)
    at = Moment(required=True)
    service = ma.fields.String(required=True, allow_none=True)
    department = ma.fields.String(required=True, allow_none=True)
    outcome = ma.fields.String(required=True, allow_none=True)
    met = ma.fields.Boolean(required=True, allow_none=True)
    value = ma.fields.Float(required=True, allow_none=True)
    due_at = Moment(required=True, allow_none=True)
    ended_at = Moment(required=True, allow_none=True)
    events = ma.fields.List(ma.fields.String(), required=True)


class FigureEvents(List):
    code = ma.fields.String(required=True)
    version = ma.fields.Integer(required=True)
    start = ma.fields.String(required=True, data_key="from")
    end = ma.fields.String(required=True, data_key="to")
    items = ma.fields.List(ma.fields.Nested(EvidenceItem), required=True)
