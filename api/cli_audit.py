"""``casebackbone audit``: what an auditor asks. Nothing here ever says "all clear" about stale views."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from api import auditing
from api.bootstrap import System
from api.cli_output import Command, Failure, emit, found, json_option, progress, say
from api.cli_run import open_system
from api.cli_times import read_moment
from api.setting_values import timezone as read_timezone
from projections.digest import digests

STALE = "stale"
LISTED = 20
"""Differences that are listed for people; --json has all."""


def wait_option(command: Command) -> Command:
    return click.option(
        "--wait",
        "seconds",
        type=click.FloatRange(0, 3600),
        default=5.0,
        show_default=True,
        help="Seconds to wait for the views to catch up.",
    )(command)


@click.group()
def audit() -> None:
    """Is the record whole, do the views agree with it, and how many were open when."""


@audit.command()
@click.option("--as-of", required=True, metavar="TIME", help="With offset, or local to --timezone.")
@click.option("--timezone", "zone_name", metavar="NAME", help="Default: CASEBACKBONE_TIMEZONE, or Europe/Berlin.")
@click.option(
    "--source", type=click.Choice(["views", "store"]), default="views", help="Count from the views or events."
)
@wait_option
@json_option
def accounting(as_of: str, zone_name: str | None, source: str, seconds: float, as_json: bool) -> None:
    """How many were received, open and overdue at a past moment, and with whom. Exit code 3 if the views are stale."""
    system = open_system()
    zone = _zone(zone_name) if zone_name else system.settings.timezone
    moment = read_moment(as_of, "--as-of", zone)
    if source == "store":
        position, stale = system.head(), False
        numbers = auditing.accounting_of_store(system, moment)
    else:
        fresh = auditing.wait_until_fresh(system, seconds)
        position, stale = fresh.as_of_position, auditing.is_stale(system, fresh)
        numbers = auditing.accounting_of_views(system, moment)
    head = {"as_of": moment.astimezone(zone).isoformat(), "source": source, "as_of_position": position, "stale": stale}
    data = numbers | head | ({"reason": STALE} if stale else {})
    emit(data, as_json, lambda: _accounting_text(data))
    _end(system, stale=stale)


@audit.command()
@click.option("--all-columns", is_flag=True, help="Also what differs between two imports: to compare two rebuilds.")
@wait_option
@json_option
def digest(all_columns: bool, seconds: float, as_json: bool) -> None:
    """One hash for each view over its rows. Exit code 3 if the views are stale."""
    system = open_system()
    fresh = auditing.wait_until_fresh(system, seconds)
    hashes = digests(system.views, all_columns)
    emit(hashes, as_json, lambda: "\n".join(f"{hash_}  {view}" for view, hash_ in sorted(hashes.items())))
    _end(system, stale=auditing.is_stale(system, fresh))


@audit.command()
@wait_option
@json_option
def reconcile(seconds: float, as_json: bool) -> None:
    """Compare store, topic and read model, and list differences by id. Exit code 3 if there are any."""
    system = open_system()
    fresh = auditing.wait_until_fresh(system, seconds)
    stale = auditing.is_stale(system, fresh)
    data = auditing.reconcile(system)
    differences = data["differences"]
    data["reason"] = STALE if stale else "differences" if differences else None
    shown = data | {"differences": [asdict(one) for one in differences]}
    emit(shown, as_json, lambda: _reconciled_text(data))
    _end(system, stale=stale, findings=bool(differences))


@audit.command()
@click.option("--checkpoint", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--signer", metavar="KEY", help="The signer's public key (base64), if you know it.")
@json_option
def verify(file: Path | None, signer: str | None, as_json: bool) -> None:
    """Check every stored event: its seal, its chain, and the rules of custody. Exit code 3 if something is wrong."""
    from api.verifying import verify as verify_record

    system = open_system()
    with progress("events") as bar:
        data = verify_record(system, _checkpoint(file) if file else None, signer, bar)
    emit(data, as_json, lambda: _verified_text(data))
    if file and not signer:
        say("without --signer the signature only shows that the checkpoint is whole, not who made it")
    _end(system, findings=bool(data["findings"]))


@audit.command()
@click.option("--key", "key_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def checkpoint(key_file: Path | None, as_json: bool) -> None:
    """Print a signed checkpoint of the record. Keep it where nobody who can change the database can change it.

    The key is Ed25519; without --key that of CASEBACKBONE_LEDGER_KEY_FILE.
    """
    from api.verifying import make_checkpoint

    system = open_system()
    key_file = key_file or system.settings.ledger_key_file
    if key_file is None:
        raise click.UsageError("name the key with --key, or in CASEBACKBONE_LEDGER_KEY_FILE")
    if not key_file.is_file():
        raise Failure(f"there is no key in {key_file}; make one: openssl genpkey -algorithm ed25519 -out {key_file}")
    with progress("events") as bar:
        made = make_checkpoint(system, key_file, bar)
    emit(made, True, "")
    _end(system)


def _checkpoint(file: Path) -> dict[str, Any]:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        read = None
    if not isinstance(read, dict):
        raise Failure(f"{file} is no checkpoint; name a file that casebackbone audit checkpoint has printed")
    return read


def _zone(name: str) -> ZoneInfo:
    try:
        return read_timezone(name)
    except ValueError as unknown:
        raise click.UsageError(f"--timezone: {unknown}") from unknown


def _end(system: System, *, stale: bool = False, findings: bool = False) -> None:
    system.close()
    if stale:
        say(f"{STALE}: the views are behind the store; start casebackbone project run (and relay), and ask again")
    if stale or findings:
        found()


def _accounting_text(data: dict[str, Any]) -> str:
    lines = [
        f"as of {data['as_of']} ({data['source']}, position {data['as_of_position']}): {data['received']} received, "
        f"{data['open']} open ({data['open_overdue']} overdue), {data['resolved']} resolved, {data['merged']} merged, "
        f"{data['handovers']} handovers"
    ]
    overdue = data["overdue_by_department"]
    for department, count in data["open_by_department"].items():
        lines.append(f"  {department}: {count} open, {overdue.get(department, 0)} overdue")
    return "\n".join(lines)


def _reconciled_text(data: dict[str, Any]) -> str:
    store, topic, views, differences = data["store"], data["topic"], data["read_model"], data["differences"]
    lines = [f"store: {store['events']} events, {store['inquiries']} inquiries"]
    if topic is not None:
        lines.append(f"topic: {topic['records']} records, published up to position {topic['published_up_to']}")
    lines.append(f"read model: {views['inquiries']} inquiries")
    lines.append(
        f"{store['received']} received = {store['open']} open + {store['resolved']} resolved + {store['merged']} merged"
    )
    for one in differences[:LISTED]:
        which = f"{one.inquiry_id} version {one.version}" if one.version else str(one.inquiry_id or "")
        lines.append(f"{one.where}: {one.code} {which} {one.detail}".rstrip())
    if len(differences) > LISTED:
        lines.append(f"… and {len(differences) - LISTED} more (--json lists all)")
    if not differences and data["reason"] is None:
        lines.append("no differences")
    return "\n".join(lines)


def _verified_text(data: dict[str, Any]) -> str:
    lines = [f"{data['events']} events of {data['subjects']} subjects checked, {data['inquiries']} of them inquiries"]
    for one in data["findings"]:
        where = f"{one['inquiry_id']} version {one['version']} " if one["inquiry_id"] else ""
        lines.append(f"{one['code']}: {where}{one['detail']}")
    return "\n".join([*lines, "no findings"] if not data["findings"] else lines)
