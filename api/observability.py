"""What operators see: JSON logs without personal data, and metrics.

A log line names the route, never the address that was asked for: a reference in it would open a citizen's matter.
No body, no query string, no token and no subject is logged; the correlation id leads to the record.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import structlog
from flask import Flask, Request, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from api.bootstrap import System

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")  # others are whatever somebody sends

REQUESTS = Counter("casebackbone_http_requests_total", "Answers given.", ["method", "route", "status"])
SECONDS = Histogram("casebackbone_http_request_seconds", "Time to an answer.", ["method", "route"])


def correlation(asked: Request) -> tuple[UUID, str | None]:
    """The correlation id and the trace that a request belongs to: the caller's if well-formed, else a new one."""
    traceparent = asked.headers.get("traceparent", "")
    trace = _TRACEPARENT.fullmatch(traceparent)
    try:
        given = UUID(asked.headers.get("X-Request-ID", ""))
    except ValueError:
        given = UUID(trace[1]) if trace else uuid4()
    return given, traceparent if trace else None


def observe(app: Flask) -> None:
    """Correlation id in and out, one log line and one count for each request."""
    log = structlog.get_logger("api")

    def begin() -> None:
        g.correlation_id, g.traceparent = correlation(request)
        g.began = time.perf_counter()

    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.began if "began" in g else 0.0
        route = request.url_rule.rule if request.url_rule is not None else "none"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(method, route, str(response.status_code)).inc()
        SECONDS.labels(method, route).observe(seconds)
        if "correlation_id" in g:
            response.headers["X-Request-ID"] = str(g.correlation_id)
        log.info(
            "request",
            method=method,
            route=route,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
            correlation_id=str(g.get("correlation_id", "")),
        )
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(end)


class _Lags(Collector):
    """Asked for when scraped: lags are facts of the store, not of one worker."""

    def __init__(self, system: System) -> None:
        self._system = system

    def collect(self) -> Iterable[Metric]:
        events = GaugeMetricFamily("casebackbone_lag_events", "Events not there yet.", labels=["of"])
        seconds = GaugeMetricFamily("casebackbone_lag_seconds", "Age of the oldest of them.", labels=["of"])
        for name, lag in self._system.lags().items():
            events.add_metric([name], lag.events)
            seconds.add_metric([name], lag.seconds)
        yield events
        yield seconds


def metrics(system: System, directory: str | None) -> bytes:
    """Prometheus text; ``directory`` is where the workers of this server count, None for this process alone."""
    registry = CollectorRegistry()
    registry.register(_Lags(system))
    lags = generate_latest(registry)
    if directory is None:
        from prometheus_client import REGISTRY

        return generate_latest(REGISTRY) + lags
    counts = CollectorRegistry()
    multiprocess.MultiProcessCollector(counts, path=directory)
    return generate_latest(counts) + lags
