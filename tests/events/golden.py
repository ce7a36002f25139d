"""Golden files: one document of every event version ever published. They are never changed, only added:
``python -m tests.events.golden`` writes those that are missing."""

from __future__ import annotations

import json
from pathlib import Path

from events.catalogue import EVENTS
from events.cloudevents import to_document
from tests.events.samples import sample

FOLDER = Path(__file__).resolve().parent.parent / "golden" / "events"


def path(event_type: str) -> Path:
    return FOLDER / f"{event_type}.json"


def write_missing() -> None:
    for number, kind in enumerate(EVENTS, start=1):
        if not path(kind.type).exists():
            document = to_document(sample(kind, version=number, position=number))
            path(kind.type).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_missing()
