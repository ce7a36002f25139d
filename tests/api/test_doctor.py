"""Single checks of ``casebackbone doctor``; the whole of it is run in ``test_cli.py``."""

from __future__ import annotations

import pytest

from api.doctor import Check, examine


def check(name: str) -> Check:
    """Those after it are not made."""
    return next(check for check in examine() if check.name == name)


def test_a_promise_is_kept_and_shown_in_one_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("promise").ok
    monkeypatch.setenv("CASEBACKBONE_TIMEZONE", "Europe/London")
    found = check("promise")
    assert not found.ok
    assert found.detail.startswith("promised in Europe/Berlin and shown in Europe/London")
    assert "CASEBACKBONE_TIMEZONE=Europe/Berlin" in found.remedy
