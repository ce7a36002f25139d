"""A peak opens at a high mark and closes after a calm time at a low one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebackbone.deadlines import load_policy
from casebackbone.peaks import SHORTEST, Decision, PeakReason, PeakRule, decide
from casebackbone.strict_toml import InvalidFile

RULE = PeakRule(opens_with_waiting=3, closes_with_waiting=1, closes_after_minutes=5, within_seconds=30)
TEN = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)  # ten o'clock at the desk
DEFAULT = Path(__file__).parents[2] / "casebackbone/policies/115.toml"


def at(minutes: int = 0, seconds: int = 0) -> datetime:
    return TEN + timedelta(minutes=minutes, seconds=seconds)


def waiting(*offered_at: datetime) -> dict[str, datetime]:
    return {f"call-{number}": moment for number, moment in enumerate(offered_at)}


def test_quiet() -> None:
    assert decide(RULE, {}, False, None, at()) == Decision(False, False, None, 0, 0, None, None)


def test_it_opens_when_as_many_wait_as_the_rule_says() -> None:
    two = decide(RULE, waiting(at(), at(0, 5)), False, None, at(0, 10))
    assert (two.opens, two.reason, two.next_look_at) == (False, None, at(0, 30) + SHORTEST)
    three = decide(RULE, waiting(at(), at(0, 5), at(0, 10)), False, None, at(0, 10))
    assert three == Decision(True, False, PeakReason.CALLS_WAITING, 3, 10, None, None)


def test_it_opens_when_one_waits_longer_than_promised() -> None:
    """Within 30 seconds is kept at 30 seconds, and broken right after."""
    kept = decide(RULE, waiting(at(0, 7), at()), False, None, at(0, 30))
    assert (kept.opens, kept.longest_wait_seconds, kept.next_look_at) == (False, 30, at(0, 30) + SHORTEST)
    assert kept.next_look_at is not None
    broken = decide(RULE, waiting(at(0, 7), at()), False, None, kept.next_look_at)
    assert broken == Decision(True, False, PeakReason.WAITED_TOO_LONG, 2, 31, None, None)


def test_both_marks_at_once_name_the_number_of_calls() -> None:
    many = decide(RULE, waiting(at(), at(), at()), False, None, at(1))
    assert (many.reason, many.longest_wait_seconds) == (PeakReason.CALLS_WAITING, 60)


def test_it_closes_after_five_calm_minutes() -> None:
    first = decide(RULE, waiting(at()), True, None, at(0, 10))
    assert (first.closes, first.calm_since, first.next_look_at) == (False, at(0, 10), at(0, 30) + SHORTEST)
    empty = decide(RULE, {}, True, first.calm_since, at(0, 20))
    assert (empty.closes, empty.calm_since, empty.next_look_at) == (False, at(0, 10), at(5, 10))
    assert not decide(RULE, {}, True, empty.calm_since, at(5, 10) - SHORTEST).closes
    assert decide(RULE, {}, True, empty.calm_since, at(5, 10)) == Decision(
        False, True, PeakReason.CALM, 0, 0, None, None
    )


@pytest.mark.parametrize("calls", [(at(4), at(4)), (at(3),)])
def test_a_second_call_or_a_long_wait_interrupts_the_calm(calls: tuple[datetime, ...]) -> None:
    disturbed = decide(RULE, waiting(*calls), True, at(), at(4))
    assert disturbed == Decision(False, False, None, len(calls), int((at(4) - calls[0]).total_seconds()), None, None)
    again = decide(RULE, {}, True, disturbed.calm_since, at(4, 1))
    assert (again.calm_since, again.next_look_at) == (at(4, 1), at(9, 1))


def test_between_the_marks_nothing_changes() -> None:
    """Two waiting: too few to open, too many to close."""
    calls = waiting(at(), at())
    assert not decide(RULE, calls, False, None, at(0, 1)).opens
    assert not decide(RULE, calls, True, at(-60), at(0, 1)).closes


def test_after_closing_it_looks_at_the_call_that_still_waits() -> None:
    closed = decide(RULE, waiting(at(4, 50)), True, at(), at(5))
    assert (closed.closes, closed.waiting, closed.next_look_at) == (True, 1, at(5, 20) + SHORTEST)


def test_a_telephone_clock_that_is_ahead() -> None:
    ahead = decide(RULE, waiting(at(0, 9)), False, None, at())
    assert (ahead.opens, ahead.waiting, ahead.longest_wait_seconds) == (False, 1, 0)


OFFSETS = st.lists(st.integers(-600, 0), max_size=6)
MARKS = st.tuples(st.integers(1, 6), st.integers(0, 5)).filter(lambda marks: marks[1] < marks[0])


@settings(deadline=None)
@given(marks=MARKS, minutes=st.integers(1, 9), offsets=OFFSETS, peak=st.booleans(), calm=st.integers(-900, 0))
def test_it_never_flutters(marks: tuple[int, int], minutes: int, offsets: list[int], peak: bool, calm: int) -> None:
    """A decision that was taken over is not taken again and not taken back, in the same moment."""
    rule = PeakRule(
        opens_with_waiting=marks[0], closes_with_waiting=marks[1], closes_after_minutes=minutes, within_seconds=30
    )
    calls = waiting(*(at(0, offset) for offset in offsets))
    first = decide(rule, calls, peak, at(0, calm) if peak else None, at())
    assert not (first.opens and first.closes)
    assert (first.reason is not None) == (first.opens or first.closes)
    then = decide(rule, calls, (peak or first.opens) and not first.closes, first.calm_since, at())
    assert not then.opens
    assert not then.closes
    assert (then.calm_since, then.next_look_at) == (first.calm_since, first.next_look_at)


@settings(deadline=None)
@given(marks=MARKS, offsets=OFFSETS, peak=st.booleans(), calm=st.integers(-299, 0))
def test_nothing_is_decided_before_the_next_look(
    marks: tuple[int, int], offsets: list[int], peak: bool, calm: int
) -> None:
    """Second by second without an event: the same as at once, up to the moment that was named; there it is decided."""
    rule = PeakRule(
        opens_with_waiting=marks[0], closes_with_waiting=marks[1], closes_after_minutes=5, within_seconds=30
    )
    calls = waiting(*(at(0, offset) for offset in offsets))
    first = decide(rule, calls, peak, at(0, calm) if peak else None, at())
    peak = (peak or first.opens) and not first.closes
    look = first.next_look_at
    for second in range(1, 400):
        if look is not None and at(0, second) >= look:
            break
        later = decide(rule, calls, peak, first.calm_since, at(0, second))
        assert (later.opens, later.closes, later.calm_since) == (False, False, first.calm_since)
    if look is not None:
        assert look > at()
        then = decide(rule, calls, peak, first.calm_since, look)
        assert then.opens or then.closes or (first.calm_since is not None and then.calm_since is None)


@pytest.mark.parametrize(("opens", "closes", "minutes", "seconds"), [(1, 1, 5, 30), (3, -1, 5, 30), (3, 1, 0, 30)])
def test_a_rule_without_hysteresis_is_refused(opens: int, closes: int, minutes: int, seconds: int) -> None:
    with pytest.raises(ValueError, match="a peak"):
        PeakRule(
            opens_with_waiting=opens,
            closes_with_waiting=closes,
            closes_after_minutes=minutes,
            within_seconds=seconds,
        )


def policy_file(tmp_path: Path, peak: str) -> Path:
    text, found = re.subn(
        r"\[peak\]\n(?:\w.*\n)*", lambda _: peak + "\n", DEFAULT.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert found == 1
    file = tmp_path / "policy.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_default_rule() -> None:
    assert load_policy().peak_rule == RULE


@pytest.mark.parametrize("nothing", ["", "[peak]"])
def test_what_the_file_leaves_out_is_as_in_the_file_that_comes_with_it(tmp_path: Path, nothing: str) -> None:
    """So a policy of the same version means the same, whether it was written before there were peaks or after."""
    assert load_policy(policy_file(tmp_path, nothing)) == load_policy()


def test_a_rule_of_ones_own(tmp_path: Path) -> None:
    rule = load_policy(policy_file(tmp_path, "[peak]\nopens_with_waiting = 2\ncloses_with_waiting = 0")).peak_rule
    assert (rule.opens_with_waiting, rule.closes_with_waiting, rule.closes_after_minutes) == (2, 0, 5)


@pytest.mark.parametrize(
    ("peak", "problems"),
    [
        ("peak = 3", ["peak: 3 cannot be used; write a table [peak] with opens_with_waiting, closes_with_waiting,"]),
        (
            "[peak]\nopen_with_waiting = 3\ncloses_after_minutes = 0\nopens_with_waiting = true",
            [
                "peak.open_with_waiting: unknown; did you mean opens_with_waiting?",
                "peak.opens_with_waiting: True cannot be used; write a whole number from 1 to 1000, such as 3",
                "peak.closes_after_minutes: 0 cannot be used; write a whole number from 1 to 1440, such as 5",
            ],
        ),
        ("[peak]\nopens_with_waiting = 1", ["peak.closes_with_waiting: 1 is not less than opens_with_waiting (1);"]),
        ("[peak]\ncloses_with_waiting = 4", ["peak.closes_with_waiting: 4 is not less than opens_with_waiting (3);"]),
        ("[peak]\ncloses_with_waiting = -1", ["peak.closes_with_waiting: -1 cannot be used; write a whole number"]),
    ],
)
def test_mistakes_in_the_file(tmp_path: Path, peak: str, problems: list[str]) -> None:
    file = policy_file(tmp_path, peak if peak.startswith("[") else "")
    if not peak.startswith("["):
        file.write_text(peak + "\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(InvalidFile) as refused:
        load_policy(file)
    assert len(refused.value.problems) == len(problems)
    for problem, expected in zip(refused.value.problems, problems, strict=True):
        assert problem.startswith(expected)
