"""The record tampered with behind the software's back: ``audit verify`` says where, and ends with 3."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from casebackbone.checkpoint import public_key_of
from tests.story.city import write_city
from tests.story.commands import ROOT, Casebackbone, embedded

MAPPING = ROOT / "examples" / "city-requests.toml"


@pytest.fixture
def imported(tmp_path: Path) -> Casebackbone:
    casebackbone = embedded(tmp_path)
    casebackbone("db", "upgrade")
    casebackbone("import", write_city(tmp_path / "city.csv.gz", 5).path, "--mapping", MAPPING)
    return casebackbone


def _tamper(casebackbone: Casebackbone, *statements: str) -> None:
    connection = sqlite3.connect(casebackbone.folder / "casebackbone.sqlite")
    for statement in statements:
        assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()


def _key(folder: Path) -> tuple[Path, str]:
    key = Ed25519PrivateKey.generate()
    file = folder / "ledger.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file, public_key_of(key)


def _found(casebackbone: Casebackbone, *options: object, code: int = 3) -> list[dict[str, Any]]:
    findings: list[dict[str, Any]] = casebackbone("audit", "verify", "--json", *options, code=code).data["findings"]
    return findings


def _first(casebackbone: Casebackbone, condition: str) -> int:
    connection = sqlite3.connect(casebackbone.folder / "casebackbone.sqlite")
    query = f"SELECT min(notification_id) FROM casebackbone_events WHERE {condition}"
    found: int = connection.execute(query).fetchone()[0]
    connection.close()
    return found


@pytest.mark.parametrize(
    ("change", "code", "later"),
    [
        ("UPDATE {} SET state = CAST(replace(CAST(state AS TEXT), '\"en\"', '\"de\"') AS BLOB) WHERE {}", "edited", 0),
        ("UPDATE {} SET state = CAST('x' AS BLOB) WHERE {}", "unreadable", 0),
        ("UPDATE {} SET topic = 'inquiry.resolved' WHERE {} + 1", "edited", 1),
        ("DELETE FROM {} WHERE {} + 1", "missing", 2),
    ],
)
def test_what_was_changed_is_located(imported: Casebackbone, change: str, code: str, later: int) -> None:
    assert _found(imported, code=0) == []
    position = _first(imported, "topic = 'inquiry.received'")
    _tamper(imported, change.format("casebackbone_events", f"notification_id = {position}"))
    assert (code, position + later) in {(one["code"], one["position"]) for one in _found(imported)}


def test_a_cut_tail_shows_only_against_a_checkpoint(imported: Casebackbone, tmp_path: Path) -> None:
    key, signer = _key(tmp_path)
    checkpoint = tmp_path / "checkpoint.json"
    checkpoint.write_text(imported("audit", "checkpoint", "--key", key).out, encoding="utf-8")
    assert _found(imported, "--checkpoint", checkpoint, "--signer", signer, code=0) == []
    last = "(SELECT max(notification_id) FROM casebackbone_events)"
    _tamper(imported, f"DELETE FROM casebackbone_events WHERE notification_id = {last}")
    assert _found(imported, code=0) == []
    assert [one["code"] for one in _found(imported, "--checkpoint", checkpoint)] == ["truncated"]


def test_a_checkpoint_that_was_changed_or_is_anothers_is_refused(imported: Casebackbone, tmp_path: Path) -> None:
    key, _ = _key(tmp_path)
    made = imported("audit", "checkpoint", "--key", key).data
    changes: list[Callable[[], dict[str, Any]]] = [lambda: made | {"count": 1}, lambda: {"pages": []}]
    for change in changes:
        (tmp_path / "changed.json").write_text(json.dumps(change()), encoding="utf-8")
        assert "Traceback" not in imported("audit", "verify", "--checkpoint", tmp_path / "changed.json", code=1).err
    (tmp_path / "made.json").write_text(json.dumps(made), encoding="utf-8")
    other = public_key_of(Ed25519PrivateKey.generate())
    ended = imported("audit", "verify", "--checkpoint", tmp_path / "made.json", "--signer", other, code=1)
    assert "somebody else" in ended.err


def test_a_difference_between_store_and_views_is_listed_by_id(imported: Casebackbone) -> None:
    imported("project", "run", "--until-caught-up")
    assert imported("audit", "reconcile", "--json").data["differences"] == []
    views = imported.folder / "casebackbone.sqlite-views-1.sqlite"
    connection = sqlite3.connect(views)
    (inquiry,) = connection.execute("SELECT inquiry_id FROM custody WHERE valid_to IS NULL LIMIT 1").fetchone()
    connection.execute(
        "UPDATE custody SET department = 'elsewhere' WHERE inquiry_id = ? AND valid_to IS NULL", (inquiry,)
    )
    (gone,) = connection.execute("SELECT subject FROM applied WHERE subject <> ? LIMIT 1", (inquiry,)).fetchone()
    connection.execute("DELETE FROM applied WHERE subject = ?", (gone,))
    connection.execute("UPDATE custody_sums SET number = number + 1 WHERE what = 'received'")
    connection.commit()
    connection.close()
    data = imported("audit", "reconcile", "--json", code=3).data
    found = {(one["code"], (one["inquiry_id"] or "").replace("-", "")) for one in data["differences"]}
    assert data["reason"] == "differences"
    assert {("different_standing", inquiry), ("missing", gone), ("different_sum", "")} <= found
