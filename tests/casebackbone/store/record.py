"""A record with inquiries in it, and hands on its tables that only a forger has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import text

from casebackbone.access import Principal, Role
from casebackbone.application import Application, Done, Order
from casebackbone.cause import Cause
from casebackbone.commands import Answer, Claim, Command, Receive, Resolve
from casebackbone.content import Text
from casebackbone.deadlines import load_promise
from casebackbone.reference import new_reference
from casebackbone.store import Store, open_store, upgrade_store
from events.standing import Channel

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMESPACE = UUID("6a3c4f0e-0000-4000-8000-000000000365")
ANNA = Principal("anna", frozenset({Role.FRONT_AGENT}))
BERND = Principal("bernd", frozenset({Role.FRONT_AGENT}))
PROMISE = load_promise()


class Record:
    """An empty store on a database, and an application on it."""

    def __init__(self, database_url: str) -> None:
        upgrade_store(database_url)
        self.store: Store = open_store(database_url)
        self.application = Application(self.store, PROMISE)

    def close(self) -> None:
        self.store.close()

    def order(
        self,
        inquiry: int | UUID,
        *,
        key: str = "",
        version: int | None = None,
        principal: Principal = ANNA,
        digest: str = "body",
        after: timedelta = timedelta(0),
    ) -> Order:
        inquiry_id = inquiry if isinstance(inquiry, UUID) else inquiry_id_of(inquiry)
        command_id = uuid5(inquiry_id, f"{principal.subject}{key}{version}")
        cause = Cause(
            actor=principal.actor,
            command_id=command_id,
            correlation_id=command_id,
            occurred_at=NOW + after,
            recorded_at=NOW + after,
        )
        return Order(
            principal=principal, cause=cause, subject=inquiry_id, request_digest=digest, expected_version=version
        )

    def receive(self, inquiry: int, *then: Command, **order: Any) -> Done:
        received = Receive(
            channel=Channel.PHONE, reference=new_reference(), texts=[Text("question", f"Frage {inquiry}")]
        )
        return self.application.receive(self.order(inquiry, key="receive", **order), received, *then)

    def first_contact(self, inquiry: int) -> Done:
        """Received, answered and resolved in one command: three events."""
        return self.receive(inquiry, Answer(texts=[Text("answer", "Um acht.")]), Resolve())

    def claim(self, inquiry: int, version: int = 1, principal: Principal = ANNA) -> Done:
        return self.application.handle(self.order(inquiry, key="claim", version=version, principal=principal), Claim())

    def sql(self, statement: str, **values: Any) -> list[Any]:
        with self.store.engine.begin() as connection:
            done = connection.execute(text(statement), values)
            return list(done) if done.returns_rows else []

    def own(self, inquiry: int) -> Any:
        """The inquiry's id as the events' table of this database has it."""
        inquiry_id = inquiry_id_of(inquiry)
        return inquiry_id if self.store.engine.dialect.name == "postgresql" else inquiry_id.hex


def inquiry_id_of(number: int) -> UUID:
    return uuid5(NAMESPACE, str(number))
