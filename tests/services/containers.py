"""Where programs are missing: the same services in containers, if testcontainers and an engine are there."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from tests.services import kafka, postgres
from tests.services.processes import ProgramMissing, ServiceMissing, free_port, wait_until


class Container:
    """A service in a container, at ``address``; it can be started and stopped, not tortured."""

    def __init__(self, container: Any, address: str) -> None:
        self._container = container
        self.address = address

    def stop(self) -> None:
        self._container.stop()

    def failed(self) -> str | None:
        self._container.reload()
        if self._container.status in ("created", "running"):
            return None
        return f"the container has ended: {b''.join(self._container.get_logs()).decode()[-2_000:]}"


def start_kafka(missing: ProgramMissing) -> Container:
    """Raises ``missing`` when there is no engine."""
    port = free_port()
    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }
    made = _started("apache/kafka:4.1.0", settings, 9092, port, f"127.0.0.1:{port}", missing)
    wait_until(lambda: kafka.answers(made.address), "Kafka does not answer", made.failed)
    return made


def start_postgres(missing: ProgramMissing) -> Container:
    """Raises ``missing`` when there is no engine."""
    port = free_port()
    settings = {"POSTGRES_USER": "casebackbone", "POSTGRES_HOST_AUTH_METHOD": "trust"}
    address = f"postgresql://casebackbone@127.0.0.1:{port}"
    made = _started("postgres:17", settings, 5432, port, address, missing)
    wait_until(lambda: postgres.answers(made.address), "PostgreSQL does not answer", made.failed)
    return made


def _started(
    image: str, settings: dict[str, str], inside: int, port: int, address: str, missing: ProgramMissing
) -> Container:
    try:
        from docker import from_env
        from docker.errors import DockerException
        from testcontainers.core.container import DockerContainer
    except ImportError:
        raise missing from None
    try:
        with closing(from_env()) as engine:
            engine.ping()
    except DockerException:
        raise missing from None
    container = DockerContainer(image, env=settings)
    container.ports[f"{inside}/tcp"] = ("127.0.0.1", port)  # with_bind_ports knows no interface: it opens all of them
    try:
        container.start()
    except DockerException as error:
        raise ServiceMissing(f"{missing} A container of {image} does not start either: {error}") from error
    return Container(container, address)
