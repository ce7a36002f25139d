"""One day at a city's desk, made up: what ``casebackbone demo`` shows. No person and no case in it is real."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from api import demo_directory as directory
from api.demo_articles import ARTICLES
from casebackbone.access import Principal, Role
from casebackbone.application import Application, Order
from casebackbone.cause import Cause
from casebackbone.commands import (
    Accept,
    Answer,
    Claim,
    Command,
    Contact,
    Contradict,
    DraftArticle,
    Escalate,
    Forward,
    Merge,
    Note,
    Pause,
    PromiseCallback,
    PublishArticle,
    Receive,
    Reject,
    Resolve,
    ReviewArticle,
    SendToBackground,
)
from casebackbone.content import CONTRADICTION, Text
from casebackbone.directory import DIRECTORY_ID
from casebackbone.reference import new_reference
from events.standing import Channel

NAMESPACE = UUID("0b1f5a39-7a4e-5d55-9b0c-1f0f7c2f1150")

ANNA = Principal("anna", frozenset({Role.FRONT_AGENT}))
CEM = Principal("cem", frozenset({Role.FRONT_AGENT}))
DORIS = Principal("doris", frozenset({Role.BACKGROUND_AGENT}))
EVA = Principal("eva", frozenset({Role.SUPERVISOR}))
STREETS = Principal("frank", frozenset({Role.DEPARTMENT_STAFF}), "tiefbau")
GREEN = Principal("gina", frozenset({Role.DEPARTMENT_STAFF}), "gruenflaechen")
ADMIN = Principal("ines", frozenset({Role.ADMINISTRATOR}))
CITIZENS = Principal("hakan", frozenset({Role.DEPARTMENT_STAFF}), "buergerbuero")
PEOPLE = (ANNA, CEM, DORIS, EVA, STREETS, GREEN, CITIZENS)


@dataclass(frozen=True, slots=True)
class SameAs:
    """The same matter as another story's: merge into that one."""

    story: str


@dataclass(frozen=True, slots=True)
class CallBetween:
    """A call is promised, in a window that begins and ends so many hours from now."""

    begins: float
    ends: float


Step = tuple[int, Principal, Command | SameAs | CallBetween]


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
    """To the department that the directory names, which is that of ``to``."""
    return ((5, ANNA, Forward()), (minutes, to, Accept()))


STORIES: Sequence[Story] = (
    Story(
        "ausweis",
        9.0,
        Channel.PHONE,
        directory.ID_CARD,
        "Wie lange dauert ein neuer Personalausweis, und was muss ich mitbringen?",
        _answered("Etwa drei Wochen. Bitte ein biometrisches Foto und den alten Ausweis mitbringen."),
    ),
    Story(
        "sperrmuell",
        8.5,
        Channel.PHONE,
        directory.BULKY_WASTE,
        "Mein Sofa soll weg. Wann wird Sperrmüll abgeholt?",
        _answered("Der nächste freie Termin ist in acht Tagen; er ist jetzt für Sie gebucht."),
        by=CEM,
    ),
    Story(
        "schlagloch",
        8.0,
        Channel.WEB,
        directory.ROAD_DAMAGE,
        "In der Gartenstraße vor Nummer 12 ist ein tiefes Schlagloch.",
        steps=(*_passed(STREETS), (180, STREETS, Note(texts=_said("Kolonne ist für morgen eingeteilt.", "note")))),
    ),
    Story(
        "baum",
        7.5,
        Channel.EMAIL,
        directory.TREES,
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
        directory.STREET_LIGHTS,
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
        directory.HOUSING_BENEFIT,
        "Ich habe seit zwei Monaten nichts zu meinem Wohngeldantrag gehört.",
        steps=((10, ANNA, Forward()),),
    ),
    Story(
        "rueckruf",
        6.0,
        Channel.PHONE,
        directory.CARS,
        "Kann ich mein Auto auch ohne Termin abmelden?",
        steps=(
            (2, CEM, Claim()),
            (3, CEM, PromiseCallback()),
            (90, CEM, Contact(reached=False, texts=_said("Mailbox.", "note"))),
        ),
        by=CEM,
    ),
    Story(
        "hin-und-her",
        6.2,
        Channel.PHONE,
        directory.TREES,
        "Wurzeln haben den Gehweg in der Lindenallee angehoben, meine Mutter ist gestürzt.",
        steps=(
            (5, ANNA, Forward()),
            (40, GREEN, Reject(reason="not_responsible", suggestion="tiefbau")),
            (10, ANNA, Forward(to="tiefbau", reason="needs_expertise")),
            (30, STREETS, Reject(reason="not_responsible", suggestion="gruenflaechen")),
            (15, EVA, Forward(texts=_said("Bitte gemeinsam vor Ort ansehen.", "note"))),
        ),
    ),
    Story(
        "wartet",
        5.0,
        Channel.LETTER,
        directory.BIRTH_CERTIFICATE,
        "Ich brauche eine Geburtsurkunde, geboren bin ich in einem Ortsteil, der inzwischen eingemeindet ist.",
        steps=((15, ANNA, Claim()), (10, ANNA, Pause())),
    ),
    Story(
        "hintergrund",
        4.0,
        Channel.EMAIL,
        directory.TRADE,
        "Welche Unterlagen brauche ich für ein Nagelstudio?",
        steps=((5, ANNA, SendToBackground(reason="peak")), (30, DORIS, Claim())),
    ),
    Story(
        "beschwerde",
        3.5,
        Channel.PHONE,
        directory.NOISE,
        "Seit Wochen wird nachts in der Hafenstraße gebaut, und niemand ist zuständig!",
        steps=((5, CEM, Claim()), (10, CEM, Escalate(to=EVA.actor, reason="complaint"))),
        by=CEM,
    ),
    Story(
        "schlagloch-noch-einmal",
        3.0,
        Channel.PHONE,
        directory.ROAD_DAMAGE,
        "Vor der Gartenstraße 12 ist ein Loch in der Straße, mein Reifen ist geplatzt.",
        steps=((10, ANNA, SameAs("schlagloch")),),
    ),
    Story(
        "widerspruch",
        2.8,
        Channel.PHONE,
        directory.BULKY_WASTE,
        "Wann kommt der Sperrmüll in den Birkenweg?",
        _answered("Heute früh, die Abfuhr ist erledigt."),
        steps=((100, CEM, Contradict(texts=_said("Niemand war da, das Sofa steht noch vor der Tür.", CONTRADICTION))),),
    ),
    Story(
        "umzug",
        2.0,
        Channel.WEB,
        directory.MOVING,
        "Ich bin umgezogen. Bis wann muss ich mich ummelden?",
        steps=_passed(CITIZENS, 15),
    ),
    Story(
        "rueckruf-morgen",
        1.5,
        Channel.PHONE,
        directory.MOVING,
        "Ich arbeite im Schichtdienst, rufen Sie mich bitte morgen zurück wegen der Ummeldung.",
        steps=((5, CEM, Claim()), (1, CEM, CallBetween(20, 23))),
        by=CEM,
    ),
    Story("neu-1", 0.4, Channel.PHONE, None, "Wer kümmert sich um den Müll am Altglascontainer in der Ringstraße?"),
    Story("neu-2", 0.2, Channel.EMAIL, directory.DOG_TAX, "Mein Hund ist gestorben. Muss ich das melden?"),
)


def tell(application: Application, now: datetime) -> int:
    """Stores the day; returns how many inquiries it has. What was stored before is not stored twice."""
    before = now - timedelta(days=30)
    application.direct(_order(ADMIN, DIRECTORY_ID, "directory", before, now), *directory.statements())
    _tell_articles(application, before, now)
    for story in STORIES:
        at = now - timedelta(hours=story.hours)
        inquiry_id = _id(story.key, now)
        receive = Receive(
            channel=story.channel,
            reference=new_reference(),
            texts=_said(story.question, "question"),
            service=story.service,
        )
        application.receive(_order(story.by, inquiry_id, "received", at, now), receive, *story.at_once)
        for number, (when, principal, command) in enumerate(_timed(story.steps, at, now)):
            application.handle(_order(principal, inquiry_id, f"step-{number}", when, now), command)
    return len(STORIES)


def _tell_articles(application: Application, at: datetime, now: datetime) -> None:
    """Written by Anna, reviewed and published by Eva."""
    for key, words in ARTICLES.items():
        article_id = uuid5(NAMESPACE, f"article {key}")
        done = application.draft(_order(ANNA, article_id, "drafted", at, now), DraftArticle(words=words))
        if not done.repeated:
            application.edit(_order(EVA, article_id, "published", at, now), ReviewArticle(), PublishArticle())


def _timed(steps: Sequence[Step], at: datetime, now: datetime) -> Iterator[tuple[datetime, Principal, Command]]:
    for minutes, principal, step in steps:
        at += timedelta(minutes=minutes)
        yield at, principal, _command(step, now)


def _command(step: Command | SameAs | CallBetween, now: datetime) -> Command:
    if isinstance(step, SameAs):
        return Merge(into=_id(step.story, now))
    if isinstance(step, CallBetween):
        begins, ends = (now + timedelta(hours=hours) for hours in (step.begins, step.ends))
        return PromiseCallback(not_before=begins, due_at=ends)
    return step


def _id(key: str, now: datetime) -> UUID:
    return uuid5(NAMESPACE, f"{key}:{now.isoformat()}")


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
