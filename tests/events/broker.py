"""A broker of a test's own, which it may pause, kill and start again: Apache Kafka in KRaft mode, from plain jars."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

KAFKA_VERSION = "4.1.0"
_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>casebackbone</groupId><artifactId>broker</artifactId><version>1</version>
<packaging>pom</packaging><dependencies><dependency>
<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version>
</dependency></dependencies></project>
"""


def jars() -> Path:
    """Where the broker's jars are: CASEBACKBONE_TEST_KAFKA_JARS, or a cache that Maven fills once."""
    if given := os.environ.get("CASEBACKBONE_TEST_KAFKA_JARS"):
        return Path(given)
    cache = Path.home() / ".cache" / "casebackbone" / f"kafka-{KAFKA_VERSION}"
    if not any(cache.glob("kafka_2.13-*.jar")):
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "pom.xml").write_text(_POM, encoding="utf-8")
        command = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={cache}"]
        subprocess.run(command, cwd=cache, check=True)
    return cache


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """Started by :meth:`start` and ended by :meth:`kill`; keeps its data in ``folder`` in between."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
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
            "offsets.topic.num.partitions": "1",
            "group.initial.rebalance.delay.ms": "0",
        }
        self._settings.write_text("".join(f"{key}={value}\n" for key, value in lines.items()), encoding="utf-8")
        self._java("kafka.tools.StorageTool", "format", "--standalone", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c").wait()
        self._process: subprocess.Popen[bytes] | None = None

    def _java(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = ["java", "-Xmx256m", "-cp", f"{jars()}/*", program, *arguments, str(self._settings)]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)

    def start(self) -> None:
        self._process = self._java("kafka.Kafka")
        host, port = self.bootstrap.split(":")
        give_up = time.monotonic() + 60
        while True:
            try:
                socket.create_connection((host, int(port))).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > give_up:
                    raise RuntimeError((self._folder / "log").read_text(encoding="utf-8")[-2_000:]) from None
                time.sleep(0.05)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
