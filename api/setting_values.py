"""What may stand in a setting. Each reader returns the value or raises ValueError that says what to write instead."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

T = TypeVar("T")


def tell(read: Callable[[str], T], raw: str, name: str, problems: list[str]) -> T | None:
    """The value, or a line more in ``problems``."""
    try:
        return read(raw)
    except ValueError as wrong:
        problems.append(f"{name}: {wrong}")
        return None


def database_url(raw: str) -> str:
    """Never quotes what was given: it may hold a password."""
    try:
        url = make_url(raw)
    except (ArgumentError, ValueError):
        raise ValueError("not a database URL; write sqlite:///path/to/file or postgresql://user@host/name") from None
    if url.get_backend_name() not in ("sqlite", "postgresql") or (url.get_backend_name() == "sqlite" and url.host):
        raise ValueError("write sqlite:///path/to/file or postgresql://user@host/name")
    if not url.database or url.database == ":memory:":
        raise ValueError("names no database; write sqlite:///path/to/file or postgresql://user@host/name")
    return raw


def addresses(raw: str) -> str:
    """``host:port``, several with commas."""
    for part in raw.split(","):
        address(part.strip())
    return ",".join(part.strip() for part in raw.split(","))


def address(raw: str) -> str:
    host, separator, port = raw.rpartition(":")
    if not separator or not host or not port.isdecimal() or int(port) > 65_535 or any(sign in raw for sign in " /@"):
        raise ValueError(f"{raw!r} cannot be used; write HOST:PORT, such as 127.0.0.1:8115")
    return raw


def is_loopback(bind: str) -> bool:
    """Whether an address ``host:port`` is reached from this machine only. Of names, only localhost is trusted."""
    host = bind.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def topic(raw: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", raw) or raw in (".", ".."):
        raise ValueError(
            f"{raw!r} is no name for a topic; write letters, digits, dots, such as casebackbone.inquiries.v1"
        )
    return raw


def web_address(raw: str) -> str:
    """https, or http on this machine; without a slash at the end."""
    parts = urlsplit(raw)
    if parts.scheme == "http" and is_loopback(f"{parts.hostname}:80"):
        return raw.rstrip("/")
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{raw!r} cannot be used; write an address such as https://login.example.org/realms/city")
    return raw.rstrip("/")


def text(raw: str) -> str:
    return raw.strip()


def agent(raw: str) -> str:
    """``agent:<id>``, as events name people; the id alone will do."""
    person = raw.strip().removeprefix("agent:")
    if not person or ":" in person or any(sign.isspace() or not sign.isprintable() for sign in person):
        raise ValueError(f"{raw!r} names nobody; write the id of a person, such as agent:s.klein")
    return f"agent:{person}"


def switch(raw: str) -> bool:
    if raw.lower() in ("on", "true", "yes", "1"):
        return True
    if raw.lower() in ("off", "false", "no", "0"):
        return False
    raise ValueError(f"{raw!r} cannot be used; write on or off")


def path(raw: str) -> Path:
    return Path(raw)


def existing_file(raw: str) -> Path:
    if not Path(raw).is_file():
        raise ValueError(f"there is no file {raw!r}; name one, or leave it out for the one that comes along")
    return Path(raw)


def synonyms(raw: str) -> Path:
    """A file with a line for each group of words that mean the same, separated by commas."""
    try:
        Path(raw).read_text(encoding="utf-8")
    except OSError as unreadable:
        raise ValueError(f"{raw!r} cannot be read ({unreadable.strerror}); name a file, or leave it out") from None
    except UnicodeDecodeError:
        raise ValueError(f"{raw!r} is not UTF-8 text; save it as UTF-8") from None
    return Path(raw)


def timezone(raw: str) -> ZoneInfo:
    try:
        return ZoneInfo(raw)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{raw!r} is no time zone; write one such as Europe/Berlin") from None


def whole(least: int, most: int) -> Callable[[str], int]:
    def read(raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", raw) or not least <= int(raw) <= most:
            raise ValueError(f"{raw!r} cannot be used; write a whole number from {least} to {most}")
        return int(raw)

    return read


def number(least: float, most: float) -> Callable[[str], float]:
    def read(raw: str) -> float:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", raw) or not least <= float(raw) <= most:
            raise ValueError(f"{raw!r} cannot be used; write a number from {least} to {most}")
        return float(raw)

    return read


def one_of(*choices: str) -> Callable[[str], str]:
    def read(raw: str) -> str:
        for choice in choices:
            if raw.lower() == choice.lower():
                return choice
        raise ValueError(f"{raw!r} cannot be used; write one of {', '.join(choices)}")

    return read
