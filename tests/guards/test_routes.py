"""Every route says who may use it, and means it: each role × each route, from the running application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from api.app import _register
from api.topic import PUBLIC
from casebackbone.access import INTERNAL, PERMISSIONS, Permission, Role
from tests.api.desk import PEOPLE, Desk

OPEN_TO_ALL = {
    "/healthz",
    "/readyz",
    "/metrics",  # asks for itself: this machine, or an administrator
    "/openapi.json",
    "/docs",
    "/schemas/<string:file>",
    "/problems/<string:code>",
    "/api/v1/status/<string:reference>",
    "/api/v1/status/<string:reference>/feedback",
}
ABSENT = UUID("00000000-0000-4000-8000-000000000000")
PARTS = {
    "<uuid:inquiry_id>": str(ABSENT),
    "<uuid:task_id>": str(ABSENT),
    "<uuid:article_id>": str(ABSENT),
    "<int:edition>": "1",
    "<path:department>": "Tiefbau",
    "<path:person>": "agent:nobody",
    "<string:service>": "99000000000000",
}
WHO = {role: who for who, (role, _) in PEOPLE.items()}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("house")
    made = Desk(f"sqlite:///{folder}/casebackbone.sqlite", folder)
    made.project()
    yield made
    made.close()


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """Method, rule and permission of every route."""
    found = []
    for rule in app.url_map.iter_rules():
        permission = vars(app.view_functions[rule.endpoint])["permission"]
        found += [(method, rule.rule, str(permission)) for method in sorted(rule.methods or ()) if method != "HEAD"]
    return found


def filled(rule: str) -> str:
    """An address of this rule; what it names is not there."""
    for part, value in PARTS.items():
        rule = rule.replace(part, value)
    return rule


def test_what_is_open_to_all_is_a_short_list(house: Desk) -> None:
    public = {rule for _, rule, permission in routes(house.app) if permission == PUBLIC}
    assert {rule for rule in public if not rule.startswith("/docs/")} == OPEN_TO_ALL


def test_every_other_route_names_a_permission(house: Desk) -> None:
    protected = [permission for _, _, permission in routes(house.app) if permission != PUBLIC]
    assert len(protected) > 30
    assert set(protected) <= {permission.value for permission in Permission}


def test_every_permission_of_people_is_used_by_a_route(house: Desk) -> None:
    used = {permission for _, _, permission in routes(house.app)}
    # supervise is asked within forwarding, operate by /metrics, feedback is public, the others are the caretaker's.
    elsewhere = {"supervise", "operate", "expire", "reroute", "tend_desk", "give_feedback"}
    assert {permission.value for permission in Permission} - used == elsewhere


def test_every_role_of_people_is_played(house: Desk) -> None:
    assert {Role(role) for role in WHO} == set(Role) - INTERNAL


def test_a_route_that_says_nothing_stops_the_start(house: Desk) -> None:
    app = Flask("careless", static_folder=None)
    app.config.update(API_TITLE="x", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    app.add_url_rule("/secret", "secret", lambda: "everything")
    with pytest.raises(TypeError, match="secret"):
        _register(app)


def test_each_role_on_each_route(house: Desk) -> None:
    """Without a token 401, without the permission 403; with it anything else but these and never a 5xx."""
    wrong, shown = [], 0
    for method, rule, permission in routes(house.app):
        if permission == PUBLIC:
            continue
        path = filled(rule)
        if house.ask(None, method, path).status_code != 401:
            wrong.append((method, path, "nobody"))
        for role, who in WHO.items():
            allowed = Role(role) in PERMISSIONS[Permission(permission)]
            body = {} if method == "POST" else None
            if house.system.head() > shown:
                house.project()  # some commands wait for the views
                shown = house.system.head()
            response = house.ask(who, method, path, body, version=1 if "<uuid" in rule else None)
            told = response.json.get("code") if isinstance(response.json, dict) else None
            well = response.status_code < 500 or told == "not_caught_up"  # nobody projects here
            fits = told != "role_not_allowed" and well if allowed else response.status_code == 403
            if not fits or response.status_code == 401:
                wrong.append((method, path, role, response.status_code))
    assert wrong == []


def test_other_methods_are_refused_and_the_right_one_is_named(house: Desk) -> None:
    methods: dict[str, set[str]] = {}
    for method, rule, _ in routes(house.app):
        methods.setdefault(filled(rule), set()).add(method)
    for path, allowed in methods.items():
        if "<" in path:
            continue
        for other in {"PUT", "PATCH", "DELETE", "OPTIONS", "POST", "GET"} - allowed:
            response = house.ask("sven", other, path)
            assert (response.status_code, response.mimetype) == (405, "application/problem+json"), (other, path)
            assert allowed <= set(response.headers["Allow"].split(", "))
