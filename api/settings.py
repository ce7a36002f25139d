"""Settings: the only reader of the environment.

Every mistake is told at once, each with what to write instead. A name that nobody reads is a mistake too: a typing
error must not silently mean the default. Secrets may stand in a file named by ``CASEBACKBONE_<NAME>_FILE``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from environs import FileAwareEnv

from api import setting_values as values

PREFIX = "CASEBACKBONE_"
OTHERS = ("CASEBACKBONE_TEST_", "CASEBACKBONE_CRASH_AT")
"""Names that tests and crash points of test builds read for themselves."""

BERLIN = ZoneInfo("Europe/Berlin")

SECRETS = ("DATABASE_URL", "VIEWS_DATABASE_URL")


class BadSettings(ValueError):
    """The environment cannot be used; ``problems`` has a line for every mistake in it."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n  ".join(("the settings cannot be used:", *problems)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this installation runs. Built by :func:`read_settings`, or directly in tests."""

    database_url: str = "sqlite:///var/casebackbone.sqlite"
    views_database_url: str = ""  # empty: the same as database_url
    kafka_bootstrap: str | None = None  # None: the in-process feed, no broker
    topic: str = "casebackbone.inquiries.v1"
    topic_partitions: int = 12
    topic_replication: int = 1
    publisher: str = "kafka-python"  # or confluent, an extra
    bind: str = "127.0.0.1:8115"
    workers: int = 2
    public_url: str = ""  # empty: problem types and schemas are named relative to the server
    trusted_proxies: int = 0
    body_limit: int = 1024 * 1024
    status_per_minute: int = 30
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    oidc_jwks_url: str | None = None
    oidc_roles_claim: str = "roles"
    oidc_department_claim: str = "department"
    dev_tokens: bool = False
    dev_key_file: Path = Path("var/dev-key.pem")
    run_dir: Path = Path("var/run")
    policy_file: Path | None = None
    calendar_file: Path | None = None
    synonyms_file: Path | None = None  # words that mean the same, beside those of the directory
    ledger_key_file: Path | None = None
    supervisor: str | None = None  # who is told of what is due where the directory names nobody
    log_level: str = "INFO"
    metrics: str = "loopback"
    min_position_wait_seconds: float = 5.0
    stale_after_seconds: float = 60.0
    timezone: ZoneInfo = BERLIN

    def __post_init__(self) -> None:
        if not self.views_database_url:
            object.__setattr__(self, "views_database_url", self.database_url)

    @property
    def embedded(self) -> bool:
        """No broker: views are fed straight from the store."""
        return self.kafka_bootstrap is None

    @property
    def loopback(self) -> bool:
        """Whether the server is bound to an address that only this machine reaches."""
        return values.is_loopback(self.bind)

    @property
    def stale_after(self) -> timedelta:
        """A view whose last event is older than this, while the store has newer ones, must not give an all-clear."""
        return timedelta(seconds=self.stale_after_seconds)

    def serving(self, bind: str | None = None, workers: int | None = None) -> Settings:
        """These settings for a server on ``bind``. Raises BadSettings where the combination is unsafe or useless."""
        problems: list[str] = []
        if bind is not None:
            values.tell(values.address, bind, "--bind", problems)
        if problems:
            raise BadSettings(problems)
        served = replace(self, bind=bind or self.bind, workers=workers or self.workers)
        if not (served.dev_tokens or served.oidc_issuer):
            problems.append(
                f"nobody could log in; set {PREFIX}OIDC_ISSUER, or for development here {PREFIX}DEV_TOKENS=on"
            )
        problems += _unsafe(served)
        if problems:
            raise BadSettings(problems)
        return served


_READERS: dict[str, Callable[[str], Any]] = {
    "database_url": values.database_url,
    "views_database_url": values.database_url,
    "kafka_bootstrap": values.addresses,
    "topic": values.topic,
    "topic_partitions": values.whole(1, 1000),
    "topic_replication": values.whole(1, 9),
    "publisher": values.one_of("kafka-python", "confluent"),
    "bind": values.address,
    "workers": values.whole(1, 64),
    "public_url": values.web_address,
    "trusted_proxies": values.whole(0, 5),
    "body_limit": values.whole(1024, 16 * 1024 * 1024),
    "status_per_minute": values.whole(1, 10_000),
    "oidc_issuer": values.web_address,
    "oidc_audience": values.text,
    "oidc_jwks_url": values.web_address,
    "oidc_roles_claim": values.text,
    "oidc_department_claim": values.text,
    "dev_tokens": values.switch,
    "dev_key_file": values.path,
    "run_dir": values.path,
    "policy_file": values.existing_file,
    "calendar_file": values.existing_file,
    "synonyms_file": values.synonyms,
    "ledger_key_file": values.path,
    "supervisor": values.agent,
    "log_level": values.one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    "metrics": values.one_of("loopback", "open"),
    "min_position_wait_seconds": values.number(0, 60),
    "stale_after_seconds": values.number(1, 86_400),
    "timezone": values.timezone,
}


class _Environment(FileAwareEnv):
    """The library's reader over a given mapping instead of the process's own, with secrets from files."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(prefix=PREFIX, eager=False, strip_whitespace=True)
        self._given = environ

    def _get_value(self, env_key: str, default: Any) -> Any:
        file = self._given.get(f"{env_key}{self.file_suffix}") if env_key[len(PREFIX) :] in SECRETS else None
        if file is None:
            return self._given.get(env_key) or default  # set to nothing is not set
        if env_key in self._given:
            raise ValueError(f"set either {env_key} or {env_key}_FILE, not both")
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as unreadable:
            reason = getattr(unreadable, "strerror", None) or "not UTF-8 text"
            raise ValueError(f"the file {file} cannot be read ({reason}); name a readable file") from unreadable


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in ``environ`` (the process's own by default). Raises BadSettings with every mistake in it."""
    environ = os.environ if environ is None else environ
    env = _Environment(environ)
    problems = _unknown_names(environ)
    found: dict[str, Any] = {}
    for name, read in _READERS.items():
        known = len(problems)
        raw = values.tell(lambda name: env.str(name, default=None), name.upper(), PREFIX + name.upper(), problems)
        if raw is not None and len(problems) == known:
            found[name] = values.tell(read, raw, PREFIX + name.upper(), problems)
    if problems:
        raise BadSettings(problems)
    settings = Settings(**found)
    if problems := _unsafe(settings) + _incomplete(settings):
        raise BadSettings(problems)
    return settings


def _unknown_names(environ: Mapping[str, str]) -> list[str]:
    known = {PREFIX + field.name.upper() for field in fields(Settings)} | {f"{PREFIX}{name}_FILE" for name in SECRETS}
    problems = []
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in known or name.startswith(OTHERS):
            continue
        near = get_close_matches(name, known, n=1)
        problems.append(f"{name}: unknown; " + (f"did you mean {near[0]}?" if near else "remove it"))
    return problems


def _unsafe(settings: Settings) -> list[str]:
    problems = []
    if settings.dev_tokens and not settings.loopback:
        problems.append(
            f"{PREFIX}DEV_TOKENS: development tokens on {settings.bind} would let anybody in who reaches it; "
            f"bind to 127.0.0.1, or set {PREFIX}DEV_TOKENS=off and {PREFIX}OIDC_ISSUER"
        )
    if settings.dev_tokens and settings.trusted_proxies:
        problems.append(
            f"{PREFIX}DEV_TOKENS: behind a proxy everybody seems to be on this machine; "
            f"set {PREFIX}DEV_TOKENS=off, or {PREFIX}TRUSTED_PROXIES=0"
        )
    return problems


def _incomplete(settings: Settings) -> list[str]:
    if settings.oidc_issuer is None:
        given = [name for name in ("oidc_audience", "oidc_jwks_url") if getattr(settings, name) is not None]
        return [f"{PREFIX}{name.upper()}: of no use without {PREFIX}OIDC_ISSUER; set that as well" for name in given]
    missing = [name for name in ("oidc_audience", "oidc_jwks_url") if getattr(settings, name) is None]
    return [f"{PREFIX}{name.upper()}: missing; {PREFIX}OIDC_ISSUER cannot be used without it" for name in missing]
