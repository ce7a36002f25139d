"""gunicorn's threaded worker, made patient: slow clients wait in the event loop and never keep a thread busy.

Measured with gunicorn 27.0: two hundred clients that send half a request head each keep every thread of its ``gthread``
worker until they time out, and closing a connection whose client lingers stops the event loop for two seconds. Here
a thread gets a request when its head is complete, and closing lingers in the event loop as well.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_SECONDS = 10.0
"""For a whole head, from its first byte; for the body as long between two parts of it."""

HEAD_BYTES = 64 * 1024
LINGER_SECONDS = 2.0
DRAIN_SECONDS = 0.02

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class PatientConnection(TConn):
    """A connection that has read ahead."""

    def __init__(self, worker: PatientWorker, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(worker.cfg, sock, client, server)
        self.worker = worker
        self.timeout: float = 0.0
        self.head = bytearray()
        self.data_ready = True  # a thread gets it only when there is something to do

    @property
    def complete(self) -> bool:
        """Whether the head is there (or something that the parser will refuse)."""
        return b"\r\n\r\n" in self.head or b"\n\n" in self.head

    def init(self) -> None:
        """In the thread, before the request is read: hands over what was read ahead."""
        super().init()
        self.sock.settimeout(HEAD_SECONDS)
        if self.head:
            parser: Any = self.parser
            parser.unreader.unread(bytes(self.head))
            self.head.clear()

    def close(self, graceful: bool = False) -> None:
        if graceful and self.worker.alive:
            self.worker.linger(self)
        else:
            util.close(self.sock)


class PatientWorker(ThreadWorker):
    """All methods but ``_keepalive_after`` run in the main thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lingering: deque[PatientConnection] = deque()

    def accept(self, listener: socket.socket) -> None:
        try:
            client_socket, address = listener.accept()
        except OSError:
            return  # another worker was faster, or the client is gone already
        self.nr_conns += 1
        self._gather(PatientConnection(self, client_socket, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: Any, client: socket.socket) -> None:
        """Another request on a connection that was kept."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._gather(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """What came along behind a request is gathered like every other head."""
        super().finish_request(conn, fs)
        if conn.head and conn in self.keepalived_conns:
            self.on_client_socket_readable(conn, conn.sock)

    def _gather(self, conn: PatientConnection) -> None:
        if conn.complete:
            self.enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + HEAD_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._read_ahead, conn))

    def _read_ahead(self, conn: PatientConnection, client: socket.socket) -> None:
        try:
            data = client.recv(HEAD_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        conn.head += data
        if data and not conn.complete and len(conn.head) <= HEAD_BYTES:
            return
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        if conn.complete:
            self.enqueue_req(conn)
            return
        self.nr_conns -= 1
        if data:
            client.send(_TOO_LARGE)
        conn.close(graceful=bool(data))

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """In the thread: a body that nobody wanted is not waited for."""
        if not keepalive or not conn.parser.finish_body(deadline=time.monotonic() + DRAIN_SECONDS):
            return False
        conn.head += conn.parser.unreader.take_buffered()
        return True

    def linger(self, conn: PatientConnection) -> None:
        """Says goodbye, and lets the client take in the answer before the connection is gone (RFC 9112, 9.6)."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))
        except (OSError, ValueError, KeyError):
            util.close(conn.sock)
            return
        conn.timeout = time.monotonic() + LINGER_SECONDS
        self.lingering.append(conn)

    def _drain(self, conn: PatientConnection, client: socket.socket) -> None:
        try:
            if client.recv(HEAD_BYTES):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.lingering.remove(conn)
        self._gone(conn)

    def murder_pending(self) -> None:
        """Every second: those whose time is over."""
        super().murder_pending()
        now = time.monotonic()
        while self.lingering and self.lingering[0].timeout <= now:
            self._gone(self.lingering.popleft())

    def _gone(self, conn: PatientConnection) -> None:
        self.poller.unregister(conn.sock)
        util.close(conn.sock)
