"""Articles over REST: Anna writes, Hanna reviews, Sven publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.api.desk import Desk

BULKY = {
    "question": "Wann wird der Sperrmüll abgeholt?",
    "answer": "Nach **Anmeldung**, innerhalb von vier Wochen.",
    "keywords": ["Möbel", "Sofa"],
    "services": ["99012003000000"],
    "departments": ["Tiefbau"],
}
LATER = {**BULKY, "answer": "Innerhalb von zwei Wochen."}


@dataclass
class Written:
    """One article, at the version that its editors know."""

    desk: Desk
    body: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def path(self) -> str:
        return f"/articles/{self.id}"

    @property
    def version(self) -> int:
        return int(self.body["version"])

    def do(self, who: str, noun: str, json: Any = None, **more: Any) -> TestResponse:
        more.setdefault("version", self.version)
        return self.desk.post(who, f"{self.path}/{noun}", json, **more)

    def done(self, who: str, noun: str, json: Any = None, **more: Any) -> Written:
        response = self.do(who, noun, json, **more)
        assert response.status_code == 200, response.text
        self.body = response.json
        return self

    def published(self, **validity: str) -> Written:
        return self.done("hanna", "review").done("sven", "publication", validity)

    def revised(self, **validity: str) -> Written:
        return self.done("anna", "revision", LATER).published(**validity)

    def refuted(self, edition: int = 1) -> Written:
        return self.done("sven", f"editions/{edition}/refutation", {"reason": "mistake"})


def drafted(desk: Desk, **changes: Any) -> Written:
    response = desk.post("anna", "/articles", {**BULKY, **changes})
    assert response.status_code == 201, response.text
    return Written(desk, response.json)


def published(desk: Desk, **changes: Any) -> Written:
    return drafted(desk, **changes).published()
