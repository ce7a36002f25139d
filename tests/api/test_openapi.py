"""The whole API against its own document: nothing that fits it or not gives a 5xx, and every answer is as it says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.bootstrap import System
from api.settings import Settings
from tests.api.desk import PEOPLE, Desk

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
EXAMPLES = 12
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
PREFERRED = ("supervisor", "data_protection_officer", "department_staff", "department_system", "front_agent")


def served() -> dict[str, Any]:
    app = create_app(System(Settings()))
    document: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
    return document


SERVED = served()
OPERATIONS = [
    (method, path)
    for path, operations in SERVED["paths"].items()
    for method in operations
    if method in ("get", "post") and path != "/metrics"
]


@pytest.mark.parametrize("path", [path for method, path in OPERATIONS if method == "get"])
def test_whoever_may_ask_for_csv_is_told_of_it(path: str) -> None:
    operation = SERVED["paths"][path]["get"]
    asks = any(parameter.get("name") == "format" for parameter in operation.get("parameters", ()))
    assert asks == ("text/csv" in operation["responses"]["200"].get("content", {}))


def test_the_document_in_the_repository_is_the_one_that_is_served() -> None:
    # Python 3.13 has another name for 422.
    written = DOCUMENT.read_text().replace("UNPROCESSABLE_CONTENT", "UNPROCESSABLE_ENTITY")
    served = json.dumps(SERVED).replace("UNPROCESSABLE_CONTENT", "UNPROCESSABLE_ENTITY")
    assert json.loads(written) == json.loads(served), "make it anew: make docs"


ONLY_ADDS = ("/ratings", "/consultations")
"""Whatever has happened meanwhile, these are true."""


def test_it_says_who_may_do_what() -> None:
    assert SERVED["openapi"] == "3.1.0"
    assert len(OPERATIONS) > 40
    for method, path in OPERATIONS:
        operation = SERVED["paths"][path][method]
        assert operation["summary"]
        assert operation["security"] == [] or operation["x-roles"]
        names = {parameter.get("$ref", "").rpartition("/")[2] for parameter in operation.get("parameters", [])}
        repeatable = "/searches/" in path or path.endswith("/editions/{edition}/recall")  # without saying so
        if method == "post" and not repeatable:
            assert "IdempotencyKey" in names
            versioned = "_id}" in path and not path.endswith(ONLY_ADDS)  # only what exists has a version
            assert ("IfMatch" in names) == versioned, path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("openapi")
    made = Desk(
        f"sqlite:///{folder}/casebackbone.sqlite", folder, min_position_wait_seconds=0.0, status_per_minute=10_000
    )
    made.received().accepted()
    made.received().resolved()
    made.project()
    yield made
    made.close()


@pytest.fixture(scope="module")
def schema(house: Desk) -> Any:
    def from_here(environ: dict[str, Any], start: Any) -> Any:
        return house.app({"REMOTE_ADDR": "127.0.0.1", **environ}, start)

    return schemathesis.openapi.from_wsgi("/openapi.json", from_here)


def token_for(desk: Desk, operation: dict[str, Any]) -> dict[str, str]:
    roles = operation.get("x-roles", [])
    role = next((role for role in (*PREFERRED, *roles) if role in roles), None)
    if role is None:
        return {}
    who = next(who for who, (played, _) in PEOPLE.items() if played == role)
    return {"Authorization": f"Bearer {desk.token(who)}"}


def can_be_wrong(method: str, path: str) -> bool:
    """Any text fits where an address ends in a name, and where there is nothing to say."""
    operation = SERVED["paths"][path][method]
    told = any(parameter.get("in") == "query" for parameter in operation.get("parameters", []))
    return "requestBody" in operation or told or "{inquiry_id}" in path


NOT_BEHIND = ("/next", "/closing", "/deactivation")
"""What is not done while the views are behind."""

CASES = [(*operation, GenerationMode.POSITIVE) for operation in OPERATIONS]
CASES += [(*operation, GenerationMode.NEGATIVE) for operation in OPERATIONS if can_be_wrong(*operation)]


@pytest.mark.parametrize(
    ("method", "path", "mode"), CASES, ids=[f"{method} {path} {mode.value}" for method, path, mode in CASES]
)
def test_answers_as_documented(house: Desk, schema: Any, method: str, path: str, mode: GenerationMode) -> None:
    operation = schema[path][method.upper()]
    headers = token_for(house, SERVED["paths"][path][method])
    strategy = operation.as_strategy(generation_mode=mode)

    answered: Counter[int] = Counter()

    @seed(115)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy, real=st.booleans())
    def ask(case: schemathesis.Case, real: bool) -> None:
        if real and "inquiry_id" in (case.path_parameters or {}):
            # One that exists, at its version: otherwise nearly everything would end at 404.
            fresh = house.received()
            case.path_parameters["inquiry_id"] = fresh.id
            if method == "post":
                case.headers["If-Match"] = '"v1"'
        case.headers.update(headers)
        if path.endswith(NOT_BEHIND):
            house.project()
        response = case.call()
        answered[response.status_code] += 1
        checks = CHECKS if mode is GenerationMode.POSITIVE or real else (*CHECKS, negative_data_rejection)
        case.validate_response(response, checks=list(checks))

    ask()
    # What does not fit may be the token, but most of it must get past the door.
    assert answered[401] <= (0 if mode is GenerationMode.POSITIVE else answered.total() / 2)


def test_everything_in_the_document_is_asked(schema: Any) -> None:
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    asked = {(operation.method.lower(), operation.path) for operation in found} - {("get", "/metrics")}
    assert asked == set(OPERATIONS)
