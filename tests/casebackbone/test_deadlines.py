import re
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebackbone.deadlines import Due, Promise, load_policy, load_promise
from casebackbone.strict_toml import InvalidFile

BERLIN = ZoneInfo("Europe/Berlin")
PROMISE = load_promise()
VERSION = "115@2026-01+rheinland-pfalz@1"
DEFAULT = Path(__file__).parents[2] / "casebackbone/policies/115.toml"
PASSPORT = "99105037012000"


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def promise_with(tmp_path: Path, more: str, **changes: str) -> Promise:
    text = DEFAULT.read_text(encoding="utf-8")
    for key, value in changes.items():
        text, found = re.subn(rf"^{key} = .*$", value, text, flags=re.MULTILINE)
        assert found == 1
    file = tmp_path / "policy.toml"
    file.write_text(text + more, encoding="utf-8")
    return load_promise(file)


# Maundy Thursday at 17:00: one service hour is left before Easter, the next day is Tuesday the 7th
@pytest.mark.parametrize(
    ("what", "hours", "due"),
    [
        ("reply", 24, "2026-04-09 11:00"),
        ("acceptance", 4, "2026-04-07 11:00"),
        ("callback", 10, "2026-04-07 17:00"),
        ("waiting", 100, "2026-04-20 17:00"),
        ("silent_after", 20, "2026-04-08 17:00"),
        ("escalate_again", 10, "2026-04-07 17:00"),
        ("acknowledgement", 20, "2026-04-08 17:00"),
    ],
)
def test_the_default_promise(what: str, hours: int, due: str) -> None:
    start = berlin("2026-04-02 17:00")
    assert getattr(PROMISE, what)(start) == Due(berlin(due), VERSION)
    assert PROMISE.calendar.elapsed(start, berlin(due)) == hours * 60


def test_115s_shares() -> None:
    policy = PROMISE.policy
    assert (policy.calls_percent, policy.calls_within_seconds, policy.first_contact_percent) == (75, 30, 65)


def test_due_is_utc_and_of_a_version() -> None:
    assert PROMISE.version == VERSION
    assert PROMISE.reply(berlin("2026-01-12 10:00")).at.tzinfo is UTC


def test_a_service_may_have_a_promise_of_its_own(tmp_path: Path) -> None:
    promise = promise_with(tmp_path, f'[service."{PASSPORT}"]\nreply_hours = 8\ncallback_days = 0.5\n')
    start = berlin("2026-01-12 08:00")
    assert promise.reply(start, PASSPORT).at == berlin("2026-01-12 16:00")
    assert promise.callback(start, PASSPORT).at == berlin("2026-01-12 13:00")
    assert promise.acceptance(start, PASSPORT).at == berlin("2026-01-12 12:00")
    assert promise.reply(start, "99999999999999") == promise.reply(start) == promise.reply(start, None)
    assert promise.reply(start).at == berlin("2026-01-14 12:00")


def test_a_service_day_is_as_long_as_the_policy_says(tmp_path: Path) -> None:
    promise = promise_with(tmp_path, "", service_day_hours="service_day_hours = 8.5")
    assert promise.policy.callback_minutes == 510
    assert promise.policy.waiting_minutes == 5100


def test_a_policy_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        PROMISE.policy.reply_minutes = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        PROMISE.policy.services["x"] = {}  # type: ignore[index]


def test_pause_and_resume() -> None:
    """24 hours from Monday 9:00; after one of them it waits, 23 are left, and run again from Thursday 9:00."""
    due = PROMISE.reply(berlin("2026-01-12 09:00"))
    left = PROMISE.remaining(due.at, berlin("2026-01-12 10:00"))
    assert left == 23 * 60
    assert PROMISE.shifted(berlin("2026-01-15 09:00"), left) == Due(berlin("2026-01-19 12:00"), VERSION)


def test_overdue_stays_overdue() -> None:
    due, now = berlin("2026-01-12 12:00"), berlin("2026-01-13 09:00")
    left = PROMISE.remaining(due, now)
    assert left == -7 * 60
    assert PROMISE.shifted(berlin("2026-01-20 09:00"), left).at == berlin("2026-01-19 12:00")


def test_begun_minutes_count_whole_either_way() -> None:
    due = berlin("2026-01-12 12:00")
    assert PROMISE.remaining(due, due - timedelta(seconds=61)) == 2
    assert PROMISE.remaining(due, due + timedelta(seconds=1)) == -1
    assert PROMISE.remaining(due, due) == 0


def test_overdue_since_closing_time_is_overdue_after_a_pause_too() -> None:
    """Due on Friday at 18, paused on Saturday: no service time has passed in between, and yet it is late."""
    due, saturday = berlin("2026-01-16 18:00"), berlin("2026-01-17 12:00")
    left = PROMISE.remaining(due, saturday)
    assert left == -1
    assert PROMISE.shifted(saturday + timedelta(hours=1), left).at == berlin("2026-01-16 17:59")
    assert PROMISE.remaining(due, due) == 0


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MINUTES = st.integers(0, 5000)


@given(start=MOMENTS, before=MINUTES, waited=MINUTES)
def test_a_pause_never_shortens_a_promise(start: datetime, before: int, waited: int) -> None:
    """Paused at any second and resumed at any other: as much service time as was promised, at most a minute more."""
    due = PROMISE.reply(start).at
    paused = start + timedelta(minutes=before)
    resumed = paused + timedelta(minutes=waited)
    left = PROMISE.remaining(due, paused)
    shifted = PROMISE.shifted(resumed, left).at
    if left > 0:
        owed = PROMISE.calendar.elapsed_time(paused, due)
        assert owed <= PROMISE.calendar.elapsed_time(resumed, shifted) < owed + timedelta(minutes=1)
        assert shifted >= due
    elif left < 0:
        assert shifted < resumed


def test_naive_times_are_refused() -> None:
    naive = datetime(2026, 1, 12, 8, 0)  # noqa: DTZ001
    with pytest.raises(ValueError, match="needs an offset"):
        PROMISE.reply(naive)
    with pytest.raises(ValueError, match="needs an offset"):
        PROMISE.remaining(naive, naive)


def test_all_mistakes_of_a_policy_at_once(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(
        """
        name = "our own"
        service_day_hours = 25
        reply_hours = 0
        acceptance_hours = "4"
        callback_days = 1
        callback_hours = 10
        waiting_days = 0.0001
        silent_hour = 20
        escalate_again_hours = true
        [calls]
        percent = 101
        seconds = 30
        [service."12345"]
        reply_hours = -1
        [service."99105037012000"]
        reply = 8
        """,
        encoding="utf-8",
    )
    with pytest.raises(InvalidFile) as refused:
        load_policy(file)
    minutes = "write a number above 0 that is whole minutes, such as 4 or 0.5"
    word = 'write letters, digits, "-" and ".", such as'
    assert refused.value.problems == (
        "silent_hour: unknown; did you mean silent_hours?",
        "service_day_hours: 25 is more than a day has; write 10",
        f"reply_hours: 0 cannot be used; {minutes}",
        f"acceptance_hours: '4' cannot be used; {minutes}",
        "callback: both in hours and in days; write one of them",
        f"waiting_days: 0.0001 cannot be used; {minutes}",
        f"escalate_again_hours: True cannot be used; {minutes}",
        "acknowledgement_hours: missing; write acknowledgement_hours = 10",
        "silent_hours: missing; write silent_hours = 10",
        f"name: 'our own' cannot be used; {word} name = \"2026-01\"",
        f'version: missing; {word} version = "2026-01"',
        "calls.seconds: unknown; did you mean within_seconds?",
        "calls.percent: 101 cannot be used; write a whole number up to 100, such as 75",
        "calls.within_seconds: missing; write a whole number up to 3600, such as 30",
        "first_contact: missing; write a table [first_contact] with percent",
        'service."12345": not a LeiKa key; write 14 digits that start with 99, quoted',
        f'service."12345".reply_hours: -1 cannot be used; {minutes}',
        'service."99105037012000".reply: unknown; did you mean reply_days?',
    )


@pytest.mark.parametrize(
    ("text", "expected"), [("service = 5", "service: not a table"), ("[service]\n99105037012000 = 8", "not a table")]
)
def test_services_that_are_no_tables(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFile, match=expected):
        load_policy(file)


def test_an_absent_policy_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"absent\.toml cannot be used"):
        load_policy(tmp_path / "absent.toml")
