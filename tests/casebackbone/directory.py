"""Given, when, then over the directory: a clock that tests set, and nothing stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from casebackbone.directory import Directory
from casebackbone.directory_events import Department, Service
from casebackbone.refusals import Refused
from tests.casebackbone.desk import cause

BULKY = "99012003000000"
TREES = "99107006012000"
CITY = "07314000"
ADAM = "agent:adam"
TIEFBAU = Department("Tiefbauamt", CITY, phone="+49 621 504-0", opening_hours="Mo-Fr 08:00-12:00")
GREEN = Department("Grünflächenamt")
WASTE = Service("Sperrmüllabholung", ("Grobmüll", "Sperrgut"), "Abholung großer Gegenstände")


def year(number: int) -> datetime:
    return datetime(number, 1, 1, tzinfo=UTC)


class Book:
    """A directory; :meth:`say` makes one statement a minute after the last and returns its event."""

    def __init__(self) -> None:
        self.now = year(2026)
        self.directory = Directory.open(cause(ADAM, self.now))

    def say(self, command: str, *arguments: Any, **named: Any) -> Any:
        self.now += timedelta(minutes=1)
        self.directory.cause = cause(ADAM, self.now)
        getattr(self.directory, command)(*arguments, **named)
        return self.directory.pending_events[-1]

    def refuses(self, code: str, command: str, *arguments: Any, **named: Any) -> None:
        before = len(self.directory.pending_events)
        with pytest.raises(Refused) as refusal:
            self.say(command, *arguments, **named)
        assert refusal.value.code == code
        assert len(self.directory.pending_events) == before

    def filled(self) -> Book:
        """Two departments and two services since 2020; the first service belongs to the first department."""
        self.say("describe_department", "tiefbau", TIEFBAU, year(2020))
        self.say("describe_department", "gruen", GREEN, year(2020))
        self.say("describe_service", BULKY, WASTE, year(2020))
        self.say("describe_service", TREES, Service("Baumfällung"), year(2020))
        self.say("assign", BULKY, "tiefbau", None, year(2020))
        return self
