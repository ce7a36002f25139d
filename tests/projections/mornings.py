"""A morning at the desk, as the world is told of it."""

from __future__ import annotations

from datetime import date
from itertools import count
from uuid import UUID

from casebackbone.translation import publish
from events.desk import DeskEvent
from tests.casebackbone.phone_desk import RULE, PhoneDesk

MONDAY, TUESDAY = date(2026, 5, 4), date(2026, 5, 5)
EPOCH = UUID("6a3c4f0e-0000-4000-8000-000000000366")
ANNA, BERT, HANNA = "agent:anna", "agent:bert", "agent:hanna"


def published(*desks: PhoneDesk) -> list[DeskEvent]:
    """What the world is told of these desks, one desk after the other."""
    positions, told = count(1), []
    for phone in desks:
        head = "0" * 64
        for event in phone.desk.pending_events:
            object.__setattr__(event, "previous", head)
            head = f"{next(positions):064x}"
            object.__setattr__(event, "hash", head)
            told.append(publish(event, position=int(head, 16), store_epoch=EPOCH))
    return told  # type: ignore[return-value]


def a_morning() -> PhoneDesk:
    phone = PhoneDesk()
    phone.step(1, "sign_on", ANNA, "front", RULE)
    phone.step(2, "sign_on", BERT, "front", RULE)
    phone.step(3, "sign_on", HANNA, "background", RULE)
    for second, name in enumerate("abcd", start=10):
        phone.offered(name, second)
    phone.answered("a", 13, ANNA)
    phone.step(14, "sign_on", HANNA, "front", RULE)
    phone.answered("b", 60, HANNA)
    phone.abandoned("c", 61)
    phone.ended("a", 70)
    phone.answered("d", 75)
    phone.step(80, "sign_off", BERT, RULE, reason="break")
    phone.offered("e", 300)
    phone.offered("f", 310)
    phone.looked(311)
    phone.step(312, "sign_on", BERT, "front", RULE)
    return phone
