"""Names in a file (of departments, services, channels) and the codes that they become."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""What may stand in an event as a department, a service or a mapping's name: never free text."""


class UnusableValue(ValueError):
    """The name has no code; the message says why without quoting it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Values:
    """One column of names. ``mapped`` has the code of a name; any other becomes its own code ("Group 1": ``Group-1``).

    With ``allowed`` nothing else is a code. ``default`` is for an empty cell, and for a name that is not allowed.
    """

    subject: str
    column: str | None
    mapped: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    allowed: tuple[str, ...] | None = None
    _names: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def code(self, written: str) -> str | None:
        """None for nothing written and no default. Raises UnusableValue."""
        name = written.strip()
        if not name:
            return self.default
        code = self.mapped.get(name) or self._own(name)
        if code is not None:
            return code
        if self.default is not None:
            return self.default
        raise UnusableValue(f"{self.subject}_unusable", f"the {self.subject} cannot be made a code; map it by name")

    def _own(self, name: str) -> str | None:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        code = re.sub(r"[^A-Za-z0-9_.-]+", "-", plain).strip("-")
        if self.allowed is not None:
            return code if code in self.allowed else None
        if not CODE.fullmatch(code):
            return None
        if self._names.setdefault(code, name) != name or code in self.mapped.values():
            raise UnusableValue(
                f"{self.subject}_collides", f"two names of a {self.subject} would get the same code; map them by name"
            )
        return code
