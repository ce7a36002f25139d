"""The commands from outside: what they print, and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.story.city import CANARY, MOMENTS, write_city, write_rows
from tests.story.commands import ROOT, Casebackbone, embedded

MAPPING = ROOT / "examples" / "city-requests.toml"
ZONE = "America/New_York"


@pytest.fixture
def casebackbone(tmp_path: Path) -> Casebackbone:
    return embedded(tmp_path)


@pytest.fixture
def prepared(casebackbone: Casebackbone) -> Casebackbone:
    casebackbone("db", "upgrade")
    return casebackbone


def test_help_names_every_command(casebackbone: Casebackbone) -> None:
    named = {line.split()[0] for line in casebackbone("--help").out.partition("Commands:")[2].splitlines() if line}
    assert named == {
        *("article", "audit", "caretaker", "db", "demo", "desk", "directory", "docs", "doctor", "figures", "health"),
        *("import", "project", "promise", "relay", "search", "serve", "token", "topics"),
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("audit", "accounting"), "--as-of"),
        (("audit", "accounting", "--as-of", "gestern"), "is not a time"),
        (("audit", "accounting", "--as-of", "2026-01-01", "--timezone", "Mars"), "time zone"),
        (("import", "nothing.csv", "--mapping", str(MAPPING)), "does not exist"),
        (("token", "--role", "importer"), "importer"),
        (("token", "--role", "department_staff"), "department"),
        (("health", "everything"), "everything"),
        (("project", "replay", "seven"), "UUID"),
    ],
)
def test_bad_usage_ends_with_2_and_says_why(prepared: Casebackbone, arguments: tuple[str, ...], said: str) -> None:
    ended = prepared(*arguments, code=2)
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""


def test_settings_with_mistakes_end_with_2(tmp_path: Path) -> None:
    ended = Casebackbone(tmp_path, {"CASEBACKBONE_DATABASE": "x"})("project", "status", code=2)
    assert "did you mean" in ended.err
    assert "Traceback" not in ended.err


def test_a_mapping_with_mistakes_ends_with_2(prepared: Casebackbone, tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text('name = "a"\nkind = "case"\n', encoding="utf-8")
    city = write_city(tmp_path / "city.csv.gz", 1)
    ended = prepared("import", city.path, "--mapping", tmp_path / "mapping.toml", code=2)
    assert "time.zone: missing" in ended.err


def test_without_tables_it_says_what_to_do(casebackbone: Casebackbone, tmp_path: Path) -> None:
    city = write_city(tmp_path / "city.csv.gz", 1)
    for arguments in (("import", city.path, "--mapping", MAPPING), ("project", "status"), ("audit", "digest")):
        ended = casebackbone(*arguments, code=1)
        assert "casebackbone db upgrade" in ended.err
        assert "Traceback" not in ended.err


def test_what_needs_a_broker_says_so(prepared: Casebackbone) -> None:
    for arguments in (("relay", "--until-caught-up"), ("topics", "create")):
        assert "CASEBACKBONE_KAFKA_BOOTSTRAP" in prepared(*arguments, code=1).err


def test_a_token_is_for_its_role(prepared: Casebackbone) -> None:
    data = prepared("token", "--role", "department_staff", "--department", "tiefbau", "--json").data
    assert (data["role"], data["department"]) == ("department_staff", "tiefbau")
    assert data["token"].count(".") == 2
    assert prepared("token", "--role", "auditor").out.count(".") == 2


def test_upgrade_may_be_repeated(casebackbone: Casebackbone) -> None:
    assert casebackbone("db", "upgrade", "--json").data == casebackbone("db", "upgrade", "--json").data


def test_scrubbing_needs_a_record_and_may_be_repeated(casebackbone: Casebackbone) -> None:
    assert "casebackbone db upgrade" in casebackbone("db", "scrub", code=1).err
    casebackbone("db", "upgrade")
    assert casebackbone("db", "scrub", "--json").data == casebackbone("db", "scrub", "--json").data


def test_an_import_is_told_counted_and_not_doubled(prepared: Casebackbone, tmp_path: Path) -> None:
    city = write_city(tmp_path / "city.csv.gz", 40)
    first = prepared("import", city.path, "--mapping", MAPPING, "--json").data
    assert (first["imported"], first["repeated"], first["events"]) == (40, 0, city.events)
    again = prepared("import", city.path, "--mapping", MAPPING, "--json").data
    assert (again["imported"], again["repeated"], again["events"]) == (0, 40, 0)

    stale = prepared("audit", "accounting", "--as-of", "2020-01-01", "--wait", "0", "--json", code=3)
    assert (stale.data["stale"], stale.data["reason"]) == (True, "stale")
    assert "stale" in stale.err
    assert prepared("audit", "digest", "--wait", "0", code=3).out
    assert prepared("audit", "reconcile", "--wait", "0", "--json", code=3).data["reason"] == "stale"

    prepared("project", "run", "--until-caught-up")
    for moment in MOMENTS:
        for source in ("views", "store"):
            numbers = prepared(
                "audit", "accounting", "--as-of", moment, "--timezone", ZONE, "--source", source, "--json"
            ).data
            assert {name: numbers[name] for name in city.facts(moment)} == city.facts(moment)
            assert not numbers["stale"]
    reconciled = prepared("audit", "reconcile", "--json").data
    assert (reconciled["differences"], reconciled["reason"]) == ([], None)
    assert reconciled["store"]["received"] == reconciled["read_model"]["received"] == 40


def test_a_later_export_adds_what_has_happened_since(prepared: Casebackbone, tmp_path: Path) -> None:
    early = write_city(tmp_path / "early.csv.gz", 40, closed_until="2019-05-01 00:00:00")
    late = write_city(tmp_path / "late.csv.gz", 40)
    prepared("import", early.path, "--mapping", MAPPING)
    added = prepared("import", late.path, "--mapping", MAPPING, "--json").data
    assert added["events"] == late.events - early.events > 0
    assert (added["imported"], added["continued"]) == (0, (late.events - early.events) // 2)

    other = embedded(tmp_path / "other")
    other.folder.mkdir()
    other("db", "upgrade")
    other("import", late.path, "--mapping", MAPPING)
    for one in (prepared, other):
        one("project", "run", "--until-caught-up")
    continued, at_once = (one("audit", "digest", "--json").data for one in (prepared, other))
    assert continued.pop("audit_trail") != at_once.pop("audit_trail"), "it came by two commands instead of one"
    assert continued == at_once
    older = prepared("import", early.path, "--mapping", MAPPING, "--json").data
    assert (older["repeated"], older["events"]) == (40, 0)


def test_an_export_that_contradicts_the_record_is_refused(prepared: Casebackbone, tmp_path: Path) -> None:
    city = write_city(tmp_path / "city.csv.gz", 3)
    prepared("import", city.path, "--mapping", MAPPING)
    moved = [row | {"open_dt": "2019-01-01 00:00:01"} for row in city.rows[:1]]
    write_rows(tmp_path / "moved.csv", [*moved, *city.rows[1:]])
    ended = prepared("import", tmp_path / "moved.csv", "--mapping", MAPPING, "--json", code=3)
    assert ended.data["refused_by_code"] == {"differs_from_record": 1}
    assert (ended.data["repeated"], ended.data["events"]) == (2, 0)


def test_rows_that_are_refused_are_listed_without_quoting_them(prepared: Casebackbone, tmp_path: Path) -> None:
    city = write_city(tmp_path / "city.csv.gz", 3)
    rows = [dict(row) for row in city.rows]
    rows[1]["open_dt"] = f"{CANARY} o'clock"
    write_rows(tmp_path / "broken.csv", rows)
    ended = prepared("import", tmp_path / "broken.csv", "--mapping", MAPPING, "--json", code=3)
    assert (ended.data["imported"], ended.data["refused"]) == (2, 1)
    listed = (tmp_path / "broken.csv.refused.csv").read_text(encoding="utf-8")
    assert listed.splitlines()[1].startswith("3,time_unreadable,")
    assert CANARY not in listed + ended.out + ended.err


def test_doctor_says_what_is_wrong_and_what_to_do(casebackbone: Casebackbone) -> None:
    before = {one["name"]: one for one in casebackbone("doctor", "--json", code=3).data}
    assert "db upgrade" in before["store"]["remedy"]
    casebackbone("db", "upgrade")
    after = casebackbone("doctor", "--json").data
    assert all(one["ok"] for one in after)
    assert "POSTGRES_ENABLE_DB_FUNCTIONS" in casebackbone_with_functions(casebackbone)


def casebackbone_with_functions(casebackbone: Casebackbone) -> str:
    setting = {"POSTGRES_ENABLE_DB_FUNCTIONS": "y"}
    return Casebackbone(casebackbone.folder, dict(casebackbone.environment) | setting)("doctor", code=3).out


def test_health_of_what_does_not_run(prepared: Casebackbone) -> None:
    ended = prepared("health", "relay", "--json", code=1)
    assert ended.data == {"name": "relay", "healthy": False, "problems": ["no relay is running here"]}


def test_documents_are_up_to_date(prepared: Casebackbone, tmp_path: Path) -> None:
    assert prepared("docs", "--into", tmp_path / "made").out
    assert prepared("docs", "--into", tmp_path / "made", "--check").out == "nothing has changed\n"
    prepared("docs", "--check")


def test_the_demo_starts_answers_and_ends(casebackbone: Casebackbone, tmp_path: Path) -> None:
    data = casebackbone("demo", "--dir", tmp_path / "demo", "--once", "--json").data
    assert data["nobody_lost"]["open"] > 5
    assert set(data["tokens"]) >= {"anna", "frank", "eva"}
