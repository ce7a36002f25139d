"""Apache Kafka in KRaft mode, from plain jars: up in seconds, and tests may pause, kill and start it again."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

from tests.services.processes import ServiceMissing, die_with_parent, free_port, wait_for_port

POM = Path(__file__).with_name("pom.xml")
JARS = Path(__file__).parents[2] / ".services" / "kafka-jars"
_CLUSTER = "AAAAAAAAAAAAAAAAAAAAAQ"


def jars() -> Path:
    """Where the broker's jars are; Maven fetches them once."""
    if not (JARS / ".complete").exists():
        for program in ("java", "mvn"):
            if shutil.which(program) is None:
                raise ServiceMissing(
                    f"The tests need a real Kafka broker: install {program} (Java 17 and Maven), "
                    "or give the address of a broker in CASEBACKBONE_TEST_KAFKA."
                )
        command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={JARS}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServiceMissing(f"Maven could not bring the broker's jars: {done.stdout[-2_000:]}")
        (JARS / ".complete").touch()
    return JARS


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
        """Returns when it listens. Raises ServiceMissing with the end of its log."""
        self._process = process = self._java("kafka.Kafka")
        wait_for_port(self.bootstrap, lambda: None if process.poll() is None else f"Kafka has ended: {self._log()}")
        return self

    def pause(self) -> None:
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
            self._process.wait()
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _java(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = ["java", "-Xmx512m", "-cp", f"{jars()}/*", program, *arguments, str(self._settings)]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder, preexec_fn=die_with_parent)

    def _log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")[-2_000:]
