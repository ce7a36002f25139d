"""Making and changing the tables of the record: by ``casebackbone db upgrade`` only, never by racing workers."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from casebackbone.store.engine import open_engine
from casebackbone.store.rows import SchemaOutOfDate

_LOCK = (365, 1)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade_store(database_url: str) -> str:
    """Brings the tables up to date and returns the revision. Safe when several processes do it at once."""
    engine = open_engine(database_url)
    config = _config()
    try:
        with engine.begin() as connection:  # on SQLite this takes the write lock
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL lock_timeout = 0"))  # another one's upgrade may take its time
                connection.execute(text("SELECT pg_advisory_xact_lock(:a, :b)"), {"a": _LOCK[0], "b": _LOCK[1]})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        return _wanted(config)
    finally:
        engine.dispose()


def check(engine: Engine) -> None:
    """Raises SchemaOutOfDate unless the tables are those of this software."""
    wanted = _wanted(_config())
    with engine.connect().execution_options(reading=True) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != wanted:
        raise SchemaOutOfDate(
            f"The record's tables are at revision {found or 'none'}, this software needs {wanted}. "
            "Please run: casebackbone db upgrade"
        )


def _wanted(config: Config) -> str:
    return str(ScriptDirectory.from_config(config).get_current_head())
