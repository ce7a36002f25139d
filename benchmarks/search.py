"""Search in 10,000 articles: as asked for the first time, and when the same is asked again.

The articles are made up: German words and their compounds by Zipf's law, a question and an answer of some hundred words
each. They are asked for by two words of their questions, a third of them with one misspelt. Times are those of the
processor, so that neighbours do not count; the read model is a SQLite file.

How good the search is says `python -m benchmarks.search FAQ QUERIES`. FAQ: TSV with the columns question and answer;
QUERIES: TSV with query and expected_question. The figures are printed whole and in halves (every other query), so that
a change that helps one half by chance is seen.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from random import Random
from time import process_time
from uuid import UUID

from sqlalchemy import Connection

from benchmarks.measuring import Numbers, Spread, Timing
from benchmarks.parts import Parts, Size, say
from projections.database import Database
from projections.search import Collection, Document, Evaluation, Field, SearchEngine, evaluate, index
from projections.view import View

ARTICLES = 10_000
FAQ = Collection("benchmark_faq", [Field("question", 1.0, 0.3), Field("answer", 0.4)])
VIEW = View(name="benchmark_faq", version=1, tables=(FAQ.table,), apply=lambda *_: None, handles=frozenset())

Texts = Sequence[tuple[str, str]]


ASKED = 300
_STEMS = (
    "abfall abgabe amt anmeldung antrag anwohner ausweis bad bau baum bescheid besuch betreuung bewohner bibliothek "
    "brief brücke bürger bus dienst ehe einkommen eltern energie erlaubnis familie fahrrad feld fest feuer fisch "
    "flur führerschein garten gebäude gebühr geburt geld gemeinde gewerbe grab grenze grund grün halle haus heim "
    "heirat heizung hilfe hof holz hund jagd jugend kanal karte kasse kind kirche kita klima kultur land laterne "
    "lärm leben luft markt meister miete müll museum nachweis name natur ort papier park parken pass pflege platz "
    "plan polizei post preis rad rat rathaus raum recht register reise rente sache sammlung schein schule schutz "
    "see senior sitzung sozial sperrmüll spiel sport stadt stand stelle steuer straße strom tag tier tonne turnier "
    "umwelt umzug unfall urkunde verein verkehr versicherung vertrag volk wahl wald wappen wasser weg werk wetter "
    "wiese winter wohnung zahl zahlung zeit zeugnis zone zulassung zuschuss"
)
_BETWEEN = (
    "der die das und in zu den mit für ist auf bei von wie was wann wo ich sie kann muss wird mein eine einen nicht "
    "nach zum zur oder es wer"
)


def measure(parts: Parts, size: Size) -> Iterator[Timing | Numbers]:
    random = Random(115)
    articles = made_up(random, ARTICLES)
    queries = [(_asked(random, question), question) for question, _ in random.sample(articles, ASKED)]
    say(f"{ARTICLES:,} articles")
    with _collection(articles) as connection:
        engine = SearchEngine(FAQ)
        begun = process_time()
        engine.search(connection, "Sperrmüll", at=None, limit=10)
        began = process_time() - begun
        spreads = []
        for name in ("asked for the first time", "asked again"):
            seconds = []
            for query, _ in queries:
                begun = process_time()
                engine.search(connection, query, at=None, limit=10)
                seconds.append(process_time() - begun)
            spreads.append(Spread.of(name, seconds))
    yield Timing(title=f"{ARTICLES:,} articles", spreads=tuple(spreads))
    columns = ("", "seconds")
    yield Numbers(title="To begin", columns=columns, rows=(("the index is made, once in each process", began),))


def made_up(random: Random, count: int) -> Texts:
    """``count`` questions and answers of German words, by Zipf's law."""
    stems, between = _STEMS.split(), _BETWEEN.split()
    words = stems + [f"{one}s{other}" if one[-1] in "gt" else one + other for one in stems for other in stems]
    random.shuffle(words)
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))

    def text(length: int) -> str:
        said = random.choices(words, cum_weights=weights, k=length // 2)
        return " ".join(f"{random.choice(between)} {word.capitalize()}" for word in said)

    return [(f"{text(8)} {number}?", text(random.randrange(60, 180))) for number in range(count)]


def _asked(random: Random, question: str) -> str:
    """Two of its words; in a third of all, one letter of the first is left out."""
    first, second = random.sample([word for word in question.split() if word[0].isupper()], 2)
    place = random.randrange(1, len(first)) if random.random() < 1 / 3 else len(first)
    return f"{first[:place]}{first[place + 1 :]} {second}".lower()


def read(path: str, one: str, other: str) -> Texts:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [(row[one].strip(), row[other].strip()) for row in csv.DictReader(file, delimiter="\t")]


def grown(articles: Texts, count: int) -> Texts:
    """``count`` articles as long as these, of their words, as often as they are used."""
    random = Random(1)
    fields = []
    for texts in zip(*articles, strict=True):
        words, lengths = [word for text in texts for word in text.split()], [len(text.split()) for text in texts]
        fields.append([" ".join(random.choices(words, k=random.choice(lengths))) for _ in range(count)])
    return list(zip(*fields, strict=True))


def figures(articles: Texts, queries: Texts) -> list[Evaluation]:
    """Of all queries, and of either half."""
    with _collection(articles) as connection:
        return measured(connection, queries)


@contextmanager
def _collection(articles: Texts) -> Iterator[Connection]:
    """A read model that has them."""
    with tempfile.TemporaryDirectory(prefix="casebackbone-bench-") as folder:
        database = Database(f"sqlite:///{folder}/search.sqlite", [VIEW])
        database.prepare()
        with database.write(database.live()) as connection:
            index(connection, FAQ, map(document, range(len(articles)), articles))
        with database.read() as connection:
            yield connection
        database.close()


def document(number: int, texts: tuple[str, str]) -> Document:
    return Document(id=UUID(int=number), version=1, fields=dict(zip(("question", "answer"), texts, strict=True)))


def measured(connection: Connection, queries: Texts) -> list[Evaluation]:
    engine = SearchEngine(FAQ)

    def search(query: str) -> list[str]:
        return [hit.fields["question"] for hit in engine.search(connection, query, at=None, limit=10)]

    search("warm up")
    return [evaluate(search, part, process_time) for part in (queries, queries[::2], queries[1::2])]


def main(faq: str, queries: str) -> None:
    articles, asked = read(faq, "question", "answer"), read(queries, "query", "expected_question")
    for name, found in zip(("all", "one half", "other half"), figures(articles, asked), strict=True):
        print(f"{name:10} {line(found)}")
    first, *again = (found.p99_ms for found in figures(grown(articles, ARTICLES), asked))
    print(f"{ARTICLES:,} articles: 99 of 100 queries within {first:.1f} ms, when asked again {max(again):.1f} ms")


def line(found: Evaluation) -> str:
    share = f"hit@1 {found.hit_at_1:.1%}, hit@5 {found.hit_at_5:.1%}, MRR {found.mrr:.3f}"
    return f"{found.queries:4} queries: {share}, p99 {found.p99_ms:.1f} ms"


if __name__ == "__main__":
    main(*sys.argv[1:3])
