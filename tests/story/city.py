"""A made-up year of a city's requests, shaped like the real export, and what is true of it, counted from it alone."""

from __future__ import annotations

import csv
import gzip
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
COLUMNS = (
    "case_enquiry_id",
    "open_dt",
    "sla_target_dt",
    "closed_dt",
    "closure_reason",
    "case_title",
    "type",
    "department",
    "source",
)
MOMENTS = ("2019-04-01 00:00:00", "2019-07-01 00:00:00", "2020-01-01 00:00:00")
CANARY = "QZXW-canary"
"""Part of every closing text: it may be found in the content store and nowhere else."""


@dataclass(frozen=True, slots=True)
class City:
    """``rows`` as written, packed to ``path`` and also to ``plain``. Times in them are local."""

    path: Path
    plain: Path
    rows: tuple[dict[str, str], ...]

    @property
    def events(self) -> int:
        """Received, forwarded, accepted; and answered, resolved where it is closed."""
        return sum(5 if row["closed_dt"] else 3 for row in self.rows)

    def facts(self, moment: str) -> dict[str, Any]:
        """The accounting at a local moment."""
        at = _utc(moment)
        received = [row for row in self.rows if _utc(row["open_dt"]) <= at]
        still_open = [row for row in received if not row["closed_dt"] or _utc(row["closed_dt"]) > at]
        overdue = [row for row in still_open if row["sla_target_dt"] and _utc(row["sla_target_dt"]) < at]
        return {
            "received": len(received),
            "open": len(still_open),
            "open_overdue": len(overdue),
            "open_by_department": dict(Counter(row["department"] for row in still_open)),
            "overdue_by_department": dict(Counter(row["department"] for row in overdue)),
        }


def write_city(path: Path, count: int = 400, seed: int = 115, *, closed_until: str = "2022-01-01 00:00:00") -> City:
    """Writes the export of a year; with ``closed_until`` the one that was made at that moment."""
    random_ = random.Random(seed)
    limit = _utc(closed_until)
    rows = tuple(_row(number, random_, limit) for number in range(count))
    plain = path.with_suffix("").with_name(f"plain-{path.stem}")
    for file in (path, plain):
        write_rows(file, rows)
    return City(path, plain, rows)


def write_rows(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """As CSV, packed if the name ends in ``.gz``."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def _row(number: int, random_: random.Random, limit: datetime) -> dict[str, str]:
    opened = datetime(2019, 1, 1, 5, tzinfo=UTC) + timedelta(minutes=random_.randrange(365 * 24 * 60))
    target = opened + timedelta(hours=random_.choice((24, 48, 200, 900)))
    closed = opened + timedelta(minutes=random_.choice((3, 90, 3000, 40_000, 300_000)))
    department = random_.choice(("PWDx", "PWDx", "INFO", "INFO", "ISD", "ANML", "BPS_"))
    is_closed = random_.random() < 0.6 and closed < limit
    return {
        "case_enquiry_id": str(101_000_000_000 + number),
        "open_dt": _local(opened),
        "sla_target_dt": _local(target) if random_.random() < 0.6 else "",
        "closed_dt": _local(closed) if is_closed else "",
        "closure_reason": f"Case Closed. {CANARY}-{number:04d}, fixed." if is_closed else " ",
        "case_title": f"Request about {department}",
        "type": random_.choice(("Pothole Repair", "Animal Noise Disturbances", "Other")),
        "department": department,
        "source": random_.choice(("Constituent Call", "Citizens Connect App", "Self Service", "Carrier Pigeon")),
    }


def _local(moment: datetime) -> str:
    """Not in the hour that comes twice: what was meant there cannot be told from the file."""
    at = moment.astimezone(ZONE)
    if at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset():
        at = (moment + timedelta(hours=2)).astimezone(ZONE)
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _utc(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZONE).astimezone(UTC)
