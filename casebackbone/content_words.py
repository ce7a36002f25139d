"""The words of texts, as the search over inquiries' own content knows them: terms, and telephone numbers as they are.

How German words become terms is not known here; it is handed in. A telephone number is one term, however it is
written: digits only, with 0 for +49. Contact details are searched by their values, not by the names of their fields.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from casebackbone.content import CONTACT

TERM_BYTES = 16
"""Of a term's digest. Two terms of a city share one with a probability below 10⁻²⁰."""

BETWEEN = " · "
"""Between contact details."""

SNIPPET = 200
BEFORE = 60
"""Characters of a snippet, and of those before its first match."""

_NUMBER = re.compile(r"(?<![\w+])\(?(?:\+|0)(?:\(0\)|[ ()/–-]{0,3}\d){5,19}(?!\w)")
_COUNTRY = re.compile(r"^(?:\+|00)49(?:0)?")


@dataclass(frozen=True, slots=True)
class Analyser:
    """``terms``: those of a text, in order, without words that any text has. ``places``: where in a text the words
    stand that are written for some terms."""

    terms: Callable[[str], Sequence[str]]
    places: Callable[[Collection[str], str], Sequence[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text, and the ranges of its characters that match."""

    text: str
    matches: tuple[tuple[int, int], ...]


class ContentWords:
    """Terms, and their digests: keyed, so that nobody reads words from the index."""

    def __init__(self, analyser: Analyser, secret: bytes) -> None:
        self._analyser = analyser
        self._secret = secret

    def of_text(self, kind: str, text: str) -> set[bytes]:
        """What the index holds of a text."""
        said = readable(kind, text)
        terms = {*self._analyser.terms(said), *(number for number, _, _ in _numbers(said))}
        return {self.digest(term) for term in terms}

    def asked(self, words: str) -> list[str]:
        """The terms that are looked for, each once. A telephone number is looked for as a whole."""
        rest, found = words, []
        for number, start, end in _numbers(words):
            found.append(number)
            rest = rest[:start] + " " * (end - start) + rest[end:]
        return list(dict.fromkeys([*self._analyser.terms(rest), *found]))

    def digest(self, term: str) -> bytes:
        return hmac.digest(self._secret, b"term\0" + term.encode(), "sha256")[:TERM_BYTES]

    def key_for(self, what: str) -> bytes:
        """32 bytes for another use of the record's secret."""
        return hmac.digest(self._secret, b"key\0" + what.encode(), "sha256")

    def digest_of_search(self, terms: Collection[str]) -> str:
        """The same for the same words in any order: says whether two searches were for the same, and not for what."""
        return hmac.digest(self._secret, b"search\0" + "\0".join(sorted(terms)).encode(), "sha256").hex()

    def snippet(self, kind: str, text: str, terms: Collection[str]) -> Snippet:
        """Where most of the matches stand."""
        said = readable(kind, text)
        wanted = set(terms)
        numbers = [(start, end) for number, start, end in _numbers(said) if number in wanted]
        return _cut(said, sorted({*self._analyser.places(wanted, said), *numbers}))


def readable(kind: str, text: str) -> str:
    """The text as a person reads it: of contact details that were entered here, the values."""
    if kind != CONTACT:
        return text
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return BETWEEN.join(map(str, found.values())) if isinstance(found, dict) else text


def _numbers(text: str) -> Iterator[tuple[str, int, int]]:
    """Telephone numbers with a 0 or + in front: as one term, and where they stand."""
    for found in _NUMBER.finditer(text):
        written = found.group()
        abroad = written.lstrip("(").startswith(("+", "00"))
        digits = re.sub(r"[^\d+]", "", written.replace("(0)", "") if abroad else written)
        yield "tel:" + _COUNTRY.sub("0", digits).replace("+", "00"), *found.span()


def _cut(text: str, matches: Sequence[tuple[int, int]]) -> Snippet:
    begins = [max(0, min(start - BEFORE, len(text) - SNIPPET)) for start, _ in matches] or [0]
    start = max(begins, key=lambda begin: sum(begin <= at and end <= begin + SNIPPET for at, end in matches))
    if start > 0:
        start = text.find(" ", start, start + BEFORE) + 1 or start
    end = min(len(text), start + SNIPPET)
    if end < len(text):
        end = max(text.rfind(" ", start + SNIPPET - BEFORE, end), start + SNIPPET - BEFORE)
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shift = len(before) - start
    inside = tuple((at + shift, until + shift) for at, until in matches if start <= at and until <= end)
    return Snippet(before + re.sub(r"\s", " ", text[start:end]) + after, inside)
