"""A year of a city's requests: imported, published, shown; with crashes on the way, and no word said of any text."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from api.bootstrap import System
from api.settings import read_settings
from events.kafka import describe_topic
from tests.story.city import CANARY, MOMENTS, City, write_city
from tests.story.commands import PATIENCE, ROOT, Casebackbone, embedded, half_fed, running, until

MAPPING = ROOT / "examples" / "city-requests.toml"
ZONE = "America/New_York"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return write_city(tmp_path_factory.mktemp("city") / "city.csv.gz")


@pytest.fixture(scope="module")
def clean(city: City, tmp_path_factory: pytest.TempPathFactory) -> Casebackbone:
    """The same import on SQLite, straight through."""
    made = embedded(tmp_path_factory.mktemp("clean"))
    made("db", "upgrade")
    made("import", city.path, "--mapping", MAPPING)
    made("project", "run", "--until-caught-up")
    return made


def _demand_facts(casebackbone: Casebackbone, city: City) -> None:
    for moment in MOMENTS:
        asked = ("audit", "accounting", "--as-of", moment, "--timezone", ZONE, "--json")
        numbers = casebackbone(*asked).data
        facts = city.facts(moment)
        assert {name: numbers[name] for name in facts} == facts


def _digest(casebackbone: Casebackbone, *options: str) -> dict[str, str]:
    digests: dict[str, str] = casebackbone("audit", "digest", "--json", *options).data
    return digests


def test_both_ways_to_run_it_give_the_facts_and_equal_views(
    clean: Casebackbone, production: Casebackbone, city: City
) -> None:
    production("db", "upgrade")
    production("topics", "create")
    production("import", city.path, "--mapping", MAPPING)
    production("relay", "--until-caught-up")
    production("project", "run", "--until-caught-up")
    for casebackbone in (clean, production):
        _demand_facts(casebackbone, city)
        assert casebackbone("audit", "reconcile", "--json").data["differences"] == []
        assert casebackbone("audit", "verify", "--json").data["findings"] == []
    assert _digest(production) == _digest(clean)
    _demand_silence(production, city)
    production("relay", "--until-caught-up", "--republish")
    production("project", "run", "--until-caught-up")
    assert production("audit", "reconcile", "--json").data["topic"]["records"] == 2 * city.events
    assert _digest(production) == _digest(clean)


def test_the_embedded_way_says_no_closing_text_either(clean: Casebackbone, city: City) -> None:
    assert CANARY.encode() in _bytes_of(clean.folder.glob("casebackbone.sqlite*")), "the content store has them"
    views = list(clean.folder.glob("*views*"))
    assert views
    assert CANARY.encode() not in _bytes_of(iter(views))
    assert CANARY not in clean.logs


def test_a_projector_is_killed_two_are_started_and_all_is_rebuilt_meanwhile(
    clean: Casebackbone, production: Casebackbone, city: City, tmp_path: Path
) -> None:
    production("db", "upgrade")
    production("topics", "create")
    pipe = tmp_path / "city.csv"
    with _system(production) as system, running(production) as start, half_fed(pipe, city.plain) as feed_the_rest:
        start("relay")
        doomed = start("project", "run")
        importing = start("import", pipe, "--mapping", MAPPING)
        until(lambda: _applied(system) > 0)
        doomed.send_signal(signal.SIGKILL)
        doomed.wait()
        start("project", "run")
        start("project", "run")
        feed_the_rest()
        rebuilt = production("project", "rebuild", "--json").data
        assert importing.wait(PATIENCE) == 0
        before = _digest(production, "--wait", str(PATIENCE))
        assert before == _digest(clean)
        _demand_facts(production, city)
        again = production("project", "rebuild", "--json").data
        assert again["generation"] > rebuilt["generation"]
        assert _digest(production, "--wait", str(PATIENCE)) == before
    assert production("audit", "reconcile", "--json").data["differences"] == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "stopped"])
def test_an_import_is_ended_in_the_middle_and_run_again(
    clean: Casebackbone, city: City, tmp_path: Path, number: signal.Signals
) -> None:
    casebackbone = embedded(tmp_path)
    casebackbone("db", "upgrade")
    pipe = tmp_path / "city.csv"
    with _system(casebackbone) as system, running(casebackbone) as start, half_fed(pipe, city.plain):
        importing = start("import", pipe, "--mapping", MAPPING)
        until(lambda: system.head() > 0)
        importing.send_signal(number)
        assert importing.wait(PATIENCE) != 0
    done = casebackbone("import", city.path, "--mapping", MAPPING, "--json").data
    assert done["repeated"] > 0
    assert done["repeated"] + done["imported"] == len(city.rows)
    casebackbone("project", "run", "--until-caught-up")
    assert _digest(casebackbone) == _digest(clean)


# --- what the stories need -----------------------------------------------------------------------------------------


@contextmanager
def _system(casebackbone: Casebackbone) -> Iterator[System]:
    system = System(read_settings(casebackbone.environment))
    try:
        yield system
    finally:
        system.close()


def _applied(system: System) -> int:
    with system.views.read() as connection:
        return system.freshness(connection, system.clock()).as_of_position


def _bytes_of(files: Iterator[Path]) -> bytes:
    return b"".join(file.read_bytes() for file in files)


def _demand_silence(production: Casebackbone, city: City) -> None:
    """Closing texts are in the content store, and nowhere else: not in events, topic, views or logs."""
    engine = create_engine(production.environment["CASEBACKBONE_DATABASE_URL"].replace("://", "+psycopg://", 1))
    found: dict[str, int] = {}
    try:
        with engine.connect() as connection:
            for schema in inspect(connection).get_schema_names():
                if schema == "information_schema":
                    continue
                for table in inspect(connection).get_table_names(schema):
                    name = f'"{schema}"."{table}"'
                    hits = connection.scalar(
                        text(f"SELECT count(*) FROM {name} AS r WHERE r::text LIKE :said OR r::text LIKE :as_bytes"),
                        {"said": f"%{CANARY}%", "as_bytes": f"%{CANARY.encode().hex()}%"},
                    )
                    if hits:
                        found[table] = hits
    finally:
        engine.dispose()
    assert set(found) == {"contents"}, found
    assert CANARY not in production.logs
    assert CANARY.encode() not in _topic(production, city)


def _topic(production: Casebackbone, city: City) -> bytes:
    """Every record of the topic: key, headers, value."""
    from kafka import KafkaConsumer, TopicPartition

    count = describe_topic(
        production.environment["CASEBACKBONE_KAFKA_BOOTSTRAP"], production.environment["CASEBACKBONE_TOPIC"]
    ).partitions
    consumer = KafkaConsumer(
        bootstrap_servers=production.environment["CASEBACKBONE_KAFKA_BOOTSTRAP"],
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    try:
        name = production.environment["CASEBACKBONE_TOPIC"]
        partitions = [TopicPartition(name, number) for number in range(count)]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        parts, records = [], 0
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for batch in consumer.poll(timeout_ms=500).values():
                for record in batch:
                    records += 1
                    parts += [record.key, record.value, *(value for _, value in record.headers)]
    finally:
        consumer.close()
    assert records == city.events
    return b"\n".join(parts)
