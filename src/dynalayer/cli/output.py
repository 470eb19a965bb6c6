"""Rows for a person at a terminal, or one JSON object a line for a program."""

from __future__ import annotations

import base64
import shutil
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

import click
import msgspec

from dynalayer.protocol import to_plain

WIDEST = 40
"""Columns a value may take at a terminal before it is cut."""


def print_rows(items: Sequence[dict[str, Any]], key_names: Sequence[str], *, json: bool) -> None:
    """Items in DynamoDB's JSON, shown by their plain values, key attributes first."""
    names = [*key_names, *sorted({name for item in items for name in item} - set(key_names))]
    rows = [{name: to_plain(item[name]) for name in names if name in item} for item in items]
    print_table(rows, json=json)
    if sys.stdout.isatty() and not json:
        click.echo(f"{len(rows)} item{'' if len(rows) == 1 else 's'}")


def print_table(rows: Sequence[dict[str, Any]], *, json: bool) -> None:
    """Rows as aligned columns at a terminal, as JSON lines otherwise."""
    if json or not sys.stdout.isatty():
        for row in rows:
            click.echo(msgspec.json.encode(_jsonable(row)))
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([_short(row.get(name, "")) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    terminal = shutil.get_terminal_size().columns
    for line in lines:
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        click.echo(text if len(text) <= terminal else text[: terminal - 1] + "…")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(_jsonable(value)).decode()
    text = " ".join(text.split())
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _jsonable(value: Any) -> Any:
    """A plain value as JSON can say it: exact numbers, bytes in base64, sets as sorted lists."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else msgspec.Raw(format(value, "f").encode())
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _jsonable(each) for name, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, (set, frozenset)):
        return sorted((_jsonable(each) for each in cast("set[Any]", value)), key=str)
    if isinstance(value, list):
        return [_jsonable(each) for each in value]
    return value
