"""Tokens: which are accepted, and every way to make a bad one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from api.auth import LEEWAY_SECONDS, Authenticator, comes_from_here, development_key, issue_development_token
from api.errors import Problem
from api.settings import Settings
from api.verified_tokens import TRUST_SECONDS, VerifiedTokens
from casebackbone.access import Principal, Role
from tests.api.provider import AUDIENCE, ISSUER, Provider, provider

HERE = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture(scope="module")
def city() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture
def authenticator(city: Provider) -> Authenticator:
    city.up = True
    return Authenticator(Settings(oidc_issuer=ISSUER, oidc_audience=AUDIENCE, oidc_jwks_url=city.url))


@pytest.fixture
def development(tmp_path: Path) -> Settings:
    return Settings(dev_tokens=True, dev_key_file=tmp_path / "keys" / "dev.pem")


def accepted(authenticator: Authenticator, token: str, environ: dict[str, Any] | None = None) -> Principal:
    return authenticator.principal(f"Bearer {token}", environ or HERE)


def refusal(authenticator: Authenticator, authorization: str | None, environ: dict[str, Any] | None = None) -> Problem:
    with pytest.raises(Problem) as refused:
        authenticator.principal(authorization, environ or HERE)
    return refused.value


@pytest.mark.parametrize("kid", ["rsa", "ec"])
def test_a_token_of_the_city_says_who_it_is(authenticator: Authenticator, city: Provider, kid: str) -> None:
    assert accepted(authenticator, city.token(kid)) == Principal("anna", frozenset({Role.FRONT_AGENT}))


def test_a_department_and_roles_from_where_the_settings_say(city: Provider) -> None:
    settings = Settings(
        oidc_issuer=ISSUER,
        oidc_audience=AUDIENCE,
        oidc_jwks_url=city.url,
        oidc_roles_claim="realm_access.roles",
        oidc_department_claim="https://city.example/department",
    )
    token = city.token(
        roles=None,
        realm_access={"roles": ["offline_access", "department_staff"]},
        **{"https://city.example/department": "Tiefbau"},
    )
    assert accepted(Authenticator(settings), token).department == "Tiefbau"


def _unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    stamped = {k: int(v.timestamp()) if isinstance(v, datetime) else v for k, v in claims.items()}
    return ".".join((part(json.dumps(header).encode()), part(json.dumps(stamped).encode()), part(signature)))


def _bad_tokens(city: Provider) -> dict[str, str]:
    now = datetime.now(UTC)
    public = city.rsa.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    confused = _unsigned({"alg": "HS256", "kid": "rsa"}, city.claims()).rsplit(".", 1)[0]
    mac = hmac.new(public, confused.encode(), hashlib.sha256).digest()
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own_jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(stranger.public_key()))

    def signed(key: Any, headers: dict[str, Any], **claims: Any) -> str:
        return jwt.encode(city.claims(**claims), key, algorithm="RS256", headers=headers)

    good = city.token()
    head, body, signature = good.split(".")
    return {
        "none": _unsigned({"alg": "none", "kid": "rsa"}, city.claims(), b"x"),
        "None with capitals": _unsigned({"alg": "NoNe", "kid": "rsa"}, city.claims(), b"x"),
        "HS256 with the public key": f"{confused}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}",
        "signed by a stranger": signed(stranger, {"kid": "rsa"}),
        "brings its own key": signed(stranger, {"kid": "rsa", "jwk": own_jwk}),
        "says where its key is": signed(stranger, {"kid": "stranger", "jku": "http://127.0.0.1:9/keys"}),
        "unknown key": signed(city.rsa, {"kid": "another"}),
        "no key named": signed(city.rsa, {}),
        "key id is a path": signed(city.rsa, {"kid": "../../dev/null"}),
        "RS256 key, ES256 named": signed(city.rsa, {"kid": "ec"}),
        "critical extension": signed(city.rsa, {"kid": "rsa", "crit": ["exp"], "exp": 1}),
        "not an access token": signed(city.rsa, {"kid": "rsa", "typ": "logout+jwt"}),
        "expired": city.token(exp=now - timedelta(minutes=5)),
        "not yet": city.token(nbf=now + timedelta(minutes=5)),
        "issued in the future": city.token(iat=now + timedelta(minutes=5)),
        "another audience": city.token(aud="payroll"),
        "another issuer": city.token(iss="https://evil.example"),
        "issuer with a slash": city.token(iss=ISSUER + "/"),
        "no audience": city.token(aud=None),
        "no expiry": city.token(exp=None),
        "no issue time": city.token(iat=None),
        "no subject": city.token(sub=None),
        "a subject that is none": city.token(sub="anna\nmaria"),
        "changed after signing": f"{head}.{body[:-2]}{'AA' if body[-2:] != 'AA' else 'BB'}.{signature}",
        "without signature": f"{head}.{body}.AA",
        "claims to be for development": city.token(iss="casebackbone-development"),
    }


NAMES = list(_bad_tokens(Provider()))


@pytest.mark.parametrize("name", NAMES)
def test_bad_tokens_are_401_with_a_challenge(authenticator: Authenticator, city: Provider, name: str) -> None:
    told = refusal(authenticator, f"Bearer {_bad_tokens(city)[name]}")
    assert (told.status, told.code) == (401, "invalid_token")
    assert 'error="invalid_token"' in told.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "header", [None, "", "Basic YTpi", "Bearer", "Bearer a b", "Bearer abc", "Bearer " + "a" * 9000]
)
def test_what_is_no_bearer_token(authenticator: Authenticator, header: str | None) -> None:
    told = refusal(authenticator, header)
    assert told.status == 401
    assert told.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", ["caretaker", "importer"])
def test_internal_roles_are_in_no_token(authenticator: Authenticator, city: Provider, role: str) -> None:
    assert refusal(authenticator, f"Bearer {city.token(roles=['supervisor', role])}").code == "internal_role"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"roles": []}, "no_role"),
        ({"roles": None}, "no_role"),
        ({"roles": ["mayor"]}, "no_role"),
        ({"roles": {"front_agent": True}}, "no_role"),
        ({"roles": ["department_staff"]}, "department_mismatch"),
        ({"roles": ["front_agent"], "department": "Tiefbau"}, "department_mismatch"),
        ({"roles": ["telephone_system"], "department": "Tiefbau"}, "department_mismatch"),
        ({"roles": ["department_staff"], "department": "\x00"}, "department_mismatch"),
    ],
)
def test_roles_and_departments_that_do_not_fit(
    authenticator: Authenticator, city: Provider, claims: dict[str, Any], code: str
) -> None:
    told = refusal(authenticator, f"Bearer {city.token(**claims)}")
    assert (told.status, told.code) == (403, code)


def test_the_provider_is_away_is_not_the_users_fault(city: Provider) -> None:
    city.up = False
    fresh = Authenticator(Settings(oidc_issuer=ISSUER, oidc_audience=AUDIENCE, oidc_jwks_url=city.url))
    told = refusal(fresh, f"Bearer {city.token()}")
    city.up = True
    assert (told.status, told.code) == (503, "login_unavailable")
    assert "Retry-After" in told.headers
    assert accepted(fresh, city.token())


def test_unknown_keys_do_not_make_us_ask_again_and_again(authenticator: Authenticator, city: Provider) -> None:
    accepted(authenticator, city.token())
    before = city.fetched
    for number in range(20):
        token = jwt.encode(city.claims(), city.rsa, algorithm="RS256", headers={"kid": f"k{number}"})
        assert refusal(authenticator, f"Bearer {token}").status == 401
    assert city.fetched == before


def test_a_development_token_is_good_on_this_machine(development: Settings) -> None:
    token = issue_development_token(development, "department_staff", "Tiefbau", "dora")
    assert accepted(Authenticator(development), token) == Principal(
        "dora", frozenset({Role.DEPARTMENT_STAFF}), "Tiefbau"
    )


class _Socket:
    def __init__(self, address: Any) -> None:
        self._address = address

    def getsockname(self) -> Any:
        return self._address


@pytest.mark.parametrize(
    "environ",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=192.0.2.7"},
        {"REMOTE_ADDR": "127.0.0.1", "gunicorn.socket": _Socket(("192.0.2.1", 80))},
        {"REMOTE_ADDR": "127.0.0.1", "gunicorn.socket": _Socket("/run/socket")},
    ],
)
def test_a_development_token_is_no_good_from_elsewhere(development: Settings, environ: dict[str, Any]) -> None:
    token = issue_development_token(development, "supervisor")
    assert not comes_from_here(environ)
    assert refusal(Authenticator(development), f"Bearer {token}", environ or {"REMOTE_ADDR": "x"}).status == 401


def test_a_development_token_is_no_good_where_it_is_not_switched_on(development: Settings) -> None:
    token = issue_development_token(development, "supervisor")
    off = Settings(dev_tokens=False, dev_key_file=development.dev_key_file)
    away = Settings(dev_tokens=True, dev_key_file=development.dev_key_file, bind="0.0.0.0:80")
    other = Settings(dev_tokens=True, dev_key_file=development.dev_key_file.with_name("other.pem"))
    for settings in (off, away, other):
        assert refusal(Authenticator(settings), f"Bearer {token}").status == 401


def test_an_expired_development_token(development: Settings) -> None:
    token = issue_development_token(development, "supervisor", lifetime=timedelta(minutes=-5))
    assert refusal(Authenticator(development), f"Bearer {token}").status == 401


@pytest.mark.parametrize(
    ("role", "department"),
    [("caretaker", None), ("importer", None), ("mayor", None), ("department_staff", None), ("auditor", "Tiefbau")],
)
def test_no_development_token_for_what_cannot_be(development: Settings, role: str, department: str | None) -> None:
    with pytest.raises(ValueError):
        issue_development_token(development, role, department)


def test_the_development_key_is_for_its_owner_only_and_stays(development: Settings) -> None:
    first = development_key(development)
    assert stat.S_IMODE(development.dev_key_file.stat().st_mode) == 0o600
    assert development_key(development).private_bytes_raw() == first.private_bytes_raw()
    assert [file.name for file in development.dev_key_file.parent.iterdir()] == ["dev.pem"]


def test_a_token_that_is_known_is_no_good_from_elsewhere(development: Settings) -> None:
    authenticator = Authenticator(development)
    token = issue_development_token(development, "supervisor")
    accepted(authenticator, token)
    assert refusal(authenticator, f"Bearer {token}", {"REMOTE_ADDR": "192.0.2.7"}).status == 401


def test_a_token_that_is_known_ends_when_it_says(development: Settings) -> None:
    authenticator = Authenticator(development)
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False) as clock:
        token = issue_development_token(development, "supervisor", lifetime=timedelta(seconds=5))
        accepted(authenticator, token)
        clock.shift(LEEWAY_SECONDS + 4)
        accepted(authenticator, token)
        clock.shift(1)
        assert refusal(authenticator, f"Bearer {token}").status == 401


def test_a_key_that_is_taken_back_ends_what_is_known(development: Settings) -> None:
    authenticator = Authenticator(development)
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False) as clock:
        token = issue_development_token(development, "supervisor")
        accepted(authenticator, token)
        development.dev_key_file.unlink()
        clock.shift(TRUST_SECONDS - 1)
        accepted(authenticator, token)
        clock.shift(1)
        assert refusal(authenticator, f"Bearer {token}").status == 401


def test_only_so_many_tokens_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.verified_tokens.MOST", 2)
    known = VerifiedTokens(0)
    for token in ("a", "b", "a", "c"):
        known.keep(token, {"exp": datetime.now(UTC).timestamp() + 60})
    assert [known.claims(token) is not None for token in ("a", "b", "c")] == [True, False, True]
