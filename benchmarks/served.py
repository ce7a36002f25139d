"""What the API is held against, for gunicorn: no framework at all, and the same route without what the backbone is for.

The route takes the body that the API takes and gives the answer that it gives, with Flask and marshmallow, and writes
the same rows by plain INSERTs: no login, no idempotency, no deadline, no hash chain, no log line, no metrics.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import marshmallow as ma
import psycopg
from eventsourcing.persistence import StoredEvent
from flask import Flask
from flask_smorest import Api, Blueprint

from api.commands.receiving import ReceiveBody
from api.representation import InquiryBody
from benchmarks import raw
from benchmarks.append import library_recorder, rows

DATABASE = "BENCHMARK_DATABASE"


def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The least that a server of Python does."""
    environ["wsgi.input"].read()
    body = b'{"id":"0"}'
    start_response("201 Created", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def inserting() -> Flask:
    """Flask and marshmallow with the same rows by plain INSERTs."""
    connections = threading.local()

    def save() -> UUID:
        if not hasattr(connections, "mine"):
            connections.mine = psycopg.connect(os.environ[DATABASE], autocommit=True)
        event, content, record = rows()
        raw.insert(connections.mine, event, content, record)
        return record.subject

    return _app(save)


def recording() -> Flask:
    """The same with the library's recorder, which stores the event alone."""
    recorder = library_recorder(os.environ[DATABASE], 16)

    def save() -> UUID:
        event: StoredEvent = rows()[0]
        recorder.insert_events([event])
        return UUID(str(event.originator_id))

    return _app(save)


def _app(save: Callable[[], UUID]) -> Flask:
    app = Flask("benchmark", static_folder=None)
    app.config.update(API_TITLE="benchmark", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    topic = Blueprint("benchmark", __name__)
    answer: type[ma.Schema] = InquiryBody

    @topic.route("/api/v1/inquiries", methods=["POST"])
    @topic.arguments(ReceiveBody(), location="json")
    @topic.response(201, answer)
    def receive(body: dict[str, Any]) -> dict[str, Any]:
        return _told(save(), body)

    Api(app).register_blueprint(topic)
    return app


_EMPTY = dict.fromkeys(InquiryBody().fields)
_COUNTS = dict.fromkeys(
    ("forwards", "sent_back", "lost_minutes", "circles", "callback_attempts", "reopened", "bounces"), 0
)


def _told(inquiry_id: UUID, body: dict[str, Any]) -> dict[str, Any]:
    """An inquiry that has just come in, with everything that the API says of one."""
    now = datetime.now(UTC)
    return {
        **_EMPTY,
        **_COUNTS,
        "id": inquiry_id,
        "reference": "K7WM-2QXH-9RTD",
        "version": 1,
        "state": "open",
        "channel": body["channel"],
        "holder": "desk:front",
        "service": body.get("service"),
        "received_at": now,
        "due_at": now + timedelta(hours=4),
        "due_policy": "reply",
        "last_step_at": now,
        "marathon": {"doors_before_acceptance": 0, "bounces": 0, "circles": 0, "lost_minutes": 0},
        "duplicates": [],
        "doors": [],
        "contents": [{"content_id": inquiry_id, "kind": "question"}],
        "_links": {"self": f"/api/v1/inquiries/{inquiry_id}"},
    }
