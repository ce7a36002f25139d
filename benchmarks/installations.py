"""Installations with a store that is full, and a topic if they have a broker; made once for all sections of a run."""

from __future__ import annotations

from functools import lru_cache

from api.bootstrap import System
from api.settings import Settings
from benchmarks.inquiries import fill
from benchmarks.parts import Parts, say
from events.kafka import create_topic


@lru_cache(maxsize=8)
def on_kafka(parts: Parts, events: int) -> Settings:
    """PostgreSQL and Kafka; the relay has published everything."""
    settings = Settings(
        database_url=parts.database(), kafka_bootstrap=parts.kafka, topic=f"bench-{events}", run_dir=parts.folder()
    )
    system = _filled(settings, events)
    create_topic(parts.kafka, settings.topic, partitions=settings.topic_partitions)
    say(f"publishing {events:,} events")
    system.relay().run(lambda: False, until_caught_up=True)
    system.close()
    return settings


@lru_cache(maxsize=8)
def embedded(parts: Parts, events: int) -> Settings:
    """SQLite, no broker."""
    settings = Settings(database_url=parts.file(), run_dir=parts.folder())
    _filled(settings, events).close()
    return settings


def _filled(settings: Settings, events: int) -> System:
    say(f"storing {events:,} events")
    system = System(settings)
    system.upgrade()
    fill(system.store, events)
    return system
