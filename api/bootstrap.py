"""The composition root: what belongs to one installation, put together from its settings.

Nothing connects before its first use, so that a server may fork after a :class:`System` was made.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from eventsourcing.persistence import PersistenceError
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from api.freshness import Freshness, Lag, broker_freshness, store_freshness
from api.rate_limit import RateLimit
from api.settings import Settings
from casebackbone.application import Application
from casebackbone.content_index import ContentIndex
from casebackbone.content_search import ContentSearch
from casebackbone.content_words import Analyser
from casebackbone.deadlines import Promise, load_promise
from casebackbone.store import LogEntry, Store, open_store, upgrade_store
from casebackbone.store.rows import SchemaOutOfDate
from casebackbone.translation import publish
from events.channel import Feed
from events.cloudevents import SCHEMA_BASE
from events.inprocess import InProcessFeed
from events.published import PublishedEvent
from events.topic import TopicError, TopicInfo
from projections import german, status
from projections.article_search import ArticleSearch
from projections.catalogue import VIEWS
from projections.database import Database, ReadModelError
from projections.directory_rows import SERVICES
from projections.search import SearchEngine, read_groups
from projections.synonyms import KnownSynonyms

if TYPE_CHECKING:
    from api.auth import Authenticator
    from casebackbone.relay import Relay
    from events.kafka import OrderedPublisher

GROUP = "casebackbone-projections"
"""With the topic's name behind it: two installations on one broker must not take partitions from each other."""

READY_SECONDS = 4.5
"""Less than the five seconds after which whoever probes gives up."""

TOPIC_SECONDS = 5.0
"""How long what is known of the topic is good, so that probes do not ask the broker each time."""


def utc_now() -> datetime:
    """The clock; nothing below this package reads one."""
    return datetime.now(UTC)


class System:
    """One installation in one process. Everything is made at first use, once, and safe to use from several threads."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        self.stopping = threading.Event()
        self._topic: tuple[float, TopicInfo] | None = None

    @cached_property
    def store(self) -> Store:
        """The record. Raises SchemaOutOfDate at its first use when ``db upgrade`` has not been run."""
        _make_folder(self.settings.database_url)
        return open_store(self.settings.database_url)

    @cached_property
    def promise(self) -> Promise:
        """Raises InvalidFile for a policy or calendar with mistakes."""
        return load_promise(self.settings.policy_file, self.settings.calendar_file)

    @cached_property
    def application(self) -> Application:
        return Application(self.store, self.promise)

    @cached_property
    def content_index(self) -> ContentIndex:
        """Finds texts of the content store by their words, as far as it has been filled."""
        return ContentIndex(self.store, Analyser(_telling_terms, german.places_of))

    @cached_property
    def content_search(self) -> ContentSearch:
        """Search over what people said."""
        return ContentSearch(self.application, self.content_index)

    @cached_property
    def views(self) -> Database:
        _make_folder(self.settings.views_database_url)
        return Database(self.settings.views_database_url, VIEWS)

    @cached_property
    def service_search(self) -> SearchEngine:
        """Finds services of the directory by words."""
        return SearchEngine(SERVICES)

    @cached_property
    def article_search(self) -> ArticleSearch:
        """Finds articles of the Infodatenbank by words."""
        return ArticleSearch()

    @cached_property
    def synonyms(self) -> KnownSynonyms:
        """Those of the directory and of the file that the settings name."""
        file = self.settings.synonyms_file
        lines = file.read_text(encoding="utf-8-sig").splitlines() if file else ()
        return KnownSynonyms(read_groups(lines))

    # --- who asks ----------------------------------------------------------------------------------------------

    @cached_property
    def authenticator(self) -> Authenticator:
        """Tells who sent a request."""
        from api.auth import Authenticator

        return Authenticator(self.settings)

    @cached_property
    def patience(self) -> RateLimit:
        """How often one address may ask, where nobody has to log in."""
        return RateLimit(self.settings.status_per_minute)

    # --- published events --------------------------------------------------------------------------------------

    def translate(self, stored: LogEntry) -> PublishedEvent:
        return publish(stored.event, position=stored.position, store_epoch=self.store.epoch)

    def read(self, after_position: int, limit: int) -> Sequence[PublishedEvent]:
        """Published events in order of position, straight from the store."""
        return [self.translate(stored) for stored in self.store.events_after(after_position, limit)]

    def refetch(self, subject: UUID, after_version: int, up_to_version: int) -> Sequence[PublishedEvent]:
        """Published events of one subject, ``up_to_version`` included."""
        stored = self.store.events_of(subject, after_version, up_to_version)
        return [self.translate(event) for event in stored]

    def head(self) -> int:
        """The position of the last stored event, 0 if there is none."""
        return self.store.last_position()

    # --- feeds and the relay -----------------------------------------------------------------------------------

    @property
    def store_source(self) -> str:
        return f"store:{self.store.epoch}"

    def open_feed(self) -> Feed:
        """What the views follow: Kafka, or without a broker the store. Raises TopicError."""
        return self._feed(f"{GROUP}.{self.settings.topic}")

    def open_rebuild_feed(self) -> Feed:
        """The same for a generation that is being filled: it takes no partitions away from the live one."""
        return self._feed(f"{GROUP}.{self.settings.topic}.rebuild-{uuid4()}")

    def _feed(self, group: str) -> Feed:
        if self.settings.kafka_bootstrap is None:
            return InProcessFeed(self.read, self.head, self.store_source)
        from events.kafka import KafkaFeed

        return KafkaFeed(
            self.settings.kafka_bootstrap, self.settings.topic, group, partitions=self.settings.topic_partitions
        )

    def publisher(self) -> OrderedPublisher:
        """Raises TopicError."""
        from events.kafka import publisher_of

        made = publisher_of(self.settings.publisher)
        return made(self._bootstrap(), self.settings.topic, partitions=self.settings.topic_partitions)

    def relay(self) -> Relay:
        """Good for one run. Raises TopicError, and what the store raises."""
        from casebackbone.relay import Relay
        from casebackbone.wire import Wire

        wire = Wire(self.store.mapper, self.store.epoch, self.settings.public_url or SCHEMA_BASE)
        publisher = self.publisher()
        return Relay(self.store, publisher, wire.write, self.settings.topic, publisher.info.topic_id)

    def topic(self) -> TopicInfo:
        """What the broker says of the topic, at most some seconds old. Raises TopicError."""
        from events.kafka import describe_topic

        if self._topic is None or time.monotonic() - self._topic[0] > TOPIC_SECONDS:
            self._topic = (time.monotonic(), describe_topic(self._bootstrap(), self.settings.topic))
        return self._topic[1]

    def _bootstrap(self) -> str:
        if self.settings.kafka_bootstrap is None:
            raise RuntimeError("there is no broker: CASEBACKBONE_KAFKA_BOOTSTRAP is not set")
        return self.settings.kafka_bootstrap

    # --- how things stand --------------------------------------------------------------------------------------

    def freshness(self, connection: Connection, now: datetime) -> Freshness:
        """How far the views of ``connection`` are, measured against the store."""
        if self.settings.embedded:
            return store_freshness(connection, self.store, self.store_source, now, self.settings.stale_after)
        return broker_freshness(connection, self.store, self.settings.topic, now, self.settings.stale_after)

    def lags(self) -> dict[str, Lag]:
        """Of the views, the search over texts, and the relay where there is one. Raises what the databases raise."""
        now = self.clock()
        with self.views.read() as connection:
            views = self.freshness(connection, now)
        texts = Lag.behind(self.store, self.content_index.position(), now)
        found = {"views": Lag(events=views.lag_events, seconds=views.lag_seconds), "texts": texts}
        if not self.settings.embedded:
            relayed = self.store.relay_position(self.settings.topic)
            found["relay"] = Lag.behind(self.store, relayed.position if relayed else 0, now)
        return found

    def inquiry_of(self, reference: str) -> UUID | None:
        """The inquiry that a citizen's reference belongs to, as far as the views are."""
        with self.views.read() as connection:
            return status.inquiry_id_of(connection, reference)

    def readiness(self) -> list[tuple[str, bool, str]]:
        """Name, whether it can be used, and what is wrong; without secrets. Takes at most ``READY_SECONDS``."""
        looks: dict[str, Callable[[], object]] = {
            "store": self.head,
            "views": self._views_ready,
            "promise": lambda: self.promise,
        }
        if not self.settings.embedded:
            looks["topic"] = self._topic_ready
        asked = {name: self._probing.submit(_check, name, look) for name, look in looks.items()}
        wait(asked.values(), timeout=READY_SECONDS)
        silent = f"no answer within {READY_SECONDS:g} seconds"
        return [found.result() if found.done() else (name, False, silent) for name, found in asked.items()]

    @cached_property
    def _probing(self) -> ThreadPoolExecutor:
        # A few threads for all probes: what hangs keeps a thread, and is not asked again and again by new ones.
        return ThreadPoolExecutor(max_workers=8, thread_name_prefix="readiness")

    def _views_ready(self) -> None:
        with self.views.read():
            pass

    def _topic_ready(self) -> None:
        found = self.topic()
        if found.partitions != self.settings.topic_partitions:
            raise TopicError(f"{found.partitions} partitions instead of {self.settings.topic_partitions}")

    def upgrade(self) -> dict[str, str]:
        """Makes or updates all tables, of the record and of the views; what there is now. Harmless when repeated."""
        _make_folder(self.settings.database_url)
        revision = upgrade_store(self.settings.database_url)
        generation = self.views.prepare()
        return {"store": revision, "views": f"generation {generation.number}"}

    def close(self) -> None:
        """Ends what was opened. The system may not be used afterwards."""
        self.stopping.set()
        if "_probing" in self.__dict__:
            self._probing.shutdown(wait=False, cancel_futures=True)
        for name in ("views", "store"):
            if name in self.__dict__:
                getattr(self, name).close()


def upgrade_databases(settings: Settings) -> dict[str, str]:
    """For ``db upgrade``: see :meth:`System.upgrade`."""
    system = System(settings)
    try:
        return system.upgrade()
    finally:
        system.close()


def _telling_terms(text: str) -> list[str]:
    """Those of words that say what it is about."""
    return [token.term for token in german.analyse(text) if not german.is_function_word(token.word)]


def _check(name: str, look: Callable[[], object]) -> tuple[str, bool, str]:
    try:
        look()
    except (SchemaOutOfDate, ReadModelError, TopicError, ValueError) as missing:
        return name, False, str(missing)
    except (PersistenceError, SQLAlchemyError) as unreachable:
        return name, False, f"cannot be reached ({type(unreachable).__name__})"
    return name, True, "ok"


def _make_folder(url: str) -> None:
    """SQLite makes a file, but not the folder that it should be in."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
