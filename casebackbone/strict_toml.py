"""Reading a settings file strictly: every mistake at once, and what to write instead."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any


class InvalidFile(ValueError):
    """A settings file cannot be used; ``problems`` has a line for every mistake in it."""

    def __init__(self, source: str, problems: Iterable[str]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n  ".join((f"{source} cannot be used:", *self.problems)))


def read_toml(path: str | Path | None, default: str) -> tuple[str, str, dict[str, Any]]:
    """Source, stem and content of the file at ``path``, or of the packaged ``default``. Raises InvalidFile."""
    file = Path(path) if path is not None else files("casebackbone").joinpath("policies", default)
    source = str(path) if path is not None else default
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as unreadable:
        raise InvalidFile(source, [f"it cannot be read: {unreadable.strerror}"]) from unreadable
    except UnicodeDecodeError as not_text:
        raise InvalidFile(source, ["it is not UTF-8 text; save it as UTF-8"]) from not_text
    except tomllib.TOMLDecodeError as malformed:
        raise InvalidFile(source, [f"it is not TOML: {malformed}"]) from malformed
    return source, Path(source).stem, content


def unknown_keys(table: Mapping[str, Any], known: Iterable[str], where: str = "") -> list[str]:
    """One problem for each key that nobody would read: a typing mistake must not silently mean the default."""
    known = list(known)
    problems = []
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"write one of {', '.join(known)}"
            problems.append(f"{where}{key}: unknown; {hint}")
    return problems
