"""Settings: what is read, and that every mistake is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import BadSettings, read_settings


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(BadSettings) as refused:
        read_settings(environ)
    return refused.value.problems


def test_nothing_set_is_the_embedded_default() -> None:
    settings = read_settings({})
    assert settings.database_url == settings.views_database_url == "sqlite:///var/casebackbone.sqlite"
    assert settings.embedded
    assert settings.loopback
    assert not settings.dev_tokens


def test_other_programs_variables_are_none_of_our_business() -> None:
    assert read_settings({"PATH": "/bin", "CASEBACKBONE_TEST_KAFKA": "x", "CASEBACKBONE_CRASH_AT": "y"})


def test_all_mistakes_at_once_each_with_what_to_write() -> None:
    told = problems(
        {
            "CASEBACKBONE_DATABASE_URL": "mysql://root:geheim@db/x",
            "CASEBACKBONE_TOPIC_PARTITIONS": "zwölf",
            "CASEBACKBONE_KAFKA_BOOTSRAP": "a:1",
            "CASEBACKBONE_LOG_LEVEL": "loud",
        }
    )
    assert [line.split(":")[0] for line in told] == [
        "CASEBACKBONE_KAFKA_BOOTSRAP",
        "CASEBACKBONE_DATABASE_URL",
        "CASEBACKBONE_TOPIC_PARTITIONS",
        "CASEBACKBONE_LOG_LEVEL",
    ]
    assert "did you mean CASEBACKBONE_KAFKA_BOOTSTRAP?" in told[0]
    assert "postgresql://" in told[1]
    assert "geheim" not in "".join(told)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "nonsense"),
        ("BIND", "8115"),
        ("BIND", "127.0.0.1:99999"),
        ("KAFKA_BOOTSTRAP", "one:1,two"),
        ("TOPIC", "a topic"),
        ("PUBLIC_URL", "http://example.org"),
        ("DEV_TOKENS", "maybe"),
        ("POLICY_FILE", "/no/such/file.toml"),
        ("BODY_LIMIT", "1"),
        ("SUPERVISOR", "agent:"),
        ("SUPERVISOR", "role:supervisor"),
        ("SUPERVISOR", "Frau Klein"),
        ("TIMEZONE", "Europe/Speyer"),
        ("TIMEZONE", "../etc/passwd"),
        ("MIN_POSITION_WAIT_SECONDS", "nan"),
        ("METRICS", "everybody"),
        ("PUBLISHER", "rdkafka"),
    ],
)
def test_refuses(name: str, raw: str) -> None:
    told = problems({f"CASEBACKBONE_{name}": raw})
    assert len(told) == 1
    assert told[0].startswith(f"CASEBACKBONE_{name}: ")


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://clerk:geheim@db/desk\n")
    assert read_settings({"CASEBACKBONE_DATABASE_URL_FILE": str(file)}).database_url.endswith("geheim@db/desk")


def test_a_secret_in_two_places_or_in_a_missing_file(tmp_path: Path) -> None:
    missing = {"CASEBACKBONE_DATABASE_URL_FILE": str(tmp_path / "none")}
    assert "cannot be read" in problems(missing)[0]
    assert "not both" in problems(missing | {"CASEBACKBONE_DATABASE_URL": "sqlite:///a"})[0]


@pytest.mark.parametrize("bind", ["0.0.0.0:8115", "[::]:8115", "192.0.2.1:80", "desk.example.org:80"])
def test_development_tokens_only_on_loopback(bind: str) -> None:
    assert "DEV_TOKENS" in problems({"CASEBACKBONE_DEV_TOKENS": "on", "CASEBACKBONE_BIND": bind})[0]
    with pytest.raises(BadSettings, match="DEV_TOKENS"):
        read_settings({"CASEBACKBONE_DEV_TOKENS": "on"}).serving(bind)


def test_development_tokens_not_behind_a_proxy() -> None:
    assert "PROXIES" in problems({"CASEBACKBONE_DEV_TOKENS": "on", "CASEBACKBONE_TRUSTED_PROXIES": "1"})[0]


def test_an_issuer_needs_audience_and_keys_and_they_need_it() -> None:
    assert len(problems({"CASEBACKBONE_OIDC_ISSUER": "https://login.example.org"})) == 2
    assert len(problems({"CASEBACKBONE_OIDC_AUDIENCE": "casebackbone"})) == 1


def test_serving_needs_a_way_to_log_in() -> None:
    with pytest.raises(BadSettings, match="log in"):
        read_settings({}).serving("127.0.0.1:0")
    served = read_settings({"CASEBACKBONE_DEV_TOKENS": "on"}).serving("127.0.0.1:9000", 1)
    assert (served.bind, served.workers) == ("127.0.0.1:9000", 1)


@pytest.mark.parametrize("raw", ["s.klein", "agent:s.klein", " s.klein "])
def test_a_supervisor_is_a_person_as_events_name_them(raw: str) -> None:
    assert read_settings({"CASEBACKBONE_SUPERVISOR": raw}).supervisor == "agent:s.klein"
