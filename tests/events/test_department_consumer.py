"""The example that department systems start from, run as they would run it."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from events.inquiry import InquiryEvent
from events.kafka import KafkaPublisher
from events.topic import TopicInfo
from tests.events.topics import new_topic
from tests.examples import Story

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "department_consumer.py"


@pytest.fixture
def place(kafka_bootstrap: str) -> TopicInfo:
    return new_topic(kafka_bootstrap)


def publish(bootstrap: str, place: TopicInfo, *events: InquiryEvent) -> None:
    publisher = KafkaPublisher(bootstrap, place.topic)
    publisher.publish(events)
    publisher.close()


def follow(bootstrap: str, topic: str, department: str = "tiefbau") -> "subprocess.CompletedProcess[str]":
    chosen = {"--bootstrap": bootstrap, "--topic": topic, "--department": department, "--until-idle": "4"}
    command = [sys.executable, str(EXAMPLE), *(word for pair in chosen.items() for word in pair)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd="/")


def lines(bootstrap: str, topic: str, department: str = "tiefbau") -> list[str]:
    ended = follow(bootstrap, topic, department)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.splitlines()


def line(event: InquiryEvent, *more: str) -> str:
    due = event.standing.due_at
    shown: list[Any] = [
        event.type.removeprefix("casebackbone.inquiry."),
        event.standing.reference,
        f"{due.isoformat()[:-6]}Z" if due else "-",
        *more,
    ]
    return " ".join(shown)


def test_it_prints_its_department_s_inquiries_once_and_goes_on_where_it_was(
    kafka_bootstrap: str, place: TopicInfo
) -> None:
    ours = Story("ours").received().forwarded("tiefbau").accepted().resolved()
    sent_back = Story("sent back").received().forwarded("tiefbau").rejected()
    foreign = Story("foreign").received().forwarded("standesamt").accepted()
    everything = [*ours.events, *sent_back.events, *foreign.events]
    publish(kafka_bootstrap, place, *everything, *ours.events[:3])
    got = lines(kafka_bootstrap, place.topic)
    expected = [line(event) for event in [*ours.events[1:], sent_back.events[1]]]
    assert sorted(got) == sorted([*expected, line(sent_back.events[2], "gone")])
    assert [text for text in got if ours.events[0].standing.reference in text] == expected[:3]

    later = Story("later").received().forwarded("tiefbau")
    publish(kafka_bootstrap, place, *later.events)
    assert lines(kafka_bootstrap, place.topic) == [line(later.events[1])]


def test_it_says_when_there_is_no_topic(kafka_bootstrap: str) -> None:
    ended = follow(kafka_bootstrap, "test.missing")
    assert ended.returncode == 1
    assert ended.stderr == "there is no topic test.missing\n"


def test_it_is_short_and_has_nothing_of_ours() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert set(re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)) == {"argparse", "json", "kafka"}
    code = text[text.index("options =") :].splitlines()
    assert len([row for row in code if row.strip()]) <= 40
