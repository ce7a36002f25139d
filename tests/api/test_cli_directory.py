"""casebackbone directory import, export: what goes in comes out, twice is once, and nothing is dropped silently."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from api.cli import main
from api.directory_csv import active, inert, join, split
from casebackbone.directory import Directory
from tests.api.desk import Desk

BULKY, TREES = "99012003000000", "99107006012000"
DEPARTMENTS = """department,name,area,phone,email,office,opening_hours,status,successor,valid_from,valid_to
tiefbau,Tiefbauamt,07314000,+49 621 504-0,tiefbau@stadt.example,"Rathaus, Zimmer 3",Mo-Fr 08:00-12:00,open,,2020-01-01,
gruen,Grünflächenamt,,,,,,open,,2020-01-01,2030-01-01
tiefbau,,,,,,,closed,gruen,2028-01-01,
"""
SERVICES = f"""service,name,synonyms,description,status,valid_from,valid_to
{BULKY},Sperrmüllabholung,Grobmüll|Sperrgut,"Große Gegenstände,
wie Möbel",offered,2020-01-01,
{TREES},Baumfällung,,,,2020-01-01,
{TREES},,,,withdrawn,2029-01-01,
"""
PEOPLE = """person,unit,function,status,valid_from,valid_to
agent:tim,department:tiefbau,supervisor,member,2020-01-01,
agent:gina,desk:front,member,,2020-01-01,2027-01-01
agent:gina,,,inactive,2026-02-01,2026-03-01
"""
RESPONSIBILITIES = f"""service,area,department,status,valid_from,valid_to
{BULKY},,tiefbau,assigned,2020-01-01,
{BULKY},07314,gruen,assigned,2021-01-01T00:00:00+01:00,
{BULKY},07314,,ended,2025-01-01,2026-01-01
"""
FILES = {
    "departments.csv": DEPARTMENTS,
    "services.csv": SERVICES,
    "people.csv": PEOPLE,
    "responsibilities.csv": RESPONSIBILITIES,
}
KEPT = ("departments", "closures", "services", "withdrawals", "responsibilities", "members", "absences")


class House:
    """An installation of its own that the command line works on."""

    def __init__(self, folder: Path, database_url: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.environment = {
            "CASEBACKBONE_DATABASE_URL": database_url,
            "CASEBACKBONE_RUN_DIR": str(folder),
            "CASEBACKBONE_MIN_POSITION_WAIT_SECONDS": "0",
            "CASEBACKBONE_LOG_LEVEL": "error",
        }
        self.desk = Desk(database_url, folder)
        self.desk.clock.now = datetime.now(UTC)

    def write(self, **texts: str) -> list[str]:
        """Files by name; ``departments="…"`` is departments.csv."""
        for name, text in texts.items():
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
        return [str(self.folder / f"{name}.csv") for name in texts]

    def run(self, *arguments: str) -> Result:
        return CliRunner(env=self.environment).invoke(main, ["directory", *arguments])

    def imported(self, *files: str, code: int = 0, options: tuple[str, ...] = ()) -> dict[str, Any]:
        result = self.run("import", *files, "--json", *options)
        assert result.exit_code == code, result.output
        summary: dict[str, Any] = json.loads(result.stdout)
        return summary

    def refused(self, file: str) -> list[list[str]]:
        with Path(f"{file}.refused.csv").open(encoding="utf-8", newline="") as listed:
            return list(csv.reader(listed))[1:]

    @property
    def directory(self) -> Directory:
        return self.desk.system.application.directory()


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    made = House(tmp_path / "house", database_url)
    yield made
    made.desk.close()


def city(house: House) -> list[str]:
    return house.write(**{name.removesuffix(".csv"): text for name, text in FILES.items()})


def at(year: int, month: int = 6) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


def test_files_in_any_order_are_taken_together(house: House) -> None:
    summary = house.imported(*reversed(city(house)))
    assert (summary["rows"], summary["new"], summary["known"], summary["refused"]) == (12, 12, 0, 0)
    directory = house.directory
    assert directory.responsible(BULKY, None, at(2026)) == "tiefbau"
    assert [directory.responsible(BULKY, "07314000", at(year)) for year in (2024, 2025, 2026)] == [
        *("gruen", "tiefbau", "gruen"),
    ]
    assert directory.responsible(BULKY, None, at(2028)) == "gruen"
    service = directory.service(BULKY, at(2026))
    assert service is not None
    assert (service.synonyms, service.description) == (("Grobmüll", "Sperrgut"), "Große Gegenstände,\nwie Möbel")
    assert directory.service(TREES, at(2029)) is None
    assert directory.supervisor("tiefbau", at(2026)) == "agent:tim"
    assert [directory.is_active("agent:gina", at(2026, month)) for month in (1, 2, 3)] == [True, False, True]


def test_twice_is_once(house: House) -> None:
    files = city(house)
    house.imported(*files)
    before = house.desk.events()
    summary = house.imported(*files)
    assert (summary["new"], summary["known"], summary["overruled"], summary["refused"]) == (0, 12, 1, 0)
    assert house.desk.events() == before


def test_what_was_said_since_is_not_undone_but_told(house: House) -> None:
    files = house.write(departments=DEPARTMENTS, services=SERVICES, responsibilities=RESPONSIBILITIES)
    house.imported(*files)
    body = {"department": "gruen"}
    assert house.desk.post("adam", f"/directory/services/{BULKY}/responsibilities", body).status_code == 200
    now = house.desk.clock.now
    summary = house.imported(*files)
    assert (summary["new"], summary["overruled"]) == (0, 2)
    assert house.directory.responsible(BULKY, None, now) == "gruen"
    assert "--again" in house.run("import", *files).output
    assert house.imported(files[2], options=("--again",))["new"] > 0
    assert house.directory.responsible(BULKY, None, now) == "tiefbau"


def test_export_then_import_gives_the_same_directory(house: House, tmp_path: Path) -> None:
    house.imported(*city(house))
    for excel in ([], ["--excel"]):
        folder = tmp_path / f"out{len(excel)}"
        assert house.run("export", str(folder), *excel).exit_code == 0
        other = House(tmp_path / f"other{len(excel)}", f"sqlite:///{tmp_path}/other{len(excel)}.sqlite")
        summary = other.imported(*(str(file) for file in folder.iterdir()))
        assert summary["refused"] == 0, other.refused(str(folder / "people.csv"))
        for name in KEPT:
            assert held(getattr(other.directory, name)) == held(getattr(house.directory, name))
        assert other.imported(*(str(file) for file in folder.iterdir()))["new"] == 0
        other.desk.close()


def held(timelines: Any) -> dict[Any, Any]:
    """Without the times for which it was said that there is nothing."""
    found = {key: [part for part in said if part.value is not None] for key, said in timelines.items()}
    return {key: said for key, said in found.items() if said}


HOSTILE = ["=1+1", "@SUM(A1)", "-2+3", "'=x", "''+x", "a|b\\c", 'say "hi"', "Ämter; Stellen, u. a.", "<script>", "%00"]


def test_hostile_cells_come_back_as_they_were_and_run_nowhere(house: House, tmp_path: Path) -> None:
    house.imported(*house.write(departments=DEPARTMENTS))
    for number, name in enumerate(HOSTILE):
        body = {"service": f"9900000000000{number}", "name": name, "synonyms": [name, "x"], "description": name}
        assert house.desk.post("adam", "/directory/services", body).status_code == 200
    exported = house.run("export", "--kind", "services")
    rows = list(csv.DictReader(exported.stdout.splitlines()))
    assert len(rows) == len(HOSTILE)
    assert not any(cell[:1] in ("=", "+", "-", "@", "\t") for row in rows for cell in row.values())
    file = tmp_path / "services.csv"
    file.write_bytes(exported.stdout_bytes)
    other = House(tmp_path / "other", f"sqlite:///{tmp_path}/other.sqlite")
    assert other.imported(str(file))["refused"] == 0
    assert other.directory.services == house.directory.services
    other.desk.close()


@settings(max_examples=300)
@given(st.text(max_size=8), st.lists(st.text("ab|\\'=+", min_size=1), max_size=4))
def test_cells_are_given_back(cell: str, words: list[str]) -> None:
    assert active(inert(cell)) == cell
    assert inert(cell)[:1] not in ("=", "+", "-", "@", "\t", "\r")
    assert split(join(tuple(words))) == words


ROWS = [
    ("departments", "department,name,valid_from\n,Neu,2020-01-01\n", "cell_required", "department"),
    ("departments", "department,name,valid_from\nneu,Neu,\n", "valid_from_missing", "valid_from"),
    ("departments", "department,name,valid_from\nneu,Neu,morgen\n", "time_unreadable", "valid_from"),
    ("departments", "department,name,valid_from\nneu,Neu,0001-01-01\n", "time_out_of_range", "valid_from"),
    ("departments", "department,name,valid_from\nneu,\x00,2020-01-01\n", "row_not_text", ""),
    ("departments", "department,name,valid_from\n=HYPERLINK(),Neu,2020-01-01\n", "cell_wrong_form", "department"),
    ("departments", "department,name,valid_from\nneu,Neu\n", "row_cells", ""),
    ("departments", "department,name,valid_from,area\nneu,Neu,2020-01-01,7314000\n", "malformed_area", ""),
    ("departments", "department,name,valid_from,valid_to\nneu,Neu,2020-01-01,2019-01-01\n", "validity_reversed", ""),
    ("departments", "department,name,valid_from,status\nneu,Neu,2020-01-01,broken\n", "status_unknown", "status"),
    (
        "departments",
        "department,name,valid_from,successor\nneu,Neu,2020-01-01,tiefbau\n",
        "cell_without_use",
        "successor",
    ),
    ("services", "service,name,valid_from\n9901,Neu,2020-01-01\n", "malformed_service", ""),
    ("people", "person,unit,valid_from\ntim,desk,2020-01-01\n", "malformed_person", ""),
    ("people", "person,unit,valid_from\nagent:tim,department:nowhere,2020-01-01\n", "unknown_department", ""),
    ("responsibilities", f"service,department,valid_from\n{BULKY},tiefbau,2020-01-01\n", "unknown_service", ""),
]


@pytest.mark.parametrize(("kind", "text", "code", "column"), ROWS, ids=[f"{row[0]}-{row[2]}" for row in ROWS])
def test_each_refused_row_is_named_with_its_reason(house: House, kind: str, text: str, code: str, column: str) -> None:
    header, _, row = text.partition("\n")
    (good,) = house.write(good="department,name,valid_from\ntiefbau,Tiefbauamt,2020-01-01\n")
    (file,) = house.write(**{kind: f"{header}\n{row}"})
    summary = house.imported(good, file, code=3)
    assert (summary["new"], summary["refused"], summary["refused_by_code"]) == (1, 1, {code: 1})
    (listed,) = house.refused(file)
    assert (listed[0], listed[1], listed[3]) == ("2", code, column)
    assert len(listed[2]) > 10
    assert summary["refused_files"] == [f"{file}.refused.csv"]


def test_a_row_that_only_ends_where_it_goes_on_is_not_dropped_silently(house: House) -> None:
    house.imported(*house.write(departments=DEPARTMENTS, services=SERVICES, responsibilities=RESPONSIBILITIES))
    header = RESPONSIBILITIES.partition("\n")[0]
    (file,) = house.write(ending=f"{header}\n{BULKY},,tiefbau,assigned,2020-01-01,2027-01-01\n")
    assert house.imported(file, code=3)["refused_by_code"] == {"goes_on": 1}
    (file,) = house.write(ended=f"{header}\n{BULKY},,,ended,2027-01-01,\n")
    assert house.imported(file)["new"] == 1
    assert house.directory.responsible(BULKY, None, at(2027)) is None


FILES_THAT_ARE_NONE = {
    "of no kind": ("a,b\n1,2\n", "of no kind"),
    "unknown column": ("department,name,valid_from,colour\n", "colour"),
    "no time": ("department,name\n", "valid_from"),
    "empty": ("", "of no kind"),
    "twice": ("department,name,name,valid_from\nx,y,z,2020-01-01\n", "more than once"),
}


@pytest.mark.parametrize("name", FILES_THAT_ARE_NONE)
def test_files_that_cannot_be_read_say_what_is_missing(house: House, name: str) -> None:
    text, reason = FILES_THAT_ARE_NONE[name]
    (file,) = house.write(file=text)
    result = house.run("import", file)
    assert result.exit_code in (1, 2)
    assert reason in result.output
    assert "Traceback" not in result.output


def test_semicolons_and_a_byte_order_mark(house: House) -> None:
    file = house.folder / "excel.csv"
    file.write_bytes("\ufeffdepartment;name;valid_from\r\ntiefbau;Tiefbau, Amt für;01.01.2020\r\n".encode())
    assert house.imported(str(file))["new"] == 1
    found = house.directory.department("tiefbau", datetime(2020, 1, 1, tzinfo=UTC))
    assert found is not None
    assert found.name == "Tiefbau, Amt für"


def test_who_is_taken_out_now_leaves_nothing_behind(house: House) -> None:
    case = house.desk.received().done("anna", "claim")
    (file,) = house.write(people="person,unit,status,valid_from\nagent:anna,,inactive,2026-01-01\n")
    behind = house.run("import", file)
    assert behind.exit_code == 1
    assert "casebackbone project" in behind.output
    assert house.directory.is_active("agent:anna", house.desk.clock.now)
    house.desk.project()
    assert house.imported(file)["moved"] == 1
    assert house.desk.system.application.inquiry(UUID(case.id)).standing.holder == "desk:front"


def test_export_needs_to_know_where(house: House) -> None:
    assert house.run("export").exit_code == 2


def test_the_example_can_be_taken_and_asked(house: House) -> None:
    files = sorted((Path(__file__).parents[2] / "examples" / "directory").glob("*.csv"))
    assert house.imported(*map(str, files))["refused"] == 0
    house.desk.project()
    asked = {"q": "Vor meinem Haus ist ein Schlagloch", "at": "2026-03-02T09:00:00+01:00"}
    answer = house.desk.get("anna", "/directory/responsibility", query_string=asked).json
    assert answer["answer"] == "Für „Straßenschaden melden“ ist zuständig: Bereich Tiefbau."
