"""A town with a citizens' line: its people, its directory, its telephone system, and the time of day."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from api.auth import issue_development_token
from api.workers import caretaker_of
from events.kafka import create_topic
from tests.api.desk import PEOPLE, Case, Desk

HERE = ZoneInfo("Europe/Berlin")
FRONT = ("anna", "bert", "carla")
BACKGROUND = ("hanna", "ida", "jan", "kim")
TOWN: dict[str, tuple[str, str | None]] = {
    **PEOPLE,
    **dict.fromkeys(FRONT, ("front_agent", None)),
    **dict.fromkeys(BACKGROUND, ("background_agent", None)),
    "tim": ("department_staff", "Tiefbau"),
    "gina": ("department_staff", "Grünflächen"),
    "abel": ("department_staff", "Abfall"),
}
BULKY_WASTE, ROAD_DAMAGE = "99012003000000", "99107006012000"


class Town(Desk):
    """On SQLite it feeds its views itself; with a broker a relay stands between."""

    def __init__(self, database_url: str, folder: Path, broker: str | None = None, topic: str | None = None) -> None:
        more: dict[str, Any] = {}
        if broker is not None and topic is not None:
            create_topic(broker, topic, partitions=12)
            more = {"kafka_bootstrap": broker, "topic": topic}
        super().__init__(database_url, folder, **more)

    # --- time ------------------------------------------------------------------------------------------------------

    def at(self, day: int, hour: int, minute: int = 0, second: int = 0) -> Town:
        """It is then, in June 2026, on the clock of the town hall."""
        self.clock.now = datetime(2026, 6, day, hour, minute, second, tzinfo=HERE).astimezone(UTC)
        return self

    def news_spreads(self) -> Town:
        """Whatever has happened reaches the views: by the relay and the broker if there are any."""
        if not self.settings.embedded:
            self.system.relay().run(threading.Event(), until_caught_up=True)
        self.project()
        return self

    def caretaker_looks(self) -> dict[str, int]:
        """The caretaker goes round once; what it did, by kind."""
        done = dict(caretaker_of(self.system).round(self.clock.now).done)
        self.news_spreads()
        return {kind: count for kind, count in done.items() if count}

    # --- people ----------------------------------------------------------------------------------------------------

    def token(self, who: str) -> str:
        if who not in self.tokens:
            role, department = TOWN[who]
            self.tokens[who] = issue_development_token(self.settings, role, department, who)
        return self.tokens[who]

    def says(self, who: str, path: str, body: Any = None, **more: Any) -> Any:
        """A command that must succeed; what came back."""
        response = self.post(who, path, body if body is not None else {}, **more)
        assert response.status_code in (200, 201), response.text
        return response.json

    def reads(self, who: str | None, path: str, **query: Any) -> Any:
        response = self.get(who, path, query_string=query)
        assert response.status_code == 200, response.text
        return response.json

    def refused(self, who: str, path: str, body: Any = None, **more: Any) -> str:
        """A command that must be refused; with which code."""
        response = self.post(who, path, body if body is not None else {}, **more)
        assert 400 <= response.status_code < 500, response.text
        return str(response.json["code"])

    def case(self, body: Any) -> Case:
        return Case(self, body)

    # --- the telephone ---------------------------------------------------------------------------------------------

    def rings(self, *calls: str) -> Town:
        """Calls come in, one second after the other."""
        for call in calls:
            self._call(call, "offered")
            self.clock.forward(seconds=1)
        return self

    def answers(self, who: str, call: str) -> Town:
        return self._call(call, "answered", person=who)

    def hangs_up(self, call: str) -> Town:
        return self._call(call, "abandoned")

    def _call(self, call: str, event: str, **more: Any) -> Town:
        told = {"call": call, "event": event, "occurred_at": self.clock.now.isoformat(), **more}
        self.says("telefonanlage", "/calls", told)
        return self

    # --- the directory ---------------------------------------------------------------------------------------------

    def has_a_directory(self) -> Town:
        since = "2020-01-01T00:00:00+01:00"
        for department, name in (
            ("Tiefbau", "Tiefbauamt"),
            ("Grünflächen", "Grünflächenamt"),
            ("Abfall", "Stadtreinigung"),
        ):
            self._directs("departments", {"department": department, "name": name, "valid_from": since})
        for service, name, synonyms, department in (
            (BULKY_WASTE, "Sperrmüllabholung", ["Sperrgut", "alte Möbel"], "Abfall"),
            (ROAD_DAMAGE, "Straßenschaden melden", ["Schlagloch", "kaputter Gehweg"], "Tiefbau"),
        ):
            self._directs("services", {"service": service, "name": name, "synonyms": synonyms, "valid_from": since})
            self._directs(f"services/{service}/responsibilities", {"department": department, "valid_from": since})
        for unit in ("desk:front", "desk:background", "department:Tiefbau"):
            self._directs("people/agent:sven/memberships", {"unit": unit, "function": "supervisor"})
        return self.news_spreads()

    def _directs(self, path: str, body: Any) -> None:
        self.says("adam", f"/directory/{path}", body)
