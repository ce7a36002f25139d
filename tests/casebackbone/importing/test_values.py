"""Names become codes, and two names never become the same one unnoticed."""

from __future__ import annotations

import pytest

from casebackbone.importing.values import UnusableValue, Values


@pytest.mark.parametrize(
    ("written", "code"),
    [("Group 1", "Group-1"), ("BPS_", "BPS_"), (" Bürgerbüro ", "Burgerburo"), ("a/b & c", "a-b-c"), ("", None)],
)
def test_a_name_becomes_its_own_code(written: str, code: str | None) -> None:
    assert Values("department", "d").code(written) == code


def test_a_mapped_name_gets_the_code_that_the_mapping_says() -> None:
    assert Values("department", "d", {"Straßen- und Tiefbau": "strassen"}).code("Straßen- und Tiefbau") == "strassen"


def test_two_names_with_one_code_are_refused() -> None:
    values = Values("department", "d", {"Amt 66": "strassen"})
    assert values.code("Group 1") == values.code("Group 1") == "Group-1"
    for name in ("Group-1", "strassen"):
        with pytest.raises(UnusableValue) as refused:
            values.code(name)
        assert refused.value.code == "department_collides"


@pytest.mark.parametrize("name", ["???", "x" * 65, "Приём"])
def test_what_cannot_be_a_code_is_refused_without_quoting_it(name: str) -> None:
    with pytest.raises(UnusableValue) as refused:
        Values("department", "d").code(name)
    assert refused.value.code == "department_unusable"
    assert name not in str(refused.value)


def test_only_what_is_allowed_is_a_code_and_the_rest_is_the_default() -> None:
    channels = Values("channel", "c", {"Anruf": "phone"}, "import", ("phone", "web", "import"))
    assert [channels.code(name) for name in ("Anruf", "web", "phone", "Brieftaube", "")] == [
        "phone",
        "web",
        "phone",
        "import",
        "import",
    ]
