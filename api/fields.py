"""Fields of requests: what may stand in them, normalised, and messages in German with a code.

A message is ``code: detail``; :func:`api.errors.pointers` takes it apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow.types import ErrorMessages

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
"""Signs that turn the direction of what follows, and byte order marks: copied along unnoticed, so taken out."""

_AREA = re.compile("(?:0[1-9]|1[0-6])(?:[0-9]|[0-9]{3}|[0-9]{6}|[0-9]{7}|[0-9]{10})?")
"""The directory's areas (``casebackbone/directory.py``): an AGS (8 digits), an ARS (12), or its beginning."""

_CODE = re.compile(r"[^\W_](?:[\w .,&/()+'’:-]*[\w.)])?")


_CALL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]*[A-Za-z0-9])?")
_DIALLED = re.compile(
    r"(?:(?:tel|sips?|callto):.*)|\+[0-9 ()/.-]*|(?:0[0-9 ()/.-]{5,}|\(0[0-9 ()/.-]{5,}|49[0-9 ()/.-]{8,})",
    re.IGNORECASE,
)
"""A number with its area code (0621 …), its country (+49, 0049, 49), or as an address (``tel:``)."""


class German:
    """Mixed into fields: what marshmallow says for every field, in German."""

    default_error_messages: ErrorMessages = {
        "required": "required: Diese Angabe fehlt.",
        "null": "null: Diese Angabe darf nicht null sein.",
        "validator_failed": "invalid: Dieser Wert kann nicht verwendet werden.",
        "type": "wrong_type: Hier muss ein Objekt stehen.",
        "invalid": "wrong_type: Hier muss eine Liste stehen.",
    }


class Part(German, ma.fields.Nested):
    """An object within the object."""


class Several(German, ma.fields.List):
    """A list."""


class Line(German, ma.fields.String):
    """One line of text, NFC, without signs that nobody can see. ``longest`` counts characters."""

    default_error_messages: ErrorMessages = {
        "invalid": "wrong_type: Hier muss Text stehen.",
        "control": "control_character: Der Text enthält Steuerzeichen.",
        "surrogate": "lone_surrogate: Der Text enthält halbe Zeichen.",
        "blank": "blank: Der Text ist leer.",
        "long": "too_long: Der Text ist länger als {longest} Zeichen.",
        "form": "wrong_form: Der Text hat nicht die erwartete Form.",
    }
    several_lines = False

    def __init__(self, *, longest: int = 200, pattern: re.Pattern[str] | None = None, **kwargs: Any) -> None:
        metadata = {"minLength": 1, "maxLength": longest, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)
        self.longest = longest
        self.pattern = pattern

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if len(value) > 4 * self.longest:
            raise self.make_error("long", longest=self.longest)
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise self.make_error("surrogate")
        text = _DIRECTION.sub("", unicodedata.normalize("NFC", value)).replace("\r\n", "\n").replace("\r", "\n").strip()
        if _CONTROL.search(text) or (not self.several_lines and ("\n" in text or "\t" in text)):
            raise self.make_error("control")
        if not text:
            raise self.make_error("blank")
        if len(text) > self.longest:
            raise self.make_error("long", longest=self.longest)
        if self.pattern is not None and not self.pattern.fullmatch(text):
            raise self.make_error("form")
        return text


class FreeText(Line):
    """What somebody said or wrote: goes to the content store and nowhere else."""

    several_lines = True

    def __init__(self, *, longest: int = 20_000, **kwargs: Any) -> None:
        super().__init__(longest=longest, **kwargs)


class Identifier(Line):
    """The id of a department or service: letters, digits, and signs that names of offices have."""

    def __init__(self, *, longest: int = 100, **kwargs: Any) -> None:
        super().__init__(longest=longest, pattern=_CODE, **kwargs)


class CallId(Line):
    """The telephone system's own id for a call: stored for ever, so that nobody may be known by it. Letters without
    a digit could be a name, what begins like a dialled number could be one."""

    default_error_messages: ErrorMessages = {
        "form": "wrong_form: Hier gehört die Kennung der Telefonanlage hin, etwa 4711-22: Buchstaben, Ziffern, . : _ -",
        "personal": "looks_personal: Das sieht wie ein Name oder eine Rufnummer aus. Hier gehört die Kennung hin, die "
        "die Telefonanlage dem Anruf gibt, etwa 4711-22.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=100, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if _DIALLED.fullmatch(text) or (len(text) > 1 and not any(sign.isdigit() for sign in text)):
            raise self.make_error("personal")
        if not _CALL.fullmatch(text):
            raise self.make_error("form")
        return text


class Area(Line):
    """Where it is about: an AGS or ARS key, or the beginning of one."""

    default_error_messages: ErrorMessages = {
        "form": "wrong_form: Hier muss ein AGS (8 Ziffern, etwa 07315000) oder ARS (12) stehen, mit führender Null."
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=12, pattern=_AREA, **kwargs)


class Choice(German, ma.fields.String):
    """One of the codes that there are."""

    default_error_messages: ErrorMessages = {
        "invalid": "wrong_type: Hier muss Text stehen.",
        "choice": "unknown_value: Möglich sind {choices}.",
    }

    def __init__(self, choices: Mapping[str, str] | list[str], **kwargs: Any) -> None:
        self.choices = list(choices)
        super().__init__(metadata={"enum": self.choices, **kwargs.pop("metadata", {})}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if value not in self.choices:
            raise self.make_error("choice", choices=", ".join(self.choices))
        return value


class Moment(German, ma.fields.Field[datetime]):
    """RFC 3339 with an offset; comes out in UTC."""

    default_error_messages: ErrorMessages = {
        "invalid": "wrong_form: Hier muss ein Zeitpunkt mit Zeitzone stehen, etwa 2026-04-02T17:00:00+02:00.",
        "range": "out_of_range: Dieser Zeitpunkt liegt außerhalb von 2000 bis 2099.",
    }
    _FORM = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "date-time", **kwargs.pop("metadata", {})}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not self._FORM.fullmatch(value):
            raise self.make_error("invalid")
        try:
            moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.make_error("invalid") from None
        if not 2000 <= moment.year <= 2099:
            raise self.make_error("range")
        return moment


class Identity(German, ma.fields.Field[UUID]):
    """A UUID in its usual spelling."""

    default_error_messages: ErrorMessages = {"invalid": "wrong_form: Hier muss eine UUID stehen."}
    _FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "uuid", **kwargs.pop("metadata", {})}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> UUID:
        if not isinstance(value, str) or not self._FORM.fullmatch(value):
            raise self.make_error("invalid")
        return UUID(value)


class Whole(German, ma.fields.Integer):
    """A whole number from ``least`` to ``most``, written as digits."""

    default_error_messages: ErrorMessages = {
        "invalid": "wrong_type: Hier muss eine ganze Zahl stehen.",
        "range": "out_of_range: Möglich ist {least} bis {most}.",
    }

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        metadata = {"minimum": least, "maximum": most, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):  # a query parameter
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        if not self.least <= value <= self.most:
            raise self.make_error("range", least=self.least, most=self.most)
        return value


class Flag(German, ma.fields.Boolean):
    """true or false, as JSON has them."""

    default_error_messages: ErrorMessages = {"invalid": "wrong_type: Hier muss true oder false stehen."}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Request(ma.Schema):
    """Everything that is sent to us: unknown names are refused."""

    error_messages = {
        "type": "wrong_type: Hier muss ein Objekt stehen.",
        "unknown": "unknown: Diese Angabe ist unbekannt.",
    }

    class Meta:
        unknown = ma.RAISE
