"""``casebackbone docs``: the documents that are made from the code."""

from __future__ import annotations

import json
from pathlib import Path

import click

from api.cli_output import emit, found, json_option
from api.settings import Settings


@click.command()
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=Path("docs"), show_default=True)
@click.option("--check", is_flag=True, help="Write nothing; exit code 3 if a document is not up to date.")
@json_option
def docs(into: Path, check: bool, as_json: bool) -> None:
    """Write openapi.json, asyncapi.json and events.md from the code."""
    changed = []
    for name, content in documents().items():
        file = into / name
        if file.is_file() and file.read_text(encoding="utf-8") == content:
            continue
        changed.append(str(file))
        if not check:
            into.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
    said = "not up to date" if check else "written"
    emit({"changed": changed}, as_json, "\n".join(f"{file}: {said}" for file in changed) or "nothing has changed")
    if check and changed:
        found()


def documents() -> dict[str, str]:
    """File name to content, the same whatever the settings are."""
    from api.app import create_app
    from api.bootstrap import System
    from api.logs import configure_logging
    from events.documentation import asyncapi_text, events_markdown

    configure_logging("WARNING")
    app = create_app(System(Settings(dev_tokens=True)))
    openapi = app.test_client().get("/openapi.json").get_json()
    return {
        "openapi.json": json.dumps(openapi, ensure_ascii=False, indent=2) + "\n",
        "asyncapi.json": asyncapi_text(),
        "events.md": events_markdown(),
    }
