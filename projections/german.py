"""German words as terms: one spelling for all inflections of a word, the same wherever they are compared.

Text is cut into words, each word is folded (NFKC, case, ß, soft hyphens, gender endings) and brought to its stem by the
Snowball stemmer for German, which also makes one of ä/ae, ö/oe, ü/ue. What Snowball leaves apart and German grammar
joins is joined here: participles and infinitives of separable verbs ("abgeholt", "abzuholen": "abholen") and those of
foreign verbs ("registriert": "registrieren"). Nothing here knows a collection: that is `projections.search`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

LONGEST_WORD = 64
"""Letters of a word that count; no German word is longer, and what is longer need not cost more."""

_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f\u00ad\u200b-\u200d]+[^\W_]*)*(?:[*:_/]-?in(?:nen)?(?![^\W_]))?")
_NOT_WRITTEN = re.compile(r"[*:_/]-?in(?:nen)?$|[\u00ad\u200b-\u200d]")
_SEPARABLE = (
    "ab an auf aus bei da dar ein empor entgegen fehl fest fort frei her heran heraus herein herunter hin hinaus "
    "hinein hinzu los mit nach nieder über um unter vor voran voraus vorbei weg weiter wieder zu zurück zusammen"
)
_PREFIX = "|".join(sorted(_SEPARABLE.split(), key=len, reverse=True))
_PARTICIPLE = re.compile(rf"({_PREFIX})ge(\w{{3,}}?)(?:e?t|en)(?:e[nmrs]?)?")
_INFINITIVE = re.compile(rf"({_PREFIX})zu(\w{{3,}}e?r?n)")
_FOREIGN = re.compile(r"(\w{2,}ier)(?:t(?:e[nmrs]?)?|ung(?:en)?)")
_SIMPLE = re.compile(r"ge(\w{3,}?)(?:e?t|en)(?:e[nmrs]?)?")
_UMLAUTS = frozenset("äöü")
_LINKS = ("", "s", "es", "n", "en", "er", "e")

_stemmer = Stemmer.Stemmer("german")
_stemmer.maxCacheSize = 0  # `term_of` keeps what it has seen, and the stemmer's own cache is not safe between threads


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: its term, itself as folded, and where it stands (``text[start:end]``)."""

    term: str
    word: str
    start: int
    end: int


def analyse(text: str) -> list[Token]:
    """The words of ``text`` in order. Takes any text and never raises."""
    tokens = []
    for found in _WORD.finditer(text):
        if word := fold(found.group()):
            tokens.append(Token(term_of(word), word, found.start(), found.end()))
    return tokens


def terms(text: str) -> list[str]:
    """Only the terms of :func:`analyse`."""
    return [term for written in _WORD.findall(text) if (term := _term_as_written(written))]


def places_of(wanted: Collection[str], text: str) -> list[tuple[int, int]]:
    """Where in ``text`` the words stand whose terms are ``wanted``."""
    return [found.span() for found in _WORD.finditer(text) if _term_as_written(found.group()) in wanted]


@lru_cache(maxsize=100_000)
def _term_as_written(written: str) -> str:
    """Empty if nothing is left of the word."""
    word = fold(written)
    return term_of(word) if word else ""


def fold(word: str) -> str:
    """One way to write ``word``: small letters, ss for ß, no accents but the umlauts, no soft hyphens, no gender
    endings."""
    written = unicodedata.normalize("NFKC", _NOT_WRITTEN.sub("", word[: 2 * LONGEST_WORD])).casefold()
    if not written.isascii():
        written = "".join(letter if letter in _UMLAUTS else bare(letter) for letter in written)
    return written[:LONGEST_WORD]


@lru_cache(maxsize=100_000)
def term_of(word: str) -> str:
    """The term of a folded word: its stem, without umlauts."""
    if found := _PARTICIPLE.fullmatch(word):
        word = f"{found[1]}{found[2]}en"
    elif found := _INFINITIVE.fullmatch(word):
        word = found[1] + found[2]
    elif found := _FOREIGN.fullmatch(word):
        word = f"{found[1]}en"
    return bare(_stemmer.stemWord(word)) or word


def bare(word: str) -> str:
    """Without accents and umlauts: "ü" is "u"."""
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def participle_of(word: str) -> str | None:
    """The term of the verb that ``word`` may be the participle of: "geimpft": that of "impfen".

    "Gewicht" looks the same, so that this is a guess for a question, not a spelling for the index."""
    found = _SIMPLE.fullmatch(word)
    return term_of(f"{found[1]}en") if found else None


def trigrams(term: str) -> set[str]:
    """Three letters each, with the ends marked: those of "hof" are " ho", "hof", "of "."""
    padded = f" {term} "
    return {padded[place : place + 3] for place in range(len(padded) - 2)}


def parts_of(word: str, known: Mapping[str, int], shortest: int = 4) -> list[str]:
    """The terms of the words that a compound consists of, empty if it cannot be cut into words of ``known``.

    ``known`` says how often each term is used. Between two words may stand a linking element (-s-, -n-, -en-, -er-).
    Of several ways the one with the greatest geometric mean of frequencies is taken (Koehn and Knight 2003).
    """
    best = _cut(word, known, shortest, {})
    return list(best[1]) if best is not None and len(best[1]) > 1 else []


Cut = tuple[int, tuple[str, ...]]


def _cut(word: str, known: Mapping[str, int], shortest: int, seen: dict[str, Cut | None]) -> Cut | None:
    """The product of frequencies and the terms of the best way to cut ``word``."""
    if word in seen:
        return seen[word]
    ways: list[Cut] = []
    whole = term_of(word)
    if len(word) >= shortest and known.get(whole):
        ways.append((known[whole], (whole,)))
    for place in range(shortest, len(word) - shortest + 1):
        head = _linked(word[:place], known, shortest)
        rest = _cut(word[place:], known, shortest, seen) if head else None
        if head and rest:
            ways.append((known[head] * rest[0], (head, *rest[1])))
    best = min(ways, key=lambda way: (-(way[0] ** (1 / len(way[1]))), way[1]), default=None)
    seen[word] = best
    return best


def _linked(head: str, known: Mapping[str, int], shortest: int) -> str | None:
    """The term of the first word of a compound, less its linking element."""
    for link in _LINKS:
        stem = head.removesuffix(link) if link else head
        if (not link or head.endswith(link)) and len(stem) >= shortest and known.get(term := term_of(stem)):
            return term
    return None


def is_function_word(word: str) -> bool:
    """Whether ``word``, folded, says how it is asked rather than what: articles, pronouns, question words."""
    return word in FUNCTION_WORDS


_FUNCTION_WORDS = """
der die das des dem den ein eine einer eines einem einen kein keine keiner keines keinem keinen
ich du er sie es wir ihr mich dich sich uns euch mir dir ihm ihn ihnen man jemand jemanden jemandem niemand
mein meine meiner meines meinem meinen dein deine deiner deines deinem deinen sein seine seiner seines seinem seinen
ihre ihrer ihres ihrem ihren unser unsere unserer unseres unserem unseren euer eure eurer eures eurem euren
dieser diese dieses diesem diesen jener jene jenes jenem jenen jeder jede jedes jedem jeden alle aller alles allem
allen solche solcher solches solchem solchen derselbe dieselbe dasselbe selbst selber etwas nichts
und oder aber denn sondern doch sowie bzw beziehungsweise wenn weil dass daß ob als wie damit obwohl während bevor
nachdem falls sofern sobald solange indem je desto
in im ins an am ans auf aufs aus bei beim bis durch für gegen hinter mit nach neben ohne seit über um unter unterm
von vom vor vorm wegen zu zum zur zwischen trotz ab außer
bin bist ist sind seid war warst waren wart gewesen wäre wären sei seien werde wirst wird werden werdet wurde wurden
geworden worden würde würden habe hast hat haben habt hatte hatten gehabt hätte hätten
kann kannst können könnt konnte konnten könnte könnten muss musst müssen müsst musste mussten müsste müssten
soll sollst sollen sollt sollte sollten darf darfst dürfen dürft durfte dürfte dürften will willst wollen wollt
wollte wollten mag mögen möchte möchten lassen lässt lass gibt geben gebe tun tue tut
wer wen wem wessen was wann wo woher wohin warum wieso weshalb weswegen wozu womit wodurch wofür woran worauf woraus
worin worüber wovon wovor welche welcher welches welchem welchen wieviel wieviele
nicht nur auch noch schon sehr so dann da dort hier nun jetzt mal etwa eben ja nein bitte danke hallo
also dabei dadurch dafür dagegen daher dahin damals danach daran darauf daraus darf darin darüber darum davon dazu
"""
FUNCTION_WORDS = frozenset(map(fold, _FUNCTION_WORDS.split()))
"""Of a closed class each: what a question of any subject is made of."""
