"""A citizen calls, writes or comes by."""

from __future__ import annotations

import json
from typing import Any

import marshmallow as ma

from api.commands.order import Answer, receive
from api.commands.topic import CommandBody, CommandTopic
from api.fields import Area, Choice, FreeText, Identifier, Identity, Line, Part, Request, Whole
from casebackbone import reasons
from casebackbone.access import Permission
from casebackbone.commands import Answer as GiveAnswer
from casebackbone.commands import Command, Forward, Receive, Resolve
from casebackbone.content import Text
from casebackbone.reference import new_reference
from events.standing import Channel

topic = CommandTopic("receiving", __name__, description="A citizen's inquiry reaches the city")


class ContactDetails(Request):
    """How the citizen can be reached. Goes to the content store as one text."""

    name = Line()
    phone = Line(longest=50)
    email = Line(longest=254)
    address = FreeText(longest=500)
    note = FreeText(longest=1000)

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ma.ValidationError("required: Mindestens eine Angabe zum Kontakt ist nötig.")


class AnswerBody(Request):
    """What the citizen was told, from an article of the Infodatenbank or without one."""

    text = FreeText(required=True)
    article_id = Identity()
    article_version = Whole(1, 1_000_000)

    @ma.validates_schema
    def _together(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("article_id" in data) != ("article_version" in data):
            raise ma.ValidationError("incomplete: Artikel und Version gehören zusammen.", "article_version")


class ForwardBody(Request):
    """To which department, and why. Without ``to``: to the one that the directory names for its service and area."""

    to = Identifier()
    reason = Choice(reasons.FORWARD, load_default="responsible")
    note = FreeText()


class ResolveBody(Request):
    """How it ended."""

    outcome = Choice(reasons.OUTCOME, load_default="answered")


class ReceiveBody(CommandBody):
    """What reached the city. With ``answer`` and ``resolve`` it is done at first contact, in one transaction."""

    channel = Choice([channel.value for channel in Channel], required=True)
    question = FreeText(required=True)
    contact = Part(ContactDetails)
    service = Identifier()
    area = Area()
    language = Choice(
        ["de", "en", "fr", "tr", "ru", "uk", "ar", "pl", "ro", "it", "es", "fa", "und"], load_default="de"
    )
    answer = Part(AnswerBody)
    forward = Part(ForwardBody)
    resolve = Part(ResolveBody)


@topic.command("/inquiries", Permission.RECEIVE, ReceiveBody, status=201)
def receive_inquiry(body: dict[str, Any]) -> Answer:
    """Receive an inquiry, and answer, forward or resolve it at once."""
    texts = [Text("question", body["question"])]
    if "contact" in body:
        texts.append(Text("contact", json.dumps(body["contact"], ensure_ascii=False, sort_keys=True)))
    command = Receive(
        channel=Channel(body["channel"]),
        reference=new_reference(),
        texts=texts,
        service=body.get("service"),
        area=body.get("area"),
        language=body["language"],
    )
    then: list[Command] = []
    if "answer" in body:
        then.append(answering(body["answer"]))
    if "forward" in body:
        then.append(forwarding(body["forward"]))
    if "resolve" in body:
        then.append(Resolve(outcome=body["resolve"]["outcome"]))
    return receive(body, command, *then)


def answering(body: dict[str, Any]) -> GiveAnswer:
    return GiveAnswer(
        texts=[Text("answer", body["text"])],
        article_id=body.get("article_id"),
        article_version=body.get("article_version"),
    )


def forwarding(body: dict[str, Any]) -> Forward:
    return Forward(to=body.get("to"), reason=body["reason"], texts=noted(body))


def noted(body: dict[str, Any], name: str = "note") -> list[Text]:
    """The text under ``name``, if there is one."""
    return [Text("note", body[name])] if name in body else []
