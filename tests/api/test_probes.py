"""Alive, ready, measured; and what is served beside the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.problems import PROBLEMS
from events.schemas import EVENT_TYPES
from tests.api.desk import Desk


def test_alive_and_ready(desk: Desk) -> None:
    assert desk.get(None, "/healthz").json == {"status": "ok"}
    response = desk.get(None, "/readyz")
    assert response.status_code == 200
    assert {check["name"] for check in response.json["checks"]} == {"store", "views", "promise"}


def test_not_ready_says_what_is_missing(sqlite_url: str, tmp_path: Path) -> None:
    desk = Desk(sqlite_url, tmp_path)
    desk.close()
    for file in tmp_path.glob("casebackbone*.sqlite*"):
        file.unlink()
    again = Desk.__new__(Desk)
    from api.app import create_app
    from api.bootstrap import System

    again.settings, again.tokens = desk.settings, {}
    again.app = create_app(System(desk.settings))
    response = again.get(None, "/readyz")
    assert response.status_code == 503
    told = {check["name"]: check for check in response.json["checks"]}
    assert (told["store"]["ready"], told["views"]["ready"], told["promise"]["ready"]) == (False, False, True)
    assert again.get(None, "/healthz").status_code == 200
    answers = [
        again.post("anna", "/inquiries", {"channel": "phone", "question": "?"}),
        again.get("anna", "/worklists/mine"),
    ]
    assert [answer.status_code for answer in answers] == [503, 503]


def test_no_broker_is_not_ready(sqlite_url: str, tmp_path: Path) -> None:
    desk = Desk(sqlite_url, tmp_path, kafka_bootstrap="127.0.0.1:9", topic="none")
    response = desk.get(None, "/readyz")
    assert response.status_code == 503
    assert [check["name"] for check in response.json["checks"] if not check["ready"]] == ["topic"]
    desk.close()


def metrics(desk: Desk) -> dict[tuple[str, str], float]:
    text = desk.get(None, "/metrics").text
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("casebackbone_lag")
    }


def test_lag_in_events_and_seconds(desk: Desk) -> None:
    desk.received().resolved()
    desk.clock.forward(seconds=12)
    behind = {"casebackbone_lag_events": 3, "casebackbone_lag_seconds": 12}
    assert metrics(desk) == {(name, of): lag for name, lag in behind.items() for of in ("views", "texts")}
    desk.project()
    assert metrics(desk) == {
        (name, of): lag * (of == "texts") for name, lag in behind.items() for of in ("views", "texts")
    }
    desk.system.content_index.catch_up()
    assert set(metrics(desk).values()) == {0}
    assert (
        'casebackbone_http_requests_total{method="POST",route="/api/v1/inquiries",status="201"}'
        in desk.get(None, "/metrics").text
    )


def test_metrics_are_for_this_machine(desk: Desk) -> None:
    away = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.7"}}
    assert desk.get(None, "/metrics", **away).status_code == 401
    assert desk.get(None, "/metrics", headers={"X-Forwarded-For": "127.0.0.1"}, **away).status_code == 401


def test_metrics_for_all_where_the_settings_say_so(sqlite_url: str, tmp_path: Path) -> None:
    desk = Desk(sqlite_url, tmp_path, metrics="open")
    assert desk.get(None, "/metrics", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200
    desk.close()


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_schemas_are_served_and_hold(desk_with_events: Desk, event_type: str) -> None:
    response = desk_with_events.get(None, f"/schemas/{event_type}.json")
    assert (response.status_code, response.mimetype) == (200, "application/schema+json")
    validator = jsonschema_rs.validator_for(response.json)
    for document in desk_with_events.get("audrey", "/events").json:
        if document["type"] == event_type:
            validator.validate(document["data"])


@pytest.fixture(scope="module")
def desk_with_events(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("schemas")
    desk = Desk(f"sqlite:///{folder}/casebackbone.sqlite", folder)
    desk.received().resolved().done("anna", "reopening").accepted()
    yield desk
    desk.close()


@pytest.mark.parametrize("code", PROBLEMS)
def test_problem_types_are_served(desk_with_events: Desk, code: str) -> None:
    assert desk_with_events.get(None, f"/problems/{code}").json["title"] == PROBLEMS[code].title


def test_the_page_loads_nothing_from_elsewhere(desk_with_events: Desk) -> None:
    page = desk_with_events.get(None, "/docs")
    policy = page.headers["Content-Security-Policy"]
    nonce = page.text.partition('nonce="')[2].partition('"')[0]
    assert len(nonce) > 15
    assert f"script-src 'self' 'nonce-{nonce}'" in policy
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert nonce not in desk_with_events.get(None, "/docs").text
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"):
        assert desk_with_events.get(None, f"/docs/{name}").status_code == 200
    assert desk_with_events.get(None, "/docs/../settings.py").status_code == 404
    assert desk_with_events.get(None, "/docs/index.css").status_code == 404


def test_every_answer_is_guarded(desk_with_events: Desk) -> None:
    for path in ("/healthz", "/nowhere", "/worklists/mine", "/docs", "/openapi.json"):
        headers = desk_with_events.get(None, path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers.getlist("X-Content-Type-Options") == ["nosniff"]
