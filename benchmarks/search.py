"""``python -m benchmarks.search FAQ QUERIES``: how good the search is, and how long it takes with 10,000 articles.

FAQ: TSV with the columns question and answer; QUERIES: TSV with query and expected_question. The figures are printed
whole and in halves (every other query), so that a change that helps one half by chance is seen. The articles for the
time are drawn from the words and lengths of the file. Times are those of the processor, so that neighbours do not
count. Needs no server: the read model is a SQLite file.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from time import process_time
from uuid import UUID

from sqlalchemy import Connection

from projections.database import Database
from projections.search import Collection, Document, Evaluation, Field, SearchEngine, evaluate, index
from projections.view import View

ARTICLES = 10_000
FAQ = Collection("benchmark_faq", [Field("question", 1.0, 0.3), Field("answer", 0.4)])
VIEW = View(name="benchmark_faq", version=1, tables=(FAQ.table,), apply=lambda *_: None, handles=frozenset())

Texts = Sequence[tuple[str, str]]


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
    with tempfile.TemporaryDirectory(prefix="casebackbone-bench-") as folder:
        database = Database(f"sqlite:///{folder}/search.sqlite", [VIEW])
        database.prepare()
        with database.write(database.live()) as connection:
            index(connection, FAQ, map(document, range(len(articles)), articles))
        with database.read() as connection:
            found = measured(connection, queries)
        database.close()
    return found


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
