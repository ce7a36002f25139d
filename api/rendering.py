"""What the city wrote, as HTML that can do nothing: for screens that show an article as it is meant to look.

Markdown without raw HTML, then an allow list over what came out of it, so that two independent parts would have to
fail before anything could run. Links go to web, mail and telephone only; nothing is loaded from anywhere.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

from casebackbone.article_words import plain

EXCERPT = 240
"""Characters of an answer that are shown beside a hit."""

_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "em", "strong", "s", "a"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_REACHES = re.compile(r"(?:https?://|mailto:|tel:)[^\s]", re.IGNORECASE)
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")

Range = tuple[int, int]


@lru_cache(maxsize=500)
def rendered(markdown: str) -> str:
    """``markdown`` as HTML. Whatever stands in it: no script, no style, no form, no image, no other kind of link.

    Kept for what was shown last: a search at every keystroke shows the same answers again and again."""
    return nh3.clean(
        _MARKDOWN.render(plain(markdown)),
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        attribute_filter=_attribute,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """A link says where it goes, in full: one that begins with ``//`` would take over the scheme of the page."""
    return None if name == "href" and not _REACHES.match(value) else value


def marked(text: str, ranges: Iterable[Range]) -> str:
    """``text`` as HTML with its ``ranges`` in ``<mark>``, and nothing else in it but text."""
    pieces, place = [], 0
    for begin, end in ranges:
        pieces += [_escaped(text[place:begin]), "<mark>", _escaped(text[begin:end]), "</mark>"]
        place = end
    return "".join((*pieces, _escaped(text[place:])))


def _escaped(text: str) -> str:
    return html.escape(plain(text))


def excerpt(text: str, ranges: list[Range]) -> tuple[str, list[Range]]:
    """The part of a text that is worth showing: from a little before the first range, in whole words; with the ranges
    as they stand in it."""
    begin = 0
    if ranges and ranges[0][1] > EXCERPT:
        begin = text.find(" ", max(0, ranges[0][0] - EXCERPT // 4)) + 1
        begin = begin if 0 < begin <= ranges[0][0] else ranges[0][0]
    end = begin + EXCERPT
    if end < len(text):
        end = max(text.rfind(" ", begin + 1, end), ranges[0][1] if ranges else 0, begin + EXCERPT // 2)
    inside = [(first - begin, last - begin) for first, last in ranges if begin <= first and last <= end]
    return text[begin:end], inside
