"""Every broken row is told by its line; the rows around it are read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from casebackbone.importing.rows import LONGEST_CELL, Row, UnreadableFile, open_rows


def _read(path: Path, columns: tuple[str, ...] = ("key",), **options: str) -> list[Row]:
    reading = {"encoding": "utf-8", "delimiter": ",", **options}
    with open_rows(path, columns=columns, progress=lambda done: None, **reading) as rows:  # type: ignore[arg-type]
        return list(rows)


def _written(folder: Path, content: bytes, name: str = "cases.csv") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_rows_have_the_line_on_which_they_begin(tmp_path: Path) -> None:
    path = _written(tmp_path, b'key,text\r\n1,"two\r\nlines"\r\n\r\n2,b\r\n')
    assert [(row.line, row.cells, row.problem) for row in _read(path)] == [
        (2, {"key": "1", "text": "two\r\nlines"}, None),
        (5, {"key": "2", "text": "b"}, None),
    ]


def test_a_packed_file_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = _written(tmp_path, gzip.compress("\ufeffkey\nä\n".encode()), "cases.csv.gz")
    assert [row.cells for row in _read(path)] == [{"key": "ä"}]


def test_another_encoding_and_delimiter_are_read(tmp_path: Path) -> None:
    path = _written(tmp_path, "key;text\n1;Straße\n".encode("cp1252"))
    assert [row.cells["text"] for row in _read(path, encoding="cp1252", delimiter=";")] == ["Straße"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"1,b,c", "row_cells"),
        (b"1", "row_cells"),
        (b"1,\xff\xfe", "row_encoding"),
        (b"1,a\0b", "row_not_text"),
        (b'1,"a"b', "row_malformed"),
        (b"1," + b"x" * (LONGEST_CELL + 1), "row_malformed"),
    ],
)
def test_a_broken_row_is_told_and_the_next_is_read(tmp_path: Path, line: bytes, code: str) -> None:
    path = _written(tmp_path, b"key,text\n0,a\n" + line + b"\n2,b\n")
    first, broken, last = _read(path)
    assert broken.problem is not None
    assert (broken.line, broken.problem[0]) == (3, code)
    assert (first.cells["key"], last.cells["key"], last.line) == ("0", "2", 4)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"other\n1\n", "no column key"), (b"", "no header"), (b"key,key\n1,2\n", "more than once")],
)
def test_a_file_without_the_columns_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        _read(_written(tmp_path, content))


def test_a_file_that_is_not_there_or_cut_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="cannot be read"):
        _read(tmp_path / "nothing.csv")
    whole = gzip.compress(b"key\n" + b"".join(b"%d\n" % (n * 7919) for n in range(5000)))
    with pytest.raises(UnreadableFile, match="ends in the middle"):
        _read(_written(tmp_path, whole[: len(whole) // 2], "cut.csv.gz"))


def test_progress_is_told_in_bytes_of_the_file(tmp_path: Path) -> None:
    path = _written(tmp_path, b"key\n1\n2\n")
    told: list[int] = []
    with open_rows(path, encoding="utf-8", delimiter=",", columns=("key",), progress=told.append) as rows:
        assert len(list(rows)) == 2
    assert told[-1] == path.stat().st_size
