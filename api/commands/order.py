"""From a request to an order, and from what was done to an answer. The same for every command.

``If-Match`` says what the asker saw, ``Idempotency-Key`` makes a repeat harmless: the command id follows from it and
from who asks, so that the same key is the same command, today and tomorrow, on every worker.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4, uuid5

from flask import g, request

from api.context import correlation_id, local, now, principal, system
from api.errors import Problem, invalid
from api.representation import etag, inquiry_body
from api.representation_directory import directory_body
from casebackbone.application import Done, Order
from casebackbone.cause import Cause
from casebackbone.commands import Command, Receive
from casebackbone.directory import DIRECTORY_ID
from casebackbone.refusals import Stale
from casebackbone.translation import PUBLISHED
from events.labels import event_label

NAMESPACE = UUID("0b7d5c1e-7d0a-5d6c-9b55-2f8f0c0a8e11")
"""Never change it: command ids, and with them what counts as a repeat, follow from it."""

AHEAD = timedelta(minutes=5)
"""How far clocks may differ before a business time counts as being in the future."""

_ETAG = re.compile(r'"v([1-9][0-9]{0,8})"')
_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?")

Answer = tuple[dict[str, Any], int, dict[str, str]]


def receive(body: Mapping[str, Any], command: Receive, *then: Command) -> Answer:
    """A new inquiry: 201, and where it is."""
    order = order_on(None, body)
    told, _, headers = carry_out(order, lambda: system().application.receive(order, command, *then), inquiry_body)
    return told, HTTPStatus.CREATED, {**headers, "Location": told["_links"]["self"]}


def give(
    inquiry_id: UUID, body: Mapping[str, Any], *commands: Command, check: Callable[[], None] | None = None
) -> Answer:
    """Commands on an inquiry that exists. Raises Problem (412 with what happened since) or what the domain refuses.

    ``check`` depends on the time or on something else that may have changed since: a repeat does without it.
    """
    order = order_on(inquiry_id, body, expected_version())
    return carry_out(order, lambda: system().application.handle(order, *commands), inquiry_body, check)


def direct(body: Mapping[str, Any], *commands: Command, check: Callable[[], None] | None = None) -> Answer:
    """Commands on the directory. It is only added to, so that ``If-Match`` may be left out."""
    order = order_on(DIRECTORY_ID, body, expected_version(required=False))
    return carry_out(order, lambda: system().application.direct(order, *commands), directory_body, check)


def carry_out(
    order: Order,
    do: Callable[[], Done[Any]],
    show: Callable[[Any], dict[str, Any]],
    check: Callable[[], None] | None = None,
) -> Answer:
    """Does what is ordered and answers with the aggregate as ``show`` shows it; the way for every kind of subject.

    Raises Problem (412 with what happened since) or what the domain refuses. A repeat does without ``check``.
    """
    if check is not None and system().store.find_command(order.cause.command_id) is None:
        check()
    try:
        done = do()
    except Stale as stale:
        raise _stale(order.subject, stale) from None
    headers = {"ETag": etag(done.aggregate.version), "Casebackbone-Position": str(done.position)}
    if done.repeated:
        headers["Idempotency-Replayed"] = "true"
    return show(done.aggregate), HTTPStatus.OK, headers


def order_on(subject: UUID | None, body: Mapping[str, Any], expected: int | None = None) -> Order:
    """The order that this request gives: on ``subject``, or on one that begins with it."""
    command_id = _command_id()
    recorded_at = now()
    return Order(
        principal=principal(),
        cause=Cause(
            actor=principal().actor,
            command_id=command_id,
            correlation_id=correlation_id(),
            occurred_at=_occurred_at(body, recorded_at),
            recorded_at=recorded_at,
            traceparent=g.get("traceparent"),
        ),
        subject=subject or uuid5(command_id, "inquiry"),
        request_digest=_digest(expected),
        expected_version=expected,
    )


def _occurred_at(body: Mapping[str, Any], recorded_at: datetime) -> datetime:
    """Business time: as sent, else now. Raises Problem for the future."""
    sent: datetime | None = body.get("occurred_at")
    if sent is not None and sent > recorded_at + AHEAD:
        raise invalid("/occurred_at", "in_the_future", "Dieser Zeitpunkt liegt in der Zukunft.")
    return sent or recorded_at


def expected_version(*, required: bool = True) -> int | None:
    """The version in ``If-Match``. Raises Problem: 428 when it is required and missing."""
    header = request.headers.get("If-Match")
    if header is None:
        if not required:
            return None
        raise Problem(
            "precondition_required",
            "Bitte mit If-Match sagen, auf welchen Stand (ETag) sich die Änderung bezieht.",
        )
    found = _ETAG.fullmatch(header.strip())
    if found is None:
        raise Problem(
            "invalid_precondition",
            'If-Match muss genau ein starkes ETag sein, wie "v3"; * und W/"v3" werden nicht angenommen.',
            errors=[{"pointer": "If-Match", "code": "wrong_form", "detail": 'Erwartet wird "v<Version>".'}],
        )
    return int(found[1])


def _command_id() -> UUID:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return uuid4()
    if not _KEY.fullmatch(key):
        raise Problem(
            "invalid_idempotency_key",
            "Idempotency-Key muss aus 1 bis 128 druckbaren ASCII-Zeichen bestehen.",
            errors=[{"pointer": "Idempotency-Key", "code": "wrong_form", "detail": "1 bis 128 druckbare Zeichen."}],
        )
    return uuid5(NAMESPACE, f"{principal().actor}\n{key}")


def _digest(expected: int | None) -> str:
    """What makes two requests the same: method, address, version and content, however the JSON was written."""
    sent = json.dumps(g.get("sent") or {}, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{request.method} {request.path} {expected}\n{sent}".encode()).hexdigest()


def _stale(subject: UUID, stale: Stale) -> Problem:
    """412 that tells the agent what the other one did."""
    since = [
        {
            "version": event.originator_version,
            "type": PUBLISHED[type(event)].type,
            "label": event_label(PUBLISHED[type(event)].type),
            "actor": event.actor,
            "at": local(event.occurred_at),
        }
        for event in system().application.history(subject)
        if event.originator_version > stale.expected
    ]
    return Problem(
        "stale_version",
        stale.detail,
        since=since,
        version=stale.actual,
        headers={"ETag": etag(stale.actual)},
    )
