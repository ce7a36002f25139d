"""Whatever a client sends: a 4xx that says why, in one shape, and nothing stored."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from tests.api.desk import Desk

GOOD = b'{"channel": "phone", "question": "Wann?"}'
JSON = "application/json"

BODIES: dict[str, tuple[bytes, str | None, int]] = {
    "no body": (b"", None, 422),
    "an empty body that should be JSON": (b"", JSON, 400),
    "a list": (b"[]", JSON, 422),
    "a string": (b'"x"', JSON, 422),
    "null": (b"null", JSON, 422),
    "half": (GOOD[:-1], JSON, 400),
    "a key twice": (b'{"channel": "phone", "channel": "email", "question": "Wann?"}', JSON, 400),
    "UTF-16": (GOOD.decode().encode("utf-16"), JSON, 400),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, JSON, 400),
    "deep": (b"[" * 20_000, JSON, 400),
    "NaN": (b'{"channel": NaN}', JSON, 400),
    "an escaped NUL": (b'{"channel": "phone", "question": "a\\u0000b"}', JSON, 422),
    "a lone surrogate": (b'{"channel": "phone", "question": "a\\ud800b"}', JSON, 422),
    "2^63": (b'{"channel": "phone", "question": 9223372036854775808}', JSON, 422),
    "a form": (b"channel=phone&question=Wann", "application/x-www-form-urlencoded", 415),
    "no type": (GOOD, None, 415),
    "text": (GOOD, "text/plain", 415),
    "XML": (b"<a/>", "application/xml", 415),
    "JSON of another kind": (GOOD, "application/merge-patch+json", 415),
    "another charset": (GOOD, "application/json; charset=utf-16", 415),
    "a type that is none": (GOOD, "json;;;=", 415),
    "too large": (b'{"channel": "phone", "question": "' + b"x" * 2_000_000 + b'"}', JSON, 413),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies(desk: Desk, name: str) -> None:
    body, media_type, status = BODIES[name]
    headers = {} if media_type is None else {"Content-Type": media_type}
    response = desk.post("anna", "/inquiries", data=body, headers=headers)
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    assert response.json["status"] == status
    assert desk.get(None, response.json["type"]).status_code == 200
    assert desk.events() == 0


def test_a_packed_body(desk: Desk) -> None:
    headers = {"Content-Type": JSON, "Content-Encoding": "gzip"}
    assert desk.post("anna", "/inquiries", data=gzip.compress(GOOD), headers=headers).status_code == 415


INERT = {
    "SQL": "'; DROP TABLE contents; --",
    "HTML": "<script>alert(1)</script>",
    "a formula": '=HYPERLINK("http://evil")',
    "a path": "../../etc/passwd",
    "a template": "{{7*7}} ${7*7} %s %(x)s",
    "an event's own form": '{"_type_": "uuid_hex", "_data_": "x"}',
    "emoji and Arabic": "👩‍👩‍👧 مرحبا",
}


@pytest.mark.parametrize("name", INERT)
def test_texts_that_look_like_something_are_only_texts(desk: Desk, name: str) -> None:
    case = desk.received(question=INERT[name])
    response = desk.get("anna", f"{case.path}/contents?purpose=handling")
    assert response.json["items"][0]["text"] == INERT[name]
    assert response.mimetype == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


PATHS = {
    "/inquiries/1": 404,
    "/inquiries/00000000-0000-0000-0000-00000000000g": 404,
    "/inquiries/..%2f..%2fetc": 404,
    "/inquiries/%00": 404,
    "/inquiries/%ED%A0%80": 404,
    "/" + "a" * 3000: 404,
    "/status/%00": 404,
    "/status/" + "A" * 500: 404,
    "/status/%F0%9F%98%80": 404,
    "/schemas": 404,
    "//inquiries": 404,
}


@pytest.mark.parametrize("path", PATHS)
def test_addresses(desk: Desk, path: str) -> None:
    response = desk.get("anna", path)
    assert response.status_code in (PATHS[path], 308), response.text
    if response.status_code != 308:
        assert response.mimetype == "application/problem+json"


HEADERS: list[dict[str, str]] = [
    {"X-Request-ID": "x" * 5000},
    {"X-Request-ID": "{}"},
    {"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-01"},
    {"traceparent": "ff-" + "a" * 32 + "-" + "b" * 16 + "-01"},
    {"Accept": "image/png"},
    {"Accept-Language": "\xff"},
    {"Host": "evil.example"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Range": "bytes=0-1"},
    {"If-None-Match": "*"},
    {"Cookie": "a=" + "b" * 4000},
]


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: next(iter(headers)))
def test_headers(desk: Desk, headers: dict[str, str]) -> None:
    response = desk.get("anna", "/worklists/mine", headers=headers)
    assert response.status_code == (401 if "X-Forwarded-For" in headers else 200), response.text
    assert "evil" not in str(response.headers)


def test_a_correlation_id_goes_through_and_into_the_record(desk: Desk) -> None:
    given, trace = "6f1c0f3e-4b7a-4f43-9f57-0d8a0b8e2f11", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    body = {"channel": "phone", "question": "Wann?"}
    response = desk.post("anna", "/inquiries", body, headers={"X-Request-ID": given, "traceparent": trace})
    assert response.headers["X-Request-ID"] == given
    (item,) = desk.get("anna", f"/inquiries/{response.json['id']}/history").json["items"]
    assert item["correlation_id"] == given
    (stored,) = desk.system.read(0, 10)
    assert stored.provenance.traceparent == trace
    traced = desk.post("anna", "/inquiries", body, headers={"traceparent": trace})
    assert traced.headers["X-Request-ID"] == "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"


def test_what_breaks_inside_says_nothing_of_the_inside(desk: Desk, monkeypatch: Any, capsys: Any) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("Erika Mustermann, 0621 115")

    monkeypatch.setattr(type(desk.system.application), "receive", broken)
    response = desk.post("anna", "/inquiries", {"channel": "phone", "question": "Geheimnis"})
    logged = "".join(capsys.readouterr())
    assert (response.status_code, response.json["code"]) == (500, "internal_error")
    assert response.json["instance"] == f"urn:uuid:{response.headers['X-Request-ID']}"
    for secret in ("Mustermann", "Geheimnis", "Traceback", desk.token("anna")):
        assert secret not in response.text
        assert secret not in logged
    assert response.headers["X-Request-ID"] in logged


@pytest.mark.parametrize("kind", ["locked", "away"])
def test_a_database_that_cannot_be_used_is_503(desk: Desk, monkeypatch: Any, kind: str) -> None:
    from eventsourcing.persistence import OperationalError as Locked
    from sqlalchemy.exc import OperationalError as Away

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise Locked("database is locked") if kind == "locked" else Away("SELECT 'Mustermann'", {}, Exception("gone"))

    monkeypatch.setattr(desk.system.store.recorder, "insert_events", broken)
    response = desk.post("anna", "/inquiries", {"channel": "phone", "question": "Wann?"})
    assert (response.status_code, response.json["code"]) == (503, "store_unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert "Mustermann" not in response.text


def test_logs_hold_no_reference_no_text_and_no_token(desk: Desk, capsys: Any) -> None:
    case = desk.received(question="Kanarienvogel-7315")
    desk.project()
    reference = case.body["reference"]
    desk.get(None, f"/status/{reference}")
    desk.get("anna", f"/inquiries?reference={reference}")
    desk.get("anna", f"{case.path}/contents?purpose=handling")
    logged = "".join(capsys.readouterr())
    assert "/api/v1/status/<string:reference>" in logged
    for secret in (reference, "Kanarienvogel", desk.token("anna"), "anna"):
        assert secret not in logged
