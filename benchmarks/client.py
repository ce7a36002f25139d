"""A client that costs little: sockets that stay open, requests that are bytes already, answers that are hardly read."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered, and when it had been."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """Raises KeyError where there is none."""
        for line in self.head.split(b"\r\n"):
            key, _, value = line.partition(b":")
            if key.decode().lower() == name.lower():
                return value.strip().decode()
        raise KeyError(name)


class Connection:
    """One connection that is kept; for one thread. Raises ConnectionError when the server ends it."""

    def __init__(self, address: str) -> None:
        host, port = address.split(":")
        self._socket = socket.create_connection((host, int(port)), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def ask(self, request: bytes) -> Reply:
        self._socket.sendall(request)
        found = self._rest
        while _END not in found:
            found += self._more()
        head, _, body = found.partition(_END)
        length = int(Reply(0, head, b"").header("content-length"))
        while len(body) < length:
            body += self._more()
        self._rest = body[length:]
        return Reply(int(head[9:12]), head, body[:length])

    def _more(self) -> bytes:
        found = self._socket.recv(65_536)
        if not found:
            raise ConnectionError("the server has closed the connection")
        return found

    def close(self) -> None:
        self._socket.close()


def request(method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> bytes:
    """As it goes over the wire."""
    sent = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    lines = {"Host": "benchmark", "Content-Length": str(len(sent)), **(headers or {})}
    if body is not None:
        lines["Content-Type"] = "application/json"
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + sent


def ask_all(address: str, requests: Sequence[bytes], connections: int) -> list[float]:
    """All of them, ``connections`` at a time; seconds that each took. Raises RuntimeError when one is refused."""

    def some(place: int) -> list[float]:
        seconds = []
        connection = Connection(address)
        try:
            for one in requests[place::connections]:
                began = time.perf_counter()
                reply = connection.ask(one)
                seconds.append(time.perf_counter() - began)
                if not 200 <= reply.status < 300:
                    raise RuntimeError(f"{reply.status}: {reply.body[:300].decode(errors='replace')}")
        finally:
            connection.close()
        return seconds

    with ThreadPoolExecutor(connections) as threads:
        return [second for found in threads.map(some, range(connections)) for second in found]
