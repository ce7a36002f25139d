"""``casebackbone search``: how good the search for articles is."""

from __future__ import annotations

import csv
import gzip
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from api.bootstrap import System
from api.catching_up import catch_up
from api.cli_audit import wait_option
from api.cli_output import Failure, emit, json_option
from api.cli_run import open_system
from projections.articles import questions_offered
from projections.search import evaluate as evaluate_search

COLUMNS = ("query", "expected_question")


@click.group()
def search() -> None:
    """The search for articles of the Infodatenbank."""


@search.command()
@click.argument("queries", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--limit", type=click.IntRange(5, 200), default=10, show_default=True, help="Hits that are looked at.")
@wait_option
@json_option
def evaluate(queries: Path, limit: int, seconds: float, as_json: bool) -> None:
    """Ask the QUERIES and see at which rank the article is that answers each.

    QUERIES is a TSV (or CSV) file with a header line: query, expected_question. --json has hit_at_1, hit_at_5 and mrr
    as shares from 0 to 1, p99_ms in milliseconds, each query with its rank in ranks, and in not_in_collection those
    queries whose expected question no offered article has: they count as not found.
    """
    asked = read_queries(queries)
    system = open_system()
    catch_up(system, seconds)
    data = _evaluated(system, asked, limit)
    emit(data, as_json, lambda: _text(data))


def _evaluated(system: System, asked: Sequence[tuple[str, str]], limit: int) -> dict[str, Any]:
    at = system.clock()
    expected = [_one(question) for _, question in asked]
    found: list[list[str]] = []
    with system.views.read() as connection:
        find = _finder(system, connection, at, limit)
        find(asked[0][0])  # the index is made at the first query, which is not what a query takes

        def ask(query: str) -> list[str]:
            found.append([_one(question) for question in find(query)])
            return found[-1]

        queries = [query for query, _ in asked]
        result = evaluate_search(ask, zip(queries, expected, strict=True), time.perf_counter)
        there = {_one(question) for question in questions_offered(connection, at)}
    return {
        **asdict(result),
        "articles": len(there),
        "not_in_collection": [query for query, wanted in zip(queries, expected, strict=True) if wanted not in there],
        "ranks": [
            {"query": query, "rank": hits.index(wanted) + 1 if wanted in hits else None}
            for query, wanted, hits in zip(queries, expected, found, strict=True)
        ],
    }


def _finder(system: System, connection: Any, at: Any, limit: int) -> Callable[[str], list[str]]:
    synonyms = system.synonyms.at(connection, at)

    def find(query: str) -> list[str]:
        hits = system.article_search.search(connection, query, at=at, limit=limit, synonyms=synonyms)
        return [hit.edition.question for hit in hits]

    return find


def _one(question: str) -> str:
    """However it is spaced and wherever its capitals are."""
    return " ".join(question.casefold().split())


def read_queries(path: Path) -> list[tuple[str, str]]:
    """Query and expected question of each row. Raises Failure, which says what to write instead."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as unreadable:
        raise Failure(f"{path} cannot be read as UTF-8 text ({type(unreadable).__name__})") from None
    header = text.partition("\n")[0]
    delimiter = next((one for one in ("\t", ";", ",") if one in header), "\t")
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise Failure(f"{path} has no column {', '.join(missing)}; the first line must be: query<tab>expected_question")
    asked = [(row["query"] or "", row["expected_question"] or "") for row in rows]
    if not asked:
        raise Failure(f"{path} has no query")
    for number, (query, expected) in enumerate(asked, start=1):
        if not query.strip() or not expected.strip():
            raise Failure(f"{path}: query {number} is empty, or says not which question is expected")
    return asked


def _text(data: dict[str, Any]) -> str:
    lines = [
        f"{data['queries']} queries, {data['articles']} questions offered",
        f"hit@1  {100 * data['hit_at_1']:.1f} %",
        f"hit@5  {100 * data['hit_at_5']:.1f} %",
        f"MRR    {data['mrr']:.3f}",
        f"p99    {data['p99_ms']:.1f} ms a query",
    ]
    if data["not_in_collection"]:
        lines.append(f"{len(data['not_in_collection'])} queries whose expected question no offered article has:")
        lines += [f"  {query}" for query in data["not_in_collection"]]
    return "\n".join(lines)
