"""What other tests rely on: services that can be tortured, and that leave nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from events.kafka import create_topic, describe_topic
from tests.services import containers, kafka, running
from tests.services.kafka import KafkaBroker
from tests.services.postgres import PostgresServer, create_database
from tests.services.processes import ProgramMissing, ServiceMissing

ROOT = Path(__file__).parents[2]
NO_ADDRESS = {name: value for name, value in os.environ.items() if name not in (running.KAFKA, running.POSTGRES)}


def until(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up, "it never came to that"
        time.sleep(0.05)


def processes_in(folder: str) -> list[int]:
    """Who works there, by what their command names."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in command:
            found.append(int(entry.name))
    return found


def test_a_broker_that_was_killed_comes_back_with_its_data_at_its_address(kafka_broker: KafkaBroker) -> None:
    address = kafka_broker.bootstrap
    made = create_topic(address, "test.kept")
    kafka_broker.kill()
    kafka_broker.start()
    assert kafka_broker.bootstrap == address
    assert describe_topic(address, "test.kept") == made


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_that_is_paused_answers_nobody_and_can_still_be_stopped(kafka_broker: KafkaBroker) -> None:
    kafka_broker.pause()
    assert not kafka.answers(kafka_broker.bootstrap)
    kafka_broker.resume()
    assert kafka.answers(kafka_broker.bootstrap)
    kafka_broker.pause()
    kafka_broker.stop()


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with running.folder() as place:
        (place / "postgres").mkdir()
        made = PostgresServer(place / "postgres", "fsync=off").start()
        yield made
        made.stop()
    assert not place.exists()


def test_a_server_that_was_killed_comes_back_with_its_data(server: PostgresServer) -> None:
    url = create_database(server.url, "kept")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (id integer)")
    server.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    server.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        assert connection.execute("SHOW fsync").fetchone() == ("off",)


def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    broker = KafkaBroker(tmp_path)
    settings = tmp_path / "server.properties"
    settings.write_text(settings.read_text().replace("node.id=1", "node.id=2"))
    with pytest.raises(ServiceMissing, match=r"(?s)Kafka has ended: .*node id"):
        broker.start()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_whatever_ends_the_run(number: signal.Signals) -> None:
    script = "import time; print('at work', flush=True); time.sleep(600)"
    command = [sys.executable, "-m", "tests.services", "--", sys.executable, "-c", script]
    with subprocess.Popen(
        command, cwd=ROOT, env=NO_ADDRESS, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    ) as run:
        assert run.stdout is not None
        said = {line.strip() for line in (run.stdout.readline() for _ in range(3))}
        assert "at work" in said
        assert {line.partition("=")[0] for line in said} == {running.KAFKA, running.POSTGRES, "at work"}
        folders = set(re.findall(r"\S*/casebackbone-services-\w+", " ".join(children_of(run.pid))))
        assert len(folders) == 2
        assert all(Path(folder).is_dir() for folder in folders)
        run.send_signal(number)
        assert run.wait(60) == (-9 if number == signal.SIGKILL else 128 + number)
    for folder in folders:
        until(lambda folder=folder: not Path(folder).exists())  # type: ignore[misc]
        until(lambda folder=folder: not processes_in(folder))  # type: ignore[misc]


def children_of(parent: int) -> list[str]:
    """Commands of the processes that this one has started."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode() for child in children]


def test_the_command_says_how_the_run_ended() -> None:
    command = [sys.executable, "-m", "tests.services", "--", sys.executable, "-c", "raise SystemExit(7)"]
    given = {running.KAFKA: "127.0.0.1:9", running.POSTGRES: "postgresql://nobody@127.0.0.1:9"}
    done = subprocess.run(command, cwd=ROOT, env=NO_ADDRESS | given, capture_output=True, text=True, check=False)
    assert done.returncode == 7
    assert done.stdout.splitlines() == [f"{name}={address}" for name, address in given.items()]


@pytest.mark.parametrize("service", [running.kafka, running.postgres])
def test_a_machine_without_a_service_fails_and_says_what_to_install(
    service: Callable[[], AbstractContextManager[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in (running.KAFKA, running.POSTGRES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tests.services.postgres.INSTALLED", tmp_path)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    with pytest.raises(ServiceMissing, match=r"install .* or give"), service():
        pytest.fail("there is nothing to start")


def test_a_container_needs_an_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    missing = ProgramMissing("install it")
    with pytest.raises(ProgramMissing) as caught:
        containers.start_kafka(missing)
    assert caught.value is missing
