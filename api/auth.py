"""Who asks: bearer tokens, from the city's OpenID provider or, in development, from this machine.

The key that verifies a token is chosen by us, never by the token: ``jku``, ``jwk`` and ``x5u`` are not looked at, the
algorithms are fixed for each issuer. Sources: RFC 8725 (JWT best practice), RFC 9068, RFC 6750.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError, PyJWKSetError

from api.errors import Problem, unavailable
from api.settings import Settings
from api.verified_tokens import VerifiedTokens
from casebackbone.access import INTERNAL, Principal, Role

DEVELOPMENT_ISSUER = "casebackbone-development"
DEVELOPMENT_AUDIENCE = "casebackbone"
LEEWAY_SECONDS = 10
JWKS_SECONDS = 300
JWKS_TIMEOUT_SECONDS = 3

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_LONGEST = 8 * 1024
_SUBJECT = re.compile(r"[A-Za-z0-9._|@+-]{1,128}")
_DEPARTMENT = re.compile(r"[^\W_](?:[\w .,&/()+'’:-]{0,98}[\w.)])?")
_PROXIED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_HOST")


class Authenticator:
    """Tells who sent a request. Made once per process; the provider's keys are fetched at first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._verified = VerifiedTokens(LEEWAY_SECONDS)
        self._keys = (
            jwt.PyJWKClient(settings.oidc_jwks_url, lifespan=JWKS_SECONDS, timeout=JWKS_TIMEOUT_SECONDS)
            if settings.oidc_jwks_url
            else None
        )

    def principal(self, authorization: str | None, environ: Mapping[str, Any]) -> Principal:
        """Raises Problem: 401 without a valid token, 403 without a usable role, 503 without the provider's keys."""
        token = _bearer(authorization)
        claims = self._verified.claims(token)
        if claims is None:
            try:
                claims = self._verify(token)
            except jwt.InvalidTokenError as wrong:
                raise invalid_token(_reason(wrong)) from None
            self._verified.keep(token, claims)
        if claims["iss"] != DEVELOPMENT_ISSUER:
            return _principal(claims, self._settings.oidc_roles_claim, self._settings.oidc_department_claim)
        if not comes_from_here(environ):
            raise _no_development()
        return _principal(claims, "roles", "department")

    def _verify(self, token: str) -> dict[str, Any]:
        of_development = _unverified_issuer(token) == DEVELOPMENT_ISSUER
        return self._development(token) if of_development else self._from_provider(token)

    def _development(self, token: str) -> dict[str, Any]:
        if not self._settings.dev_tokens or not self._settings.loopback:
            raise _no_development()
        key = _read_key(self._settings.dev_key_file)
        if key is None:
            raise invalid_token("Zu diesem Token gibt es hier keinen Schlüssel.")
        return _decode(token, key.public_key(), ["EdDSA"], DEVELOPMENT_ISSUER, DEVELOPMENT_AUDIENCE)

    def _from_provider(self, token: str) -> dict[str, Any]:
        if self._keys is None:
            raise invalid_token("Der Aussteller des Tokens ist hier nicht bekannt.")
        kid = jwt.get_unverified_header(token).get("kid")
        if not isinstance(kid, str):
            raise invalid_token("Dem Token fehlt die Kennung seines Schlüssels.")
        try:
            key = self._keys.get_signing_key(kid)
        except PyJWKClientConnectionError:
            raise unavailable(
                "login_unavailable", "Der Anmeldedienst antwortet nicht; bitte gleich noch einmal."
            ) from None
        except (PyJWKSetError, ValueError):
            raise unavailable("login_unavailable", "Der Anmeldedienst liefert keine brauchbaren Schlüssel.") from None
        except PyJWKClientError:
            raise invalid_token("Der Schlüssel des Tokens ist nicht bekannt.") from None
        if key.algorithm_name not in ("RS256", "ES256"):
            raise invalid_token("Das Verfahren des Tokens wird nicht angenommen.")
        return _decode(
            token, key, [key.algorithm_name], str(self._settings.oidc_issuer), str(self._settings.oidc_audience)
        )


def _decode(token: str, key: Any, algorithms: list[str], issuer: str, audience: str) -> dict[str, Any]:
    header = jwt.get_unverified_header(token)
    if "crit" in header:
        raise invalid_token("Das Token verlangt Erweiterungen, die hier niemand kennt.")
    if header.get("typ", "JWT").lower() not in ("jwt", "at+jwt", "application/at+jwt"):
        raise invalid_token("Das Token ist kein Zugangs-Token.")
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=algorithms,
        audience=audience,
        issuer=issuer,
        leeway=LEEWAY_SECONDS,
        options={"require": ["iss", "aud", "exp", "iat", "sub"], "enforce_minimum_key_length": True},
    )
    return claims


def _bearer(authorization: str | None) -> str:
    if not authorization:
        raise Problem(
            "not_authenticated",
            "Bitte anmelden: Der Anfrage fehlt ein Bearer-Token.",
            headers={"WWW-Authenticate": 'Bearer realm="casebackbone"'},
        )
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or len(token) > _LONGEST or not _TOKEN.fullmatch(token):
        raise invalid_token("Das ist kein Bearer-Token.")
    return token


def _no_development() -> Problem:
    return invalid_token("Entwicklungs-Token gelten nur auf diesem Rechner und nur, wenn sie eingeschaltet sind.")


def invalid_token(detail: str) -> Problem:
    """401; the reason is not for telling attackers anything, so details of signatures stay out."""
    challenge = 'Bearer realm="casebackbone", error="invalid_token"'
    return Problem("invalid_token", detail, headers={"WWW-Authenticate": challenge})


def _reason(wrong: jwt.InvalidTokenError) -> str:
    if isinstance(wrong, jwt.ExpiredSignatureError):
        return "Die Anmeldung ist abgelaufen; bitte neu anmelden."
    if isinstance(wrong, jwt.ImmatureSignatureError | jwt.InvalidIssuedAtError):
        return "Die Anmeldung gilt noch nicht; stimmt die Uhr?"
    if isinstance(wrong, jwt.InvalidAudienceError | jwt.InvalidIssuerError):
        return "Das Token ist nicht für dieses System ausgestellt."
    return "Das Token ist nicht gültig."


def _unverified_issuer(token: str) -> Any:
    """Only chooses which issuer's rules to apply; each of them checks the issuer again, with the signature."""
    return jwt.decode(token, options={"verify_signature": False}).get("iss")


def _principal(claims: Mapping[str, Any], roles_claim: str, department_claim: str) -> Principal:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise invalid_token("Das Token nennt niemanden, der hier arbeiten könnte.")
    named = _claim(claims, roles_claim)
    named = named.split() if isinstance(named, str) else named
    known = {role.value for role in Role}
    roles = frozenset(Role(name) for name in named or () if isinstance(name, str) and name in known)
    if roles & INTERNAL:
        raise Problem("internal_role", "Diese Rolle haben nur interne Abläufe; kein Token darf sie nennen.")
    if not roles:
        raise Problem("no_role", "Mit dieser Anmeldung ist keine Rolle in diesem System verbunden.")
    department = _claim(claims, department_claim)
    if department is not None and not (isinstance(department, str) and _DEPARTMENT.fullmatch(department)):
        raise Problem("department_mismatch", "Der Fachbereich in der Anmeldung ist nicht verwendbar.")
    try:
        return Principal(subject, roles, department)
    except ValueError:
        raise Problem(
            "department_mismatch", "Einen Fachbereich haben genau die, die für einen arbeiten; bitte die Rollen prüfen."
        ) from None


def _claim(claims: Mapping[str, Any], path: str) -> Any:
    """``realm_access.roles`` looks into an object; a claim with a dot in its name is found as it stands."""
    found: Any = claims.get(path)
    if path not in claims:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, list | str) else None


def comes_from_here(environ: Mapping[str, Any]) -> bool:
    """Whether a connection comes from this machine to its loopback address, and nobody passed it on."""
    if any(name in environ for name in _PROXIED):
        return False
    ends = [environ.get("REMOTE_ADDR", "")]
    socket = environ.get("gunicorn.socket")
    if socket is not None:
        name = socket.getsockname()
        ends.append(name[0] if isinstance(name, tuple) else "")
    try:
        return all(ipaddress.ip_address(end).is_loopback for end in ends)
    except ValueError:
        return False


def _read_key(file: Path) -> Ed25519PrivateKey | None:
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PrivateKey) else None


def development_key(settings: Settings) -> Ed25519PrivateKey:
    """The key in ``dev_key_file``, made now if there is none, readable for its owner only. Raises OSError."""
    file = settings.dev_key_file
    if (key := _read_key(file)) is not None:
        return key
    if file.exists():
        raise OSError(f"{file} holds no Ed25519 key; remove it, and a new one is made")
    file.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # Written aside and linked into place: whoever comes second takes the first one's key, whole.
    aside = file.with_name(f".{file.name}.{uuid4().hex}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(pem)
        if not file.exists():
            with contextlib.suppress(FileExistsError):
                os.link(aside, file)
    finally:
        aside.unlink()
    if (key := _read_key(file)) is None:
        raise OSError(f"{file} cannot be used as a key file")
    return key


def issue_development_token(
    settings: Settings,
    role: str,
    department: str | None = None,
    subject: str = "dev",
    lifetime: timedelta = timedelta(hours=8),
) -> str:
    """A token that a server on this machine accepts. Raises ValueError for a role or department that cannot be."""
    if Role(role) in INTERNAL:
        raise ValueError(f"{role} is for processes of the system itself; no token is issued for it")
    Principal(subject, frozenset({Role(role)}), department)
    if not _SUBJECT.fullmatch(subject):
        raise ValueError("a subject is 1 to 128 letters, digits or . _ | @ + -")
    if department is not None and not _DEPARTMENT.fullmatch(department):
        raise ValueError("a department is 1 to 100 letters, digits and signs that names of offices have")
    now = datetime.now(UTC)
    claims: dict[str, Any] = {
        "iss": DEVELOPMENT_ISSUER,
        "aud": DEVELOPMENT_AUDIENCE,
        "sub": subject,
        "iat": now,
        "exp": now + lifetime,
        "jti": str(uuid4()),
        "roles": [role],
    }
    if department is not None:
        claims["department"] = department
    return jwt.encode(claims, development_key(settings), algorithm="EdDSA")
