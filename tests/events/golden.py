"""Golden files: one document of every event version ever published. They are never changed, only added:
``python -m tests.events.golden`` writes those that are missing."""

from __future__ import annotations

import json
from pathlib import Path

from events.catalogue import EVENTS
from events.cloudevents import to_document
from tests.events.samples import sample

FOLDER = Path(__file__).resolve().parent.parent / "golden" / "events"


def files(event_type: str) -> list[Path]:
    """The documents of a type, the oldest first: ``<type>.json``, and ``<type>.2.json`` … after fields were added."""
    first = FOLDER / f"{event_type}.json"
    later = sorted(FOLDER.glob(f"{event_type}.*.json"), key=lambda file: int(file.suffixes[-2][1:]))
    return [*([first] if first.exists() else []), *later]


def write_missing() -> None:
    for number, kind in enumerate(EVENTS, start=1):
        document = to_document(sample(kind, version=number, position=number))
        there = files(kind.type)
        if there and _fields(json.loads(there[-1].read_text(encoding="utf-8"))) == _fields(document):
            continue
        name = f"{kind.type}.{len(there) + 1}.json" if there else f"{kind.type}.json"
        (FOLDER / name).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _fields(node: object) -> object:
    """The names in a document, without their values."""
    if isinstance(node, dict):
        return {name: _fields(inner) for name, inner in node.items()}
    return [_fields(inner) for inner in node] if isinstance(node, list) else None


if __name__ == "__main__":
    write_missing()
