"""Offers that nobody accepted go back to the desk: once, whoever fires, and whatever the view believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from casebackbone.access import Principal, Role
from casebackbone.application import Application, Order
from casebackbone.caretaker import Caretaker, DueOffer, Round
from casebackbone.cause import Cause
from casebackbone.commands import Accept, Command, Forward, Receive
from casebackbone.deadlines import load_promise
from casebackbone.inquiry_events import ForwardExpired
from casebackbone.reference import new_reference
from casebackbone.store import open_store, upgrade_store
from events.standing import Channel

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = UUID("5d1f0a52-0000-4000-8000-000000000115")
ANNA = Principal("anna", frozenset({Role.FRONT_AGENT}))
FRANK = Principal("frank", frozenset({Role.DEPARTMENT_STAFF}), "tiefbau")


@pytest.fixture
def application(database_url: str) -> Iterator[Application]:
    upgrade_store(database_url)
    store = open_store(database_url)
    yield Application(store, load_promise())
    store.close()


def _order(principal: Principal, inquiry_id: UUID, step: str, at: datetime = MONDAY) -> Order:
    command_id = uuid5(inquiry_id, step)
    cause = Cause(
        actor=principal.actor, command_id=command_id, correlation_id=command_id, occurred_at=at, recorded_at=at
    )
    return Order(principal=principal, cause=cause, subject=inquiry_id, request_digest="0" * 64)


def _offered(application: Application, name: str = "one") -> DueOffer:
    inquiry_id = uuid5(NAMES, name)
    receive = Receive(channel=Channel.PHONE, reference=new_reference())
    application.receive(_order(ANNA, inquiry_id, "received"), receive, Forward(to="tiefbau"))
    expires_at = application.inquiry(inquiry_id).standing.offer_expires_at
    assert expires_at is not None
    return DueOffer(inquiry_id, expires_at)


def _caretaker(application: Application, *offers: DueOffer) -> Caretaker:
    def due(now: datetime, limit: int) -> Sequence[DueOffer]:
        return [offer for offer in offers if offer.expires_at <= now][:limit]

    return Caretaker(application, due)


def _give(application: Application, offer: DueOffer, principal: Principal, step: str, command: Command) -> None:
    application.handle(_order(principal, offer.inquiry_id, step), command)


def test_an_offer_that_has_expired_is_back_at_the_desk(application: Application) -> None:
    offer = _offered(application)
    caretaker = _caretaker(application, offer)
    assert caretaker.round(offer.expires_at - timedelta(seconds=1)) == Round()
    assert caretaker.round(offer.expires_at) == Round(expired=1)
    standing = application.inquiry(offer.inquiry_id).standing
    assert (standing.holder, standing.offered_to, standing.sent_back) == ("desk:front", None, 1)
    *_, event = application.history(offer.inquiry_id)
    assert isinstance(event, ForwardExpired)
    assert (event.actor, event.causation_id) == ("system:caretaker", f"deadline:{offer.expires_at.isoformat()}")


def test_two_caretakers_and_a_view_that_lags_fire_once(application: Application) -> None:
    offer = _offered(application)
    later = offer.expires_at + timedelta(hours=1)
    assert _caretaker(application, offer).round(later) == Round(expired=1)
    position = application.store.last_position()
    assert _caretaker(application, offer).round(later) == Round(overtaken=1)
    assert application.store.last_position() == position


def test_what_was_accepted_meanwhile_stays_where_it_is(application: Application) -> None:
    offer = _offered(application)
    _give(application, offer, FRANK, "accepted", Accept())
    assert _caretaker(application, offer).round(offer.expires_at) == Round(overtaken=1)
    assert application.inquiry(offer.inquiry_id).standing.holder == "department:tiefbau"


def test_one_that_cannot_be_does_not_keep_the_others_waiting(application: Application) -> None:
    offers = [_offered(application, name) for name in ("one", "two")]
    unknown = DueOffer(uuid5(NAMES, "nobody knows it"), offers[0].expires_at)
    caretaker = _caretaker(application, unknown, *offers)
    assert caretaker.round(offers[0].expires_at) == Round(expired=2, overtaken=1)
