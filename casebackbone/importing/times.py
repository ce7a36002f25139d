"""Times in a file of past cases: local to one time zone, unless they carry an offset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo


class UnusableTime(ValueError):
    """What is written names no moment; the message says why without quoting it. ``code`` is for programs."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class LocalTimes:
    """``formats`` are strptime's, or ``iso``; the first that fits is taken.

    When the clocks go back, an hour comes twice: ``ambiguous`` takes the ``earlier`` or the ``later`` one, or refuses
    the row. When they go forward, an hour is missing: ``nonexistent`` shifts it forward by the gap, or refuses the row.
    """

    RULES: ClassVar[dict[str, tuple[str, ...]]] = {
        "ambiguous": ("earlier", "later", "refuse"),
        "nonexistent": ("shift", "refuse"),
    }

    zone: ZoneInfo
    formats: tuple[str, ...]
    ambiguous: str = "refuse"
    nonexistent: str = "refuse"

    def moment(self, written: str, not_before: datetime | None = None) -> datetime:
        """The moment (UTC) that is written. Raises UnusableTime.

        ``not_before`` is the case's step before: a reading of an hour that comes twice which would turn the two around
        cannot be meant, so the other one is taken.
        """
        at = self._parsed(written.strip())
        try:
            if at.tzinfo is not None:
                return at.astimezone(UTC)
            return self._local(at, not_before)
        except OverflowError:
            raise UnusableTime("time_out_of_range", "the time is too early or too late") from None

    def _local(self, at: datetime, not_before: datetime | None) -> datetime:
        first, second = (at.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if first == second:
            return first
        if first > second:  # the clocks went forward over it; read with the offset before, it is the shifted time
            if self.nonexistent == "refuse":
                raise UnusableTime("time_nonexistent", f"the time does not exist in {self.zone.key}")
            return first
        if self.ambiguous == "refuse":
            raise UnusableTime("time_ambiguous", f"the time comes twice in {self.zone.key}")
        if self.ambiguous == "earlier" and (not_before is None or first >= not_before):
            return first
        return second

    def _parsed(self, written: str) -> datetime:
        for form in self.formats:
            try:
                return datetime.fromisoformat(written) if form == "iso" else datetime.strptime(written, form)  # noqa: DTZ007
            except ValueError:
                continue
        raise UnusableTime("time_unreadable", f"the time is not written as {' or '.join(self.formats)}")
