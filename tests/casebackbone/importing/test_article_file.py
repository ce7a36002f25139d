"""Articles in a file: which columns it has, what its rows say, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebackbone.importing.article_file import FileArticle, articles_in, guarded, layout_of, unguarded
from casebackbone.importing.cases import Refusal
from casebackbone.importing.rows import UnreadableFile, open_rows

BERLIN = ZoneInfo("Europe/Berlin")


def read(path: Path, text: str, encoding: str = "utf-8") -> list[FileArticle | Refusal]:
    raw = text.encode(encoding)
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return opened(path, encoding)


def opened(path: Path, encoding: str = "utf-8") -> list[FileArticle | Refusal]:
    layout = layout_of(path, encoding)
    with open_rows(
        path, encoding=encoding, delimiter=layout.delimiter, columns=layout.columns, progress=lambda _: None
    ) as rows:
        return list(articles_in(rows, BERLIN))


def refusals(found: list[FileArticle | Refusal]) -> list[tuple[int, str, str]]:
    return [(one.line, one.code, one.column) for one in found if isinstance(one, Refusal)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tsv", "question\tanswer\nWann, wo?\tJa; nein"),
        ("a.csv", 'question,answer\n"Wann, wo?",Ja; nein'),
        ("a.csv", '\ufeffquestion;answer\nWann, wo?;"Ja; nein"'),
        ("a.txt", "question\tanswer\nWann, wo?\tJa; nein"),
        ("a.tsv.gz", "answer\tquestion\nJa; nein\tWann, wo?"),
    ],
)
def test_the_header_says_how_it_is_written(tmp_path: Path, name: str, text: str) -> None:
    (one,) = read(tmp_path / name, text)
    assert isinstance(one, FileArticle)
    assert (one.words.question, one.words.answer, one.line) == ("Wann, wo?", "Ja; nein", 2)


def test_all_columns_and_those_that_are_not_used(tmp_path: Path) -> None:
    header = "id\tquestion\tanswer\tkeywords\tservices\tdepartments\tlanguage\tvalid_from\tvalid_to\tsource"
    row = 'a1\tWann?\t"Morgens\nund abends"\tMüll | Tonne\t99012003000000\tabfall|umwelt\ten'
    row += "\t2026-01-01\t2026-07-01T12:00Z\tx"
    (one,) = read(tmp_path / "a.tsv", f"{header}\n{row}")
    assert isinstance(one, FileArticle)
    words = one.words
    assert (words.answer, words.keywords, words.language) == ("Morgens\nund abends", ("Müll", "Tonne"), "en")
    assert (words.services, words.departments) == (("99012003000000",), ("abfall", "umwelt"))
    assert {name: str(at) for name, at in one.validity.items()} == {
        "valid_from": "2025-12-31 23:00:00+00:00",
        "valid_to": "2026-07-01 12:00:00+00:00",
    }
    assert one.key == "id:a1"
    assert layout_of(tmp_path / "a.tsv").unused == ("source",)


def test_each_row_that_cannot_be_taken_has_its_line_code_and_column(tmp_path: Path) -> None:
    text = (
        "question\tanswer\tlanguage\tvalid_from\tvalid_to\n"
        "\tohne Frage\t\t\t\n"
        "ohne Antwort\t \t\t\t\n"
        f"{'x' * 1001}\tzu lang\t\t\t\n"
        "Sprache?\tja\tDeutsch, bitte\t\t\n"
        "Zeit?\tja\t\tgestern\t\n"
        "Verdreht?\tja\t\t2026-02-01\t2026-01-01\n"
        "zu wenig\n"
        "Gut?\tja\t\t\t\n"
    )
    found = read(tmp_path / "a.tsv", text)
    assert refusals(found) == [
        (2, "question_missing", "question"),
        (3, "answer_missing", "answer"),
        (4, "question_too_long", "question"),
        (5, "language_unusable", "language"),
        (6, "time_unreadable", "valid_from"),
        (7, "validity_reversed", "valid_to"),
        (8, "row_cells", ""),
    ]
    assert not any(quoted in one.detail for one in found if isinstance(one, Refusal) for quoted in ("gestern", "bitte"))
    assert isinstance(found[-1], FileArticle)


def test_one_question_with_several_answers_and_what_stands_there_twice(tmp_path: Path) -> None:
    rows = ["Wann?\tFrüh", "Wo?\tHier", "wann?\tSpät", "Wann? \tFrüh", "Wann?\tNie"]
    found = read(tmp_path / "a.tsv", "question\tanswer\n" + "\n".join(rows))
    keys = [one.key for one in found if isinstance(one, FileArticle)]
    again = "question:wann?"
    assert keys == ["question:wann?", "question:wo?", "question:wann?\n2", again, "question:wann?\n3"]
    assert refusals(found) == []


def test_an_id_stands_for_one_row(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", "id,question,answer\n1,Wann?,Früh\n1,Wo?,Hier\n,Wo?,Hier")
    assert refusals(found) == [(3, "id_twice", "id")]
    assert [one.key for one in found if isinstance(one, FileArticle)] == ["id:1", "question:wo?"]


def test_marks_that_turn_text_around_are_left_out(tmp_path: Path) -> None:
    (one,) = read(tmp_path / "a.tsv", "question\tanswer\nWann\u202e?\t\u2066Ja\u2069\x07 e\u0301")
    assert isinstance(one, FileArticle)
    assert (one.words.question, one.words.answer) == ("Wann?", "Ja é")


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.tsv", b"frage\tantwort\nWann?\tJetzt", "no column question, answer"),
        ("a.csv", b"", "no column question, answer"),
        ("a.csv", "question,answer,kürzel\n".encode("cp1252"), "--encoding"),
        ("a.tsv.gz", b"question\tanswer", "cannot be read"),
        ("a.csv", b"question,answer,question\n", "more than once"),
    ],
)
def test_files_that_are_none(tmp_path: Path, name: str, raw: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(UnreadableFile, match=said):
        opened(path)


def test_a_pipe_cannot_be_read_twice(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="is not a file"):
        layout_of(tmp_path)


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-5", "@a", "\t=1", "'=1", "''-1", "＝1", "'", "Wann?", "'tis", ""])
def test_no_cell_begins_like_a_formula_and_each_comes_back(cell: str) -> None:
    assert guarded(cell)[:1] not in tuple("=+-@\t\r＝＋－＠")
    assert unguarded(guarded(cell)) == cell


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n＝ab\"|;, "), max_size=8))
def test_every_text_comes_back_from_a_cell(text: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerow([guarded(text)])
    (row,) = csv.reader(io.StringIO(written.getvalue(), newline="")) if text else [[""]]
    assert unguarded(row[0]) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
