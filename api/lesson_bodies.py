"""Lessons in JSON, and in one German sentence each: what is suggested, and whether it got better."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from api.context import local, now, principal
from api.representation_task import LESSONS, task_item
from casebackbone.access import Permission
from casebackbone.directory import Directory
from projections.article_search import Found
from projections.lesson_articles import ArticleLesson
from projections.lesson_doors import WrongDoor
from projections.lesson_effects import Effect, Rate
from projections.lesson_hours import BusyHour
from projections.lesson_tasks import TaskRow

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")


def learned(key: str, task: TaskRow | None, effect: Effect | None) -> dict[str, Any]:
    return {
        "key": key,
        "task": None if task is None else task_item(task),
        "effect": None if task is None or effect is None else effect_item(task, effect),
    }


def effect_item(task: TaskRow, effect: Effect) -> dict[str, Any]:
    return {
        "code": effect.code,
        "said": _said(task, effect),
        "before": _rate(effect.before),
        "after": None if effect.after is None else _rate(effect.after),
        "answers": effect.answers,
        "at_first_contact": effect.at_first_contact,
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "since": local(rate.since),
        "until": local(rate.until),
        "occurrences": rate.occurrences,
        "per_week": round(rate.per_week, 2),
    }


_VERDICTS = {
    "too_early": "Es ist noch zu früh, um zu sagen, ob es besser wurde",
    "better": "Es ist besser geworden",
    "same": "Es ist nicht besser geworden",
    "worse": "Es ist schlechter geworden",
    "not_shown": "Ob es besser wurde, sieht nur, wer die Fragen lesen darf",
    "not_done": "Die Aufgabe ist noch nicht erledigt",
}


def _said(task: TaskRow, effect: Effect) -> str:
    """One sentence for whoever opened the task."""
    told = f"{_VERDICTS[effect.code]}: {LESSONS[task.lesson]}, vorher {_times(effect.before)}"
    if effect.after is not None:
        told += f", seit der Erledigung {_times(effect.after)}"
    if effect.answers is not None:
        told += (
            f"; aus dem Artikel seitdem {effect.answers}-mal geantwortet, "
            f"davon {effect.at_first_contact}-mal beim ersten Kontakt"
        )
    return f"{told}."


def _times(rate: Rate) -> str:
    per_week = f"{rate.per_week:.1f}".replace(".", ",")
    return f"{rate.occurrences}-mal ({per_week} je Woche)"


def nearest_item(found: Found | None) -> dict[str, Any] | None:
    if found is None:
        return None
    edition = found.edition
    return {
        "article_id": edition.article_id,
        "edition": edition.edition,
        "question": edition.question,
        "score": round(found.score, 4),
    }


def article_item(lesson: ArticleLesson, lessons: list[dict[str, Any]]) -> dict[str, Any]:
    return {**asdict(lesson), "key": lesson.key, "lessons": lessons}


def door_item(door: WrongDoor, directory: Directory, inquiries: Any, learned: dict[str, Any]) -> dict[str, Any]:
    return {
        **asdict(door),
        **learned,
        "first_at": local(door.first_at),
        "last_at": local(door.last_at),
        "inquiries": list(inquiries),
        "change": change_for(door, directory, now()),
    }


def change_for(door: WrongDoor, directory: Directory, at: datetime) -> dict[str, Any]:
    """What the directory should say, if there is a pattern: most of them were taken by one department."""
    most, service = door.accepted_most, door.service
    taken = f"{most[1]} von {door.times} Anliegen nahm {most[0]} an" if most else ""
    if most is None and door.nowhere == door.times:
        return _change("nobody_known", "Niemand hat diese Anliegen angenommen; wer zuständig ist, ist nicht bekannt.")
    if most is None:
        return _change("no_pattern", "Zu wenige, oder verschiedene Stellen haben sie angenommen: daraus folgt nichts.")
    if service is None:
        return _change("name_service", f"{taken}; es fehlt aber die Leistung. Bitte vor dem Weiterleiten zuordnen.")
    named = directory.responsible(service, None, at)
    if named == most[0]:
        said = f"{taken}; das steht schon im Verzeichnis. Bitte dem Vorschlag beim Weiterleiten folgen."
        return _change("already_assigned", said, most[0], named)
    if directory.service(service, at) is None:
        said = f"{taken}; die Leistung {service} ist aber nicht beschrieben. Bitte zuerst ins Verzeichnis aufnehmen."
        return _change("describe_service", said, most[0])
    said = f"{taken}: Leistung {service} {most[0]} zuordnen statt {named or 'niemandem'}."
    href = f"/api/v1/directory/services/{service}/responsibilities"
    return _change("assign", said, most[0], named, {"method": "POST", "href": href, "body": {"department": most[0]}})


def _change(
    code: str, said: str, department: str | None = None, instead_of: str | None = None, command: Any = None
) -> dict[str, Any]:
    may = principal().may(Permission.MANAGE_DIRECTORY)
    return {
        "code": code,
        "said": said,
        "department": department,
        "instead_of": instead_of,
        "command": command if may else None,
    }


def hour_item(hour: BusyHour) -> dict[str, Any]:
    mean = hour.mean_wait_seconds
    return {
        **asdict(hour),
        "label": f"{WEEKDAYS[hour.weekday - 1]} {hour.hour}–{hour.hour + 1} Uhr",
        "mean_wait_seconds": None if mean is None else round(mean, 1),
        "peak_minutes": round(hour.peak_minutes, 1),
    }
