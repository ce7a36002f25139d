"""With a real broker between store and views: what is not published yet counts as missing too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from events.kafka import create_topic
from tests.api.desk import Desk
from tests.api.test_probes import metrics


@pytest.fixture
def desk(database_url: str, tmp_path: Path, kafka_bootstrap: str, topic: str) -> Iterator[Desk]:
    create_topic(kafka_bootstrap, topic, partitions=12)
    made = Desk(database_url, tmp_path, kafka_bootstrap=kafka_bootstrap, topic=topic)
    yield made
    made.close()


def relay(desk: Desk) -> None:
    desk.system.relay().run(threading.Event(), until_caught_up=True)


def test_fresh_is_what_is_published_and_applied(desk: Desk) -> None:
    position = desk.received().answered().body["version"]
    desk.clock.forward(seconds=90)
    before = desk.get("audrey", "/nobody-lost/summary").json
    assert before["meta"] == {
        "as_of_position": 0,
        "as_of": None,
        "lag": {"events": position, "seconds": 90.0},
        "stale": True,
    }
    assert before["all_clear"] is False
    relay(desk)
    between = desk.get("audrey", "/nobody-lost/summary").json["meta"]
    assert (between["as_of_position"], between["lag"]["events"], between["stale"]) == (0, position, True)
    assert metrics(desk)["casebackbone_lag_events", "relay"] == 0
    desk.project()
    after = desk.get("audrey", "/nobody-lost/summary").json
    assert (after["meta"]["as_of_position"], after["meta"]["stale"], after["all_clear"]) == (position, False, True)
    assert desk.get("audrey", f"/nobody-lost/summary?min_position={position}").status_code == 200
    desk.received()
    unpublished = desk.get("audrey", "/nobody-lost/summary").json
    assert unpublished["meta"]["lag"]["events"] == 1
    assert metrics(desk)["casebackbone_lag_events", "relay"] == 1


def test_ready_with_a_topic_as_it_must_be(desk: Desk) -> None:
    response = desk.get(None, "/readyz")
    assert response.status_code == 200
    assert "topic" in {check["name"] for check in response.json["checks"]}


def test_not_ready_with_another_number_of_partitions(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    settings = desk.settings
    other = Desk(
        settings.database_url,
        folder,
        kafka_bootstrap=settings.kafka_bootstrap,
        topic=settings.topic,
        topic_partitions=6,
    )
    (topic,) = (check for check in other.get(None, "/readyz").json["checks"] if check["name"] == "topic")
    assert (topic["ready"], topic["detail"]) == (False, "12 partitions instead of 6")
    other.close()
