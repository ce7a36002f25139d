"""Every event type that was ever published has a golden file, stays readable, and is in every list that people use."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from events.catalogue import EVENTS, FAMILIES
from events.cloudevents import from_document, to_document
from events.documentation import DOCS, asyncapi_text, events_markdown
from events.labels import EVENT_LABELS, event_label
from events.published import PublishedEvent
from events.schemas import json_schema
from tests.events.golden import FOLDER, files
from tests.events.samples import sample

GOLDEN = sorted(FOLDER.glob("*.json"))


def document(file: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_every_event_has_a_golden_file_of_its_own(event: type[PublishedEvent]) -> None:
    assert document(files(event.type)[0])["type"] == event.type


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_golden_files_are_read_and_written_the_same(file: Path) -> None:
    golden = document(file)
    event = from_document(golden)
    assert event.type == golden["type"]
    assert file in files(event.type)
    assert said_again(golden, to_document(event))
    jsonschema_rs.validator_for(json_schema(event.type), validate_formats=True).validate(golden["data"])


def said_again(golden: Any, now: Any) -> bool:
    """Whether everything that was said is said in the same way; more may be said now."""
    if isinstance(golden, dict):
        return all(name in now and said_again(inner, now[name]) for name, inner in golden.items())
    if isinstance(golden, list):
        return len(golden) == len(now) and all(map(said_again, golden, now))
    return bool(golden == now)


def test_the_latest_golden_file_says_what_its_sample_says() -> None:
    """So that the files stand for the dataclasses, not only for themselves."""
    for kind in EVENTS:
        golden = document(files(kind.type)[-1])
        version, position = int(golden["sequence"]), int(golden["position"])
        assert golden == to_document(sample(kind, version=version, position=position))


def test_the_schema_is_not_content_with_anything() -> None:
    for kind in EVENTS:
        validator = jsonschema_rs.validator_for(json_schema(kind.type), validate_formats=True)
        data = document(files(kind.type)[-1])["data"]
        for broken in ({**data, "provenance": {}}, {**data, "provenance": {**data["provenance"], "command_id": "x"}}):
            assert not validator.is_valid(broken)


def _glossary_rows() -> dict[str, str]:
    lines = (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines()
    table = lines[lines.index("## Events") :]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table if line.startswith("| ")]
    return dict(rows[1:])


def test_labels_and_glossary_have_the_same_words() -> None:
    assert set(EVENT_LABELS) == {event.type for event in EVENTS}
    names = {kind: kind.removeprefix("casebackbone.").removesuffix(".v1") for kind in EVENT_LABELS}
    assert _glossary_rows() == {names[kind].removeprefix("inquiry."): label for kind, label in EVENT_LABELS.items()}
    assert event_label(EVENTS[0].type) == "eingegangen"


def test_the_documents_are_up_to_date() -> None:
    """If not: ``python -m events.documentation``."""
    assert (DOCS / "events.md").read_text(encoding="utf-8") == events_markdown()
    assert (DOCS / "asyncapi.json").read_text(encoding="utf-8") == asyncapi_text()


def test_the_introduction_names_the_subjects_of_every_family() -> None:
    introduction = events_markdown().partition("## Headers")[0]
    assert [family.identity for family in FAMILIES if f"`{family.identity}`" not in introduction] == []


def test_references_within_the_asyncapi_document_lead_somewhere() -> None:
    whole = json.loads(asyncapi_text())
    found = _references(whole)
    assert len(found) > 3 * len(EVENTS)
    for reference in found:
        node = whole
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for inner in node.values() for ref in _references(inner)]
    return [ref for inner in node for ref in _references(inner)] if isinstance(node, list) else []
