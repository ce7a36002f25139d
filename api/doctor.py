"""What is wrong with a set-up, and what to do about it. Each check looks at one thing and says so in one line."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from api.bootstrap import System
from api.settings import BadSettings, Settings, read_settings
from casebackbone.deadlines import load_promise
from casebackbone.store.rows import SchemaOutOfDate
from casebackbone.strict_toml import InvalidFile
from events.kafka import inspect_topic
from events.topic import TopicError
from projections.errors import ReadModelError
from projections.quarantine import quarantined, unattributed


@dataclass(frozen=True, slots=True)
class Check:
    """``remedy`` is what to do; empty when all is well."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def fine(name: str, detail: str) -> Check:
    return Check(name, True, detail)


def wrong(name: str, detail: str, remedy: str) -> Check:
    return Check(name, False, detail, remedy)


def examine() -> Iterator[Check]:
    """All checks, in an order in which each makes sense after the ones before."""
    try:
        settings = read_settings()
    except BadSettings as bad:
        yield from (wrong("settings", problem, "correct the environment") for problem in bad.problems)
        return
    yield fine("settings", "can be used")
    for check in (_event_store_variables, _dev_tokens, _files, _timezones, _disk):
        yield check(settings)
    system = System(settings)
    try:
        yield from _parts(system)
    finally:
        system.close()


def _parts(system: System) -> Iterator[Check]:
    yield _tried("store", lambda: _store(system), "check CASEBACKBONE_DATABASE_URL, then casebackbone db upgrade")
    views = _tried("views", lambda: _views(system), "casebackbone db upgrade, or casebackbone project rebuild")
    yield views
    if not system.settings.embedded:
        topic = _tried("topic", lambda: _topic(system), "check CASEBACKBONE_KAFKA_BOOTSTRAP, then topics create")
        yield topic
        yield _tried("relay", lambda: _relay(system), "see the lines above")
    yield _tried("projector", lambda: _projector(system), "see the lines above")


def _event_store_variables(settings: Settings) -> Check:
    name = "POSTGRES_ENABLE_DB_FUNCTIONS"
    if os.environ.get(name):
        return wrong(name.lower(), "is set: a follower would miss events", f"remove {name} from the environment")
    return fine(name.lower(), "is not set")


def _dev_tokens(settings: Settings) -> Check:
    if not settings.dev_tokens:
        who = settings.oidc_issuer or "nobody can log in"
        if settings.oidc_issuer:
            return fine("login", f"tokens of {who}")
        return wrong("login", who, "set CASEBACKBONE_OIDC_ISSUER, or for development CASEBACKBONE_DEV_TOKENS=on")
    if settings.oidc_issuer:
        return wrong("login", "development tokens beside a real issuer", "set CASEBACKBONE_DEV_TOKENS=off")
    return fine("login", "development tokens, on this machine only: not for production")


def _files(settings: Settings) -> Check:
    try:
        promise = load_promise(settings.policy_file, settings.calendar_file)
        promise.reply(datetime.now(UTC))
    except (InvalidFile, ValueError) as bad:
        return wrong("promise", " ".join(str(bad).split()), "correct the policy or calendar file")
    zone, shown = promise.calendar.zone.key, settings.timezone.key
    if zone != shown:
        told = f"promised in {zone} and shown in {shown}: days begin and end at different times"
        return wrong("promise", told, f"set CASEBACKBONE_TIMEZONE={zone}, or correct the calendar file")
    return fine("promise", promise.version)


def _timezones(settings: Settings) -> Check:
    summer = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")).utcoffset()
    if summer is None or summer.total_seconds() != 7200:
        return wrong("time zones", "Berlin has no summer time here", "install the package tzdata")
    year = datetime.now(UTC).year
    if not 2024 <= year <= 2100:
        return wrong("clock", f"this machine thinks it is {year}", "set its clock")
    return fine("clock", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, local {settings.timezone.key}")


def _disk(settings: Settings) -> Check:
    free = shutil.disk_usage(".").free // 1024**2
    if free < 500:
        return wrong("disk", f"{free} MiB free here", "make room: without it nothing can be stored")
    return fine("disk", f"{free} MiB free here")


def _tried(name: str, look: Callable[[], Check], remedy: str) -> Check:
    """Our own errors say what to do. A driver's error is not quoted: it may name passwords or citizens' words."""
    try:
        return look()
    except (SchemaOutOfDate, ReadModelError, TopicError) as told:
        return wrong(name, str(told), remedy)
    except Exception as failed:
        return wrong(name, f"failed ({type(failed).__name__})", remedy)


def _store(system: System) -> Check:
    head = system.head()
    return fine("store", f"epoch {system.store.epoch}, last position {head}")


def _views(system: System) -> Check:
    live = system.views.live()
    with system.views.read() as connection:
        lost = quarantined(connection, limit=1).rows or unattributed(connection, limit=1).rows
    if lost:
        return wrong("views", "inquiries are quarantined", "see casebackbone project status, then project replay")
    return fine("views", f"generation {live.number} is live")


def _projector(system: System) -> Check:
    with system.views.read() as connection:
        fresh = system.freshness(connection, system.clock())
    detail = f"{fresh.lag_events} events behind, the oldest for {fresh.lag_seconds:.0f} seconds"
    if fresh.stale:
        remedy = "start casebackbone serve" if system.settings.embedded else "start casebackbone project run"
        return wrong("projector", detail, remedy)
    return fine("projector", detail)


def _topic(system: System) -> Check:
    settings = system.settings
    found = inspect_topic(str(settings.kafka_bootstrap), settings.topic, partitions=settings.topic_partitions)
    relayed = system.store.relay_position(settings.topic)
    if relayed is not None and relayed.topic_id != str(found.topic_id):
        return wrong("topic", "is another one than the relay has filled", "casebackbone relay --republish")
    if relayed is not None and relayed.store_epoch != system.store.epoch:
        return wrong("topic", "was filled from another epoch of the store", "casebackbone relay --republish")
    return fine("topic", f"{found.topic}, {found.partitions} partitions, id {found.topic_id}")


def _relay(system: System) -> Check:
    lag = system.lags()["relay"]
    detail = f"{lag.events} events behind, the oldest for {lag.seconds:.0f} seconds"
    if lag.events and lag.seconds > system.settings.stale_after.total_seconds():
        return wrong("relay", detail, "start casebackbone relay")
    return fine("relay", detail)
