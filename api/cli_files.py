"""What commands do with files that people name: reading what may be wrong, writing, and drawing."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from api.cli_output import Failure

PICTURES = (".svg", ".png")
T = TypeVar("T")


def usage(question: Callable[[], T]) -> T:
    """What a file does not allow (ValueError) is bad usage (exit code 2), not a failure."""
    try:
        return question()
    except ValueError as refused:
        raise click.UsageError(str(refused)) from refused


def writing(file: Path, write: Callable[[], None]) -> None:
    """Raises Failure for a file that cannot be written."""
    try:
        write()
    except OSError as failed:
        raise Failure(f"{file} cannot be written: {failed.strerror or failed}") from failed


def drawing(file: Path | None, module: str) -> Callable[..., None]:
    """``draw`` of a module, loaded only when asked for: drawing is an extra that not every installation has."""
    if file is None:
        return lambda *_: None
    if file.suffix.lower() not in PICTURES:
        raise click.UsageError(f"--plot: {file.name!r} is no picture; write a name that ends with .svg or .png")
    try:
        draw: Callable[..., Any] = import_module(module).draw
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "matplotlib":
            raise
        raise Failure("--plot needs matplotlib; install it with: pip install 'casebackbone[plots]'") from missing
    return draw
