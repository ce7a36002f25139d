"""Articles from a file and into one, and the search judged: the commands from outside, on both databases."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.story.commands import Casebackbone

FAQ = (
    "question\tanswer\tcategory\n"
    "Wann kommt die Müllabfuhr?\tJede Woche.\tMüll\n"
    'Wo gibt es Pässe?\t"Im Bürgerbüro.\n- mit Foto"\t\n'
)


@pytest.fixture
def casebackbone(database_url: str, tmp_path: Path) -> Casebackbone:
    made = Casebackbone(tmp_path, {"CASEBACKBONE_DATABASE_URL": database_url})
    made("db", "upgrade")
    return made


def faq(tmp_path: Path, text: str = FAQ, name: str = "faq.tsv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def queries(tmp_path: Path, *rows: tuple[str, str]) -> Path:
    return faq(tmp_path, "query\texpected_question\n" + "".join("\t".join(row) + "\n" for row in rows), "queries.tsv")


def test_imported_found_changed_and_exported(casebackbone: Casebackbone, tmp_path: Path) -> None:
    first = casebackbone("article", "import", faq(tmp_path), "--publish", "--json").data
    assert (first["name"], first["new"], first["published"], first["columns_not_used"]) == ("faq", 2, 2, ["category"])
    asked = queries(
        tmp_path,
        ("wann wird Müll abgeholt", "Wann kommt die Müllabfuhr?"),
        ("Pass beantragen", "Wo gibt es  pässe?"),
        ("Hunde anmelden", "Wo melde ich meinen Hund an?"),
    )
    found = casebackbone("search", "evaluate", asked, "--json").data
    assert {name: found[name] for name in ("queries", "hit_at_1", "hit_at_5", "mrr")} == {
        "queries": 3,
        "hit_at_1": pytest.approx(2 / 3),
        "hit_at_5": pytest.approx(2 / 3),
        "mrr": pytest.approx(2 / 3),
    }
    assert found["p99_ms"] > 0
    assert found["not_in_collection"] == ["Hunde anmelden"]
    said = casebackbone("search", "evaluate", asked).out
    assert "hit@1  66.7 %" in said
    assert "Hunde anmelden" in said

    exported = tmp_path / "out.csv"
    casebackbone("article", "export", exported)
    with exported.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert {row["answer"] for row in rows} == {"Jede Woche.", "Im Bürgerbüro.\n- mit Foto"}
    again = casebackbone("article", "import", exported, "--publish", "--json").data
    assert (again["new"], again["revised"], again["unchanged"]) == (0, 0, 2)
    exported.write_text(exported.read_text(encoding="utf-8").replace("Jede", "-Jede zweite"), encoding="utf-8")
    changed = casebackbone("article", "import", exported, "--publish", "--json").data
    assert (changed["revised"], changed["published"], changed["unchanged"]) == (1, 1, 1)
    tsv = tmp_path / "out.tsv"
    casebackbone("article", "export", tsv)
    assert "'-Jede zweite" in tsv.read_text(encoding="utf-8")
    last = casebackbone("article", "import", tsv, "--publish", "--json").data
    assert (last["new"], last["revised"], last["unchanged"]) == (0, 0, 2)


def test_refused_rows_are_listed_and_nothing_of_them_is_quoted(casebackbone: Casebackbone, tmp_path: Path) -> None:
    file = faq(tmp_path, FAQ + 'Geheim?\t\t\nWo gibt es Pässe?\t"Im Bürgerbüro.\n- mit Foto"\t\n')
    ended = casebackbone("article", "import", file, "--json", code=3)
    assert (ended.data["new"], ended.data["published"], ended.data["refused"]) == (2, 0, 1)
    assert ended.data["unchanged"] == 1  # what stands there twice is said once
    listed = (tmp_path / "faq.tsv.refused.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(listed.splitlines()))
    assert [(row["line"], row["code"]) for row in rows] == [("5", "answer_missing")]
    assert "Geheim" not in listed + ended.err + ended.out


def test_synonyms_from_a_file(database_url: str, casebackbone: Casebackbone, tmp_path: Path) -> None:
    casebackbone("article", "import", faq(tmp_path), "--publish")
    asked = queries(tmp_path, ("Lichtbildausweis", "Wo gibt es Pässe?"))
    assert casebackbone("search", "evaluate", asked, "--json").data["hit_at_1"] == 0
    words = faq(tmp_path, "Lichtbildausweis, Pass\n", "words.txt")
    other = Casebackbone(
        tmp_path, {"CASEBACKBONE_DATABASE_URL": database_url, "CASEBACKBONE_SYNONYMS_FILE": str(words)}
    )
    assert other("search", "evaluate", asked, "--json").data["hit_at_1"] == 1


def test_what_cannot_be_used_says_why(casebackbone: Casebackbone, tmp_path: Path) -> None:
    wrong = faq(tmp_path, "frage\tantwort\n", "wrong.tsv")
    assert "no column question, answer" in casebackbone("article", "import", wrong, code=1).err
    assert "--name" in casebackbone("article", "import", faq(tmp_path), "--name", "a b", code=2).err
    assert "not known" in casebackbone("article", "import", faq(tmp_path), "--encoding", "morse", code=2).err
    assert "no column query" in casebackbone("search", "evaluate", wrong, code=1).err
    assert "has no query" in casebackbone("search", "evaluate", queries(tmp_path), code=1).err
    assert json.loads(casebackbone("article", "import", faq(tmp_path), "--json").out)["new"] == 2
