"""Apache Kafka in KRaft mode, from plain jars: up in seconds, and tests may pause, kill and start it again."""

from __future__ import annotations

import fcntl
import shutil
import signal
import subprocess
import warnings
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

from tests.services.processes import (
    ProgramMissing,
    ServiceMissing,
    die_with_parent,
    free_port,
    wait_for_port,
    wait_until,
)

with warnings.catch_warnings():  # kafka-python warns of codecs that nobody here uses
    warnings.simplefilter("ignore")
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError, UnknownTopicOrPartitionError

POM = Path(__file__).with_name("pom.xml")
SERVICES = Path(__file__).parents[2] / ".services"
_JAVA = ("-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
_CLUSTER = "AAAAAAAAAAAAAAAAAAAAAQ"


def jars() -> Path:
    """Where the broker's jars are; Maven fetches them once, also when several processes ask at the same time.

    Raises ProgramMissing without Java, or without the jars and what it takes to fetch them.
    """
    _need("java")
    wanted = sha256(POM.read_bytes()).hexdigest()[:12]  # other jars get another folder: a broker may run from these
    folder = SERVICES / f"kafka-{wanted}"
    SERVICES.mkdir(exist_ok=True)
    with (SERVICES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _fetch(SERVICES / "incoming")
            (SERVICES / "incoming").rename(folder)
    return folder


def _fetch(folder: Path) -> None:
    _need("mvn")
    shutil.rmtree(folder, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ProgramMissing(f"Maven could not bring the broker's jars: {ended.stdout[-2_000:]}")


def _need(program: str) -> None:
    if shutil.which(program) is None:
        raise ProgramMissing(
            f"The tests need a real Kafka broker: install {program} (Java 17 and Maven), "
            "or give the address of a broker in CASEBACKBONE_TEST_KAFKA."
        )


def answers(bootstrap: str) -> bool:
    """Whether topics can be made there: a broker that listens may still be fenced, and then has no room for them."""
    try:
        with closing(KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=5_000)) as client:
            return bool(client.describe_cluster()["brokers"])
    except KafkaError:
        return False


def delete_topic(bootstrap: str, name: str) -> None:
    """Gone, if it was there."""
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as client, suppress(UnknownTopicOrPartitionError):
        client.delete_topics([name])


class KafkaBroker:
    """One broker with its data in ``folder``, which outlives a :meth:`kill`. Nothing creates topics by accident."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        port, controller = free_port(), free_port()
        self.bootstrap = f"127.0.0.1:{port}"
        self._settings = folder / "server.properties"
        lines = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
            "log.dirs": str(folder / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
        }
        self._settings.write_text("".join(f"{key}={value}\n" for key, value in lines.items()), encoding="utf-8")
        if self._java("kafka.tools.StorageTool", "format", "--standalone", "-t", _CLUSTER, "-c").wait():
            raise ServiceMissing(f"Kafka's folder could not be prepared: {self._log()}")

    def start(self) -> KafkaBroker:
        """Returns when it takes topics. Raises ServiceMissing with the end of its log."""
        self._process = self._java("kafka.Kafka")
        try:
            wait_for_port(self.bootstrap, self._failed)
            wait_until(lambda: answers(self.bootstrap), "Kafka does not answer", self._failed)
        except BaseException:
            self.kill()
            raise
        return self

    def pause(self) -> None:
        """It keeps its connections and answers nobody, until :meth:`resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """At once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._signal(number)
            self.resume()  # one that is paused would not hear of it
            self._process.wait()
            self._process = None

    def _failed(self) -> str | None:
        ended = self._process is None or self._process.poll() is not None
        return f"Kafka has ended: {self._log()}" if ended else None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _java(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = ["java", "-Xmx512m", *_JAVA, "-cp", f"{jars()}/*", program, *arguments, str(self._settings)]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                preexec_fn=die_with_parent,
                start_new_session=True,  # Ctrl-C is for the tests, which still need it while they clear up
            )

    def _log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")[-2_000:]
