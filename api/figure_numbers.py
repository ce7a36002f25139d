"""A figure in numbers, beside what the service promise wants of it. The views count and know no promise; here the two
meet. For the API and for the command line, as JSON and as lines of CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from casebackbone.deadlines import Policy
from projections.figures import Count, Question
from projections.figures_formulas import AGES, Formula

AGE_CODES = [code for code, _, _ in AGES]
COLUMNS = (
    *("figure", "version", "from", "to", "key", "counted", "met", "share_percent", "target_percent", "kept"),
    *("undecided", "measured", "value_sum", "value_mean", "unit", *AGE_CODES, "as_of_position", "stale"),
)
"""Of a figure as CSV; each line says by itself what it is."""

EVERY_ONE = 100
"""Percent. A reply and a callback are promised to everybody, not to a share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """At least ``share_percent`` are met. ``within_…``: in what time, where the promise says one; services may have
    their own. ``policy`` is the promise as it is now; each due time was promised by the one of its day."""

    share_percent: int
    within_seconds: int | None = None
    within_service_minutes: int | None = None
    policy: str

    def kept(self, count: Count) -> bool | None:
        """Reckoned exactly; None where nothing was counted."""
        return count.met * 100 >= self.share_percent * count.counted if count.counted else None


def target_of(formula: Formula, policy: Policy) -> Target | None:
    """None where nothing is promised."""
    match formula.promise:
        case "calls":
            return Target(
                share_percent=policy.calls_percent,
                within_seconds=policy.calls_within_seconds,
                policy=policy.identity,
            )
        case "first_contact":
            return Target(share_percent=policy.first_contact_percent, policy=policy.identity)
        case "reply" | "callback" as duration:
            minutes = policy.minutes(duration)
            return Target(share_percent=EVERY_ONE, within_service_minutes=minutes, policy=policy.identity)
    return None


def formula_data(formula: Formula, policy: Policy) -> dict[str, Any]:
    """What is counted, by which version, and what is promised."""
    names = ("code", "version", "label", "definition", "definition_en", "source", "unit", "better", "overdue_is_missed")
    target = target_of(formula, policy)
    return {
        **{name: getattr(formula, name) for name in names},
        "met": sorted(formula.met),
        "missed": sorted(formula.missed),
        "dimensions": list(formula.dimensions),
        "target": None if target is None else asdict(target),
    }


def count_data(formula: Formula, count: Count, policy: Policy) -> dict[str, Any]:
    """A count, its share, whether the promise is kept, and its value. None is what there is not."""
    backlog = formula.kind is None
    target = target_of(formula, policy)
    measured = formula.measure is not None and count.measured > 0
    return {
        "counted": count.counted,
        "met": None if backlog else count.met,
        "undecided": None if backlog else count.undecided,
        "share_percent": rounded(count.share_percent),
        "kept": None if target is None else target.kept(count),
        "measured": count.measured,
        "value_sum": rounded(count.value_sum) if measured else None,
        "value_mean": rounded(count.value_mean) if measured else None,
        "ages": None if count.ages is None else dict(zip(AGE_CODES, count.ages, strict=True)),
    }


def csv_line(question: Question, key: str, count: Count, policy: Policy, **more: Any) -> Mapping[str, Any]:
    """One of :data:`COLUMNS`; ``more`` says how fresh it is."""
    formula = question.formula
    target = target_of(formula, policy)
    data = count_data(formula, count, policy)
    return {
        **data,
        **dict.fromkeys(AGE_CODES),
        **(data["ages"] or {}),
        "figure": formula.code,
        "version": formula.version,
        "from": question.start.astimezone(question.zone).isoformat(),
        "to": question.end.astimezone(question.zone).isoformat(),
        "key": key,
        "target_percent": None if target is None else target.share_percent,
        "unit": formula.unit,
        **more,
    }


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
