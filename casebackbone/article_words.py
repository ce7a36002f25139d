"""What an edition says, in the one way in which it is written down, wherever it comes from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from casebackbone.refusals import Invalid

LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_KEYWORD = 1_000, 50_000, 100
"""Characters."""

MOST = 100
"""Keywords, services or departments of one article."""

CODE = re.compile(r"[^\W_][\w.-]{0,63}")
"""What names a service (LeiKa key) or a department."""

KEYWORD = re.compile(rf"[^|]{{1,{LONGEST_KEYWORD}}}")

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
"""BCP 47, as far as it is needed here."""

_TURNS_TEXT = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_UNSEEN = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufff9-\ufffb{_TURNS_TEXT}]")
"""Controls, and marks that turn the direction of what follows: with them a text can look like another one."""

_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an edition says: Markdown in ``answer``; ``services`` are LeiKa keys, ``departments`` ids."""

    question: str
    answer: str
    keywords: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    language: str = "de"


def plain(text: str) -> str:
    """``text`` without controls and marks that turn its direction; line ends are ``\\n``, letters NFC."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)))


def written(
    question: str,
    answer: str,
    keywords: Iterable[str] = (),
    services: Iterable[str] = (),
    departments: Iterable[str] = (),
    language: str = "de",
) -> Words:
    """Words as they are written down. Raises Invalid for what cannot be: empty, too long, no code."""
    return Words(
        question=_text(" ".join(plain(question).split()), "question", LONGEST_QUESTION),
        answer=_text(plain(answer).strip(), "answer", LONGEST_ANSWER),
        keywords=_several((" ".join(plain(one).split()) for one in keywords), "keywords", KEYWORD),
        services=_several((plain(one).strip() for one in services), "services", CODE),
        departments=_several((plain(one).strip() for one in departments), "departments", CODE),
        language=_language(language.strip() or "de"),
    )


def _text(text: str, field: str, longest: int) -> str:
    if not text.strip():
        raise Invalid(f"{field}_missing", "Das darf nicht leer sein.", f"/{field}")
    if len(text) > longest:
        raise Invalid(
            f"{field}_too_long", f"Das sind {len(text)} Zeichen, höchstens {longest} sind möglich.", f"/{field}"
        )
    return text


def _several(values: Iterable[str], field: str, form: re.Pattern[str]) -> tuple[str, ...]:
    """Each once, in order."""
    found = tuple(dict.fromkeys(value for value in values if value))
    if len(found) > MOST:
        raise Invalid(f"{field}_too_many", f"Höchstens {MOST} Angaben sind möglich.", f"/{field}")
    for place, value in enumerate(found):
        if not form.fullmatch(value):
            raise _unusable(field, f"/{field}/{place}")
    return found


def _unusable(field: str, pointer: str) -> Invalid:
    return Invalid(f"{field}_unusable", _HOW[field], pointer)


_HOW = {
    "keywords": f"Ein Stichwort hat höchstens {LONGEST_KEYWORD} Zeichen und keinen senkrechten Strich.",
    "services": "Das ist kein Leistungsschlüssel: höchstens 64 Buchstaben, Ziffern, Punkte und Striche.",
    "language": "Das ist keine Sprache nach BCP 47 (wie de oder en).",
    "departments": "Das ist keine Kennung eines Amtes: höchstens 64 Buchstaben, Ziffern, Punkte und Striche.",
}


def _language(language: str) -> str:
    if not LANGUAGE.fullmatch(language) or len(language) > 35:
        raise _unusable("language", "/language")
    return language
