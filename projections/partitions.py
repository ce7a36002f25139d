"""Which partition of the topic a subject is in: what is kept apart by it is written by one projector at a time."""

from __future__ import annotations

from functools import lru_cache
from struct import unpack
from uuid import UUID

PARTITIONS = 12
"""Of the topic, unless the settings say otherwise: then projectors may wait for each other, and rows are as right."""

_M, _SEED, _ALL = 0x5BD1E995, 0x9747B28C, 0xFFFFFFFF


@lru_cache(maxsize=4096)
def partition_of(subject: UUID) -> int:
    """As Kafka's clients choose it by a record's key (murmur2), which is the subject's id as text."""
    key = str(subject).encode()
    number = _SEED ^ len(key)
    for word in unpack("<9I", key):
        word = word * _M & _ALL
        number = (number * _M & _ALL) ^ ((word ^ word >> 24) * _M & _ALL)
    number = (number ^ number >> 13) * _M & _ALL
    return ((number ^ number >> 15) & 0x7FFFFFFF) % PARTITIONS
