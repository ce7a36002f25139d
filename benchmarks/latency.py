"""From a citizen's call to the work list: `POST /inquiries` until a page of the work list shows it.

The whole system runs as an operator runs it, each part a process of its own: `serve` with two workers, `relay`,
`project run`, `caretaker`, PostgreSQL and Kafka, on the same cores as the client. Requests are sent at fixed times,
whatever becomes of those before, and each is timed from the moment at which it should have been sent. Some of them are
followed to the work list, by asking for it with `min_position`. Memory is what the kernel counts as a process's own and
shared (RSS), after the last of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

from api.auth import issue_development_token
from api.settings import PREFIX, read_settings
from benchmarks.client import Connection, ask_all, request
from benchmarks.http import receiving
from benchmarks.measuring import Numbers, Spread, Timing
from benchmarks.parts import Parts, Size, say
from tests.services.processes import free_port, wait_for_port
from tests.story.commands import Casebackbone, running, until

RATES = (10, 100)
SENDERS = 8
FOLLOWED_A_SECOND = 10


@dataclass(slots=True)
class House:
    """A running system."""

    address: str
    token: str
    processes: dict[str, Popen[bytes]]
    started_ms: dict[str, float] = field(default_factory=dict)

    def worklist(self, position: int) -> bytes:
        """The front desk's work list, not before it shows what is at this position."""
        path = f"/api/v1/worklists/front-desk?limit=50&min_position={position}"
        return request("GET", path, headers={"Authorization": f"Bearer {self.token}"})


def measure(parts: Parts, size: Size) -> Iterator[Timing | Numbers]:
    seconds = 5 if size.rounds < 5 else 20
    with _house(parts) as house:
        ask_all(house.address, [receiving(house.token) for _ in range(200)], SENDERS)
        spreads: list[Spread] = []
        for rate in RATES:
            say(f"{rate} inquiries a second for {seconds} seconds")
            answered, shown = _at_rate(house, rate, seconds)
            spreads.append(Spread.of(f"{rate} a second: answered", answered))
            spreads.append(Spread.of(f"{rate} a second: in the work list", shown))
        most, answered, shown = _as_fast_as_it_goes(house, seconds)
        spreads.append(Spread.of(f"{SENDERS} clients without a pause: answered", answered))
        spreads.append(Spread.of(f"{SENDERS} clients without a pause: in the work list", shown))
        note = f"{SENDERS} clients without a pause came to {most:,.0f} inquiries a second."
        yield Timing(title="From the call to the work list", spreads=tuple(spreads), note=note)
        yield _memory(house)
        yield _start_up(house)


@contextmanager
def _house(parts: Parts) -> Iterator[House]:
    folder, address = parts.folder(), f"127.0.0.1:{free_port()}"
    settings = {
        "database_url": parts.database(),
        "kafka_bootstrap": parts.kafka,
        "topic": "bench-latency",
        "bind": address,
        "dev_tokens": "on",
    }
    casebackbone = Casebackbone(folder, {PREFIX + name.upper(): value for name, value in settings.items()})
    casebackbone("db", "upgrade")
    casebackbone("topics", "create")
    key = {f"{PREFIX}DEV_KEY_FILE": f"{folder}/key.pem"}
    token = issue_development_token(read_settings(dict(casebackbone.environment) | key), "front_agent", None, "anna")
    with running(casebackbone) as start:
        began = time.perf_counter()
        processes = {"serve": start("serve", "--workers", "2")}
        wait_for_port(address, lambda: casebackbone.logs if processes["serve"].poll() is not None else None)
        until(lambda: _ready(address))
        started = {"serve, until it answers /readyz": (time.perf_counter() - began) * 1000}
        for name, command in {
            "relay": ("relay",),
            "projector": ("project", "run"),
            "caretaker": ("caretaker",),
        }.items():
            processes[name] = start(*command)
        house = House(address, token, processes, started)
        began = time.perf_counter()
        _follow(house, Connection(address), began)
        started["relay and projector, until an inquiry is shown"] = (time.perf_counter() - began) * 1000
        yield house


def _ready(address: str) -> bool:
    connection = Connection(address)
    try:
        return connection.ask(request("GET", "/readyz")).status == 200
    finally:
        connection.close()


def _follow(house: House, connection: Connection, began: float) -> tuple[float, float]:
    """Receives one and looks until it is in the work list; seconds since ``began`` that both took."""
    reply = connection.ask(receiving(house.token))
    answered = time.perf_counter() - began
    _until_shown(house, connection, int(reply.header("Casebackbone-Position")))
    return answered, time.perf_counter() - began


def _until_shown(house: House, connection: Connection, position: int) -> None:
    while (reply := connection.ask(house.worklist(position))).status == 503:
        continue
    if reply.status != 200:
        raise RuntimeError(f"{reply.status}: {reply.body[:300].decode(errors='replace')}")


def _at_rate(house: House, rate: int, seconds: int) -> tuple[list[float], list[float]]:
    """Seconds to the answer of each, and to the work list of those that were followed."""
    begin = time.perf_counter() + 0.1
    every = max(1, rate // FOLLOWED_A_SECOND)
    return _sending(house, [(begin + number / rate, number % every == 0) for number in range(rate * seconds)])


def _as_fast_as_it_goes(house: House, seconds: int) -> tuple[float, list[float], list[float]]:
    say(f"{SENDERS} clients without a pause")
    each = 40 * seconds
    began = time.perf_counter()
    answered, shown = _sending(house, [(0.0, number % 40 == 0) for number in range(each)])
    return each / (time.perf_counter() - began), answered, shown


def _sending(house: House, plan: list[tuple[float, bool]]) -> tuple[list[float], list[float]]:
    """``plan``: when to send (0: at once), and whether to follow it to the work list."""
    answered: list[float] = []
    shown: list[float] = []
    followers: list[threading.Thread] = []

    def sender(place: int) -> None:
        connection = Connection(house.address)
        for at, followed in plan[place::SENDERS]:
            time.sleep(max(0.0, at - time.perf_counter()))
            began = at or time.perf_counter()
            reply = connection.ask(receiving(house.token))
            answered.append(time.perf_counter() - began)
            if followed:
                followers.append(_started(lambda: shown.append(_shown(house, reply.header, began))))  # noqa: B023
        connection.close()

    senders = [_started(lambda place=place: sender(place)) for place in range(SENDERS)]  # type: ignore[misc]
    for thread in senders:
        thread.join()
    for thread in followers:
        thread.join()
    if len(answered) != len(plan):
        raise RuntimeError("a client has failed; see above")
    return answered, shown


def _shown(house: House, header: Callable[[str], str], began: float) -> float:
    connection = Connection(house.address)
    try:
        _until_shown(house, connection, int(header("Casebackbone-Position")))
        return time.perf_counter() - began
    finally:
        connection.close()


def _started(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _memory(house: House) -> Numbers:
    rows = []
    for name, process in house.processes.items():
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        rows.append((name, _resident(process.pid)))
        rows += [(f"{name}, worker", _resident(int(child))) for child in children]
    return Numbers(title="Memory", columns=("process", "MiB"), rows=tuple(rows))


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024)
    raise ValueError(f"process {pid} has no memory")


def _start_up(house: House) -> Numbers:
    return Numbers(title="Starting", columns=("what", "ms"), rows=tuple(house.started_ms.items()))
