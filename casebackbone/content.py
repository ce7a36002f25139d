"""What people said: erasable texts, committed to by a salted hash.

An event holds a :class:`events.standing.ContentRef`: the content's id and the digest. As long as the text and its salt
exist, the digest proves that nobody changed it. Once both are erased, it says nothing about the person any more:
without the salt not even a guess can be checked.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casebackbone.store.rows import ContentRow
from events.standing import ContentRef

QUESTION = "question"
CONTACT = "contact"
ANSWER = "answer"
NOTE = "note"
CLOSURE = "closure"
CONTRADICTION = "contradiction"
KINDS = (QUESTION, CONTACT, ANSWER, NOTE, CLOSURE, CONTRADICTION)
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Text:
    """Something that was said or written. ``kind`` is one of :data:`KINDS`."""

    kind: str
    text: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind of text must be one of {', '.join(KINDS)}, not {self.kind!r}")


def commit(
    text: Text,
    inquiry_id: UUID,
    content_id: UUID,
    created_at: datetime,
    draw: Callable[[int], bytes] = secrets.token_bytes,
) -> tuple[ContentRow, ContentRef]:
    """The row for the content store and what an event may say of it. ``draw`` gives random bytes for the salt."""
    salt = draw(SALT_BYTES)
    digest = digest_of(salt, text)
    row = ContentRow(
        content_id=content_id,
        inquiry_id=inquiry_id,
        kind=text.kind,
        text=text.text,
        salt=salt,
        digest=digest,
        created_at=created_at,
    )
    return row, ContentRef(content_id, text.kind, digest)


def digest_of(salt: bytes, text: Text) -> str:
    """SHA-256 (hex) over salt, kind, NUL and text (UTF-8)."""
    return hashlib.sha256(salt + text.kind.encode() + b"\0" + text.text.encode()).hexdigest()


def matches(row: ContentRow, ref: ContentRef) -> bool:
    """Whether the text is the one that the event committed to. An erased one matches if its digest does."""
    if row.text is None or row.salt is None:
        return hmac.compare_digest(row.digest, ref.digest)
    return row.kind == ref.kind and hmac.compare_digest(digest_of(row.salt, Text(row.kind, row.text)), ref.digest)
