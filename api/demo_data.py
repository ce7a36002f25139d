"""One day at a city's desk, made up: what ``casebackbone demo`` shows. No person and no case in it is real."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from casebackbone.access import Principal, Role
from casebackbone.application import Application, Order
from casebackbone.cause import Cause
from casebackbone.commands import (
    Accept,
    Answer,
    Claim,
    Command,
    Escalate,
    Forward,
    Note,
    Pause,
    PromiseCallback,
    Receive,
    Reject,
    Resolve,
    SendToBackground,
)
from casebackbone.content import Text
from casebackbone.reference import new_reference
from events.standing import Channel

NAMESPACE = UUID("0b1f5a39-7a4e-5d55-9b0c-1f0f7c2f1150")

ANNA = Principal("anna", frozenset({Role.FRONT_AGENT}))
CEM = Principal("cem", frozenset({Role.FRONT_AGENT}))
DORIS = Principal("doris", frozenset({Role.BACKGROUND_AGENT}))
EVA = Principal("eva", frozenset({Role.SUPERVISOR}))
STREETS = Principal("frank", frozenset({Role.DEPARTMENT_STAFF}), "tiefbau")
GREEN = Principal("gina", frozenset({Role.DEPARTMENT_STAFF}), "gruenflaechen")
CITIZENS = Principal("hakan", frozenset({Role.DEPARTMENT_STAFF}), "buergerbuero")
PEOPLE = (ANNA, CEM, DORIS, EVA, STREETS, GREEN, CITIZENS)

Step = tuple[int, Principal, Command]


@dataclass(frozen=True, slots=True)
class Story:
    """It came in ``hours`` before now; each step is so many minutes after the last. ``at_once`` is in the call."""

    key: str
    hours: float
    channel: Channel
    service: str | None
    question: str
    at_once: tuple[Command, ...] = ()
    steps: tuple[Step, ...] = ()
    by: Principal = field(default=ANNA)


def _said(text: str, kind: str = "answer") -> tuple[Text, ...]:
    return (Text(kind=kind, text=text),)


def _answered(text: str) -> tuple[Command, ...]:
    return (Answer(texts=_said(text)), Resolve())


def _passed(to: Principal, minutes: int = 20) -> tuple[Step, ...]:
    return ((5, ANNA, Forward(to=str(to.department))), (minutes, to, Accept()))


STORIES: Sequence[Story] = (
    Story(
        "ausweis",
        9.0,
        Channel.PHONE,
        "personalausweis",
        "Wie lange dauert ein neuer Personalausweis, und was muss ich mitbringen?",
        _answered("Etwa drei Wochen. Bitte ein biometrisches Foto und den alten Ausweis mitbringen."),
    ),
    Story(
        "sperrmuell",
        8.5,
        Channel.PHONE,
        "sperrmuell",
        "Mein Sofa soll weg. Wann wird Sperrmüll abgeholt?",
        _answered("Der nächste freie Termin ist in acht Tagen; er ist jetzt für Sie gebucht."),
        by=CEM,
    ),
    Story(
        "schlagloch",
        8.0,
        Channel.WEB,
        "strassenschaden",
        "In der Gartenstraße vor Nummer 12 ist ein tiefes Schlagloch.",
        steps=(*_passed(STREETS), (180, STREETS, Note(texts=_said("Kolonne ist für morgen eingeteilt.", "note")))),
    ),
    Story(
        "baum",
        7.5,
        Channel.EMAIL,
        "baumkontrolle",
        "Ein Ast hängt tief über dem Spielplatz am Mühlenweg.",
        steps=(
            *_passed(GREEN),
            (90, GREEN, Answer(texts=_said("Der Ast ist entfernt, der Baum wurde geprüft."))),
            (1, GREEN, Resolve()),
        ),
    ),
    Story(
        "falsche-tuer",
        7.0,
        Channel.PHONE,
        "strassenbeleuchtung",
        "Die Laterne an der Bushaltestelle Nordpark ist aus.",
        steps=(
            (5, ANNA, Forward(to="gruenflaechen")),
            (45, GREEN, Reject(reason="not_responsible", suggestion="tiefbau")),
        ),
    ),
    Story(
        "nicht-angenommen",
        6.5,
        Channel.COUNTER,
        "wohngeld",
        "Ich habe seit zwei Monaten nichts zu meinem Wohngeldantrag gehört.",
        steps=((10, ANNA, Forward(to="sozialamt")),),
    ),
    Story(
        "rueckruf",
        6.0,
        Channel.PHONE,
        "kfz-zulassung",
        "Kann ich mein Auto auch ohne Termin abmelden?",
        steps=((2, CEM, Claim()), (3, CEM, PromiseCallback())),
        by=CEM,
    ),
    Story(
        "wartet",
        5.0,
        Channel.LETTER,
        "geburtsurkunde",
        "Ich brauche eine Geburtsurkunde, geboren bin ich in einem Ortsteil, der inzwischen eingemeindet ist.",
        steps=((15, ANNA, Claim()), (10, ANNA, Pause())),
    ),
    Story(
        "hintergrund",
        4.0,
        Channel.EMAIL,
        "gewerbeanmeldung",
        "Welche Unterlagen brauche ich für ein Nagelstudio?",
        steps=((5, ANNA, SendToBackground(reason="peak")), (30, DORIS, Claim())),
    ),
    Story(
        "beschwerde",
        3.5,
        Channel.PHONE,
        "laerm",
        "Seit Wochen wird nachts in der Hafenstraße gebaut, und niemand ist zuständig!",
        steps=((5, CEM, Claim()), (10, CEM, Escalate(to=EVA.actor, reason="complaint"))),
        by=CEM,
    ),
    Story(
        "umzug",
        2.0,
        Channel.WEB,
        "ummeldung",
        "Ich bin umgezogen. Bis wann muss ich mich ummelden?",
        steps=_passed(CITIZENS, 15),
    ),
    Story("neu-1", 0.4, Channel.PHONE, None, "Wer kümmert sich um den Müll am Altglascontainer in der Ringstraße?"),
    Story("neu-2", 0.2, Channel.EMAIL, "hundesteuer", "Mein Hund ist gestorben. Muss ich das melden?"),
)


def tell(application: Application, now: datetime) -> int:
    """Stores the day; returns how many inquiries it has. What was stored before is not stored twice."""
    for story in STORIES:
        at = now - timedelta(hours=story.hours)
        inquiry_id = uuid5(NAMESPACE, f"{story.key}:{now.isoformat()}")
        receive = Receive(
            channel=story.channel,
            reference=new_reference(),
            texts=_said(story.question, "question"),
            service=story.service,
        )
        application.receive(_order(story.by, inquiry_id, "received", at, now), receive, *story.at_once)
        for number, (when, principal, command) in enumerate(_timed(story.steps, at)):
            application.handle(_order(principal, inquiry_id, f"step-{number}", when, now), command)
    return len(STORIES)


def _timed(steps: Sequence[Step], at: datetime) -> Iterator[tuple[datetime, Principal, Command]]:
    for minutes, principal, command in steps:
        at += timedelta(minutes=minutes)
        yield at, principal, command


def _order(principal: Principal, inquiry_id: UUID, step: str, at: datetime, now: datetime) -> Order:
    command_id = uuid5(inquiry_id, step)
    return Order(
        principal=principal,
        cause=Cause(
            actor=principal.actor,
            command_id=command_id,
            correlation_id=inquiry_id,
            occurred_at=at,
            recorded_at=now,
        ),
        subject=inquiry_id,
        request_digest=hashlib.sha256(step.encode()).hexdigest(),
    )
