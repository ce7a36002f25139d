"""Every published event there is, by family, and the parts that they are made of."""

from __future__ import annotations

from enum import StrEnum

from events import article, desk, directory, inquiry, task
from events.published import PublishedEvent
from events.standing import Channel, ContentRef, Provenance, Standing, State

FAMILIES: dict[type[PublishedEvent], tuple[type[PublishedEvent], ...]] = {
    inquiry.InquiryEvent: inquiry.EVENTS,
    directory.DirectoryEvent: directory.EVENTS,
    desk.DeskEvent: desk.EVENTS,
    article.ArticleEvent: article.EVENTS,
    task.TaskEvent: task.EVENTS,
}
EVENTS: tuple[type[PublishedEvent], ...] = tuple(event for family in FAMILIES.values() for event in family)
PARTS: tuple[type, ...] = (ContentRef, Standing, Provenance)
"""What is nested in events; each after those that it holds."""
ENUMERATIONS: tuple[type[StrEnum], ...] = (State, Channel)
