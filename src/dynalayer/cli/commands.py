"""Looking into a database from the command line: tables, items by key, queries, scans."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from dynalayer import Database, DynalayerError, InvalidValue, __version__
from dynalayer.database import parse_url
from dynalayer.statements import DescribeExpiry, Description, Raw

from .applying import apply, diff
from .checking import check
from .infra import infra
from .migration import migrate
from .output import print_rows, print_table
from .serving import serve

as_json = click.option("--json", "json", is_flag=True, help="One JSON object a line, as when piped.")
limit_option = click.option("--limit", type=click.IntRange(min=1), default=25, show_default=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dynalayer")
def cli() -> None:
    """Look into any DynamoDB (embedded:<file>, http://<host>:<port>, aws://<region>), serve, check and deploy it."""


cli.add_command(apply)
cli.add_command(check)
cli.add_command(diff)
cli.add_command(infra)
cli.add_command(migrate)
cli.add_command(serve)


@contextmanager
def opened(url: str) -> Generator[Database]:
    """The database of a URL, with errors as plain messages; a file that is not there is not made."""
    try:
        address = parse_url(url)
        if address.kind == "embedded" and not Path(address.place).exists():
            raise click.ClickException(f"there is no file {address.place!r}")
        with Database(url) as db:
            yield db
    except DynalayerError as error:
        raise click.ClickException(str(error)) from None


@cli.command()
@click.argument("url")
@as_json
def tables(url: str, json: bool) -> None:
    """List the tables with their keys, indexes, expiry, items and sizes."""
    with opened(url) as db:
        print_table([_summary(db, name) for name in db.table_names()], json=json)


def _summary(db: Database, name: str) -> dict[str, Any]:
    found = db.describe(name)
    return {
        "table": name,
        "items": found.get("ItemCount", 0),
        "bytes": found.get("TableSizeBytes", 0),
        "key": _key_text(found),
        "expires by": db.run(DescribeExpiry(name)) or "",
        "indexes": ", ".join(f"{index['IndexName']} ({_key_text(index)})" for index in _indexes(found)),
    }


def _indexes(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [*found.get("GlobalSecondaryIndexes", ()), *found.get("LocalSecondaryIndexes", ())]


def _key_text(holder: dict[str, Any]) -> str:
    return ", ".join(_key_names(holder))


def _key_names(holder: dict[str, Any]) -> list[str]:
    return [key["AttributeName"] for key in sorted(holder["KeySchema"], key=lambda key: key["KeyType"])]


@cli.command()
@click.argument("url")
@click.argument("table")
@click.argument("partition")
@click.argument("sort", required=False)
@as_json
def get(url: str, table: str, partition: str, sort: str | None, json: bool) -> None:
    """Show one item by its key."""
    with opened(url) as db:
        found = db.describe(table)
        names, given = _key_names(found), [partition] if sort is None else [partition, sort]
        if len(names) != len(given):
            raise click.UsageError(f"the key of {table} has {len(names)} parts: {_key_text(found)}")
        key = {name: _key_value(found, name, text) for name, text in zip(names, given, strict=True)}
        item = db.run(Raw("GetItem", {"TableName": table, "Key": key}, repeatable=True)).get("Item")
        if item is None:
            raise click.ClickException(f"{table} has no item with this key")
        print_rows([item], names, json=json)


@cli.command()
@click.argument("url")
@click.argument("table")
@click.argument("partition")
@click.option("--index", help="Read by this index.")
@click.option("--begins-with", "prefix", help="Only sort keys that begin with this text.")
@click.option("--descending", is_flag=True, help="Highest sort key first.")
@limit_option
@as_json
def query(
    url: str,
    table: str,
    partition: str,
    index: str | None,
    prefix: str | None,
    descending: bool,
    limit: int,
    json: bool,
) -> None:
    """Show the items of one partition of a table or index."""
    with opened(url) as db:
        found = db.describe(table)
        names = _key_names(_holder(found, table, index))
        values = {":p": _key_value(found, names[0], partition)}
        condition, placeholders = "#p = :p", {"#p": names[0]}
        if prefix is not None:
            if len(names) < 2:
                raise click.UsageError("--begins-with needs a sort key, which is not there")
            condition, placeholders["#s"] = "#p = :p AND begins_with(#s, :s)", names[1]
            values[":s"] = _key_value(found, names[1], prefix)
        request: dict[str, Any] = {
            "TableName": table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": placeholders,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": not descending,
            **({"IndexName": index} if index else {}),
        }
        print_rows(list(_read(db, "Query", request, limit)), _key_names(found), json=json)


@cli.command()
@click.argument("url")
@click.argument("table")
@limit_option
@as_json
def scan(url: str, table: str, limit: int, json: bool) -> None:
    """Show items of a table in no useful order; on DynamoDB every item read costs, so mind --limit."""
    with opened(url) as db:
        found = db.describe(table)
        print_rows(list(_read(db, "Scan", {"TableName": table}, limit)), _key_names(found), json=json)


def _holder(found: Description, table: str, index: str | None) -> Description:
    if index is None:
        return found
    indexes: dict[str, Description] = {each["IndexName"]: each for each in _indexes(found)}
    if index not in indexes:
        raise click.UsageError(f"{table} has no index {index!r}; it has: {', '.join(indexes) or 'none'}")
    return indexes[index]


def _key_value(found: dict[str, Any], name: str, text: str) -> dict[str, str]:
    kinds = {each["AttributeName"]: each["AttributeType"] for each in found["AttributeDefinitions"]}
    if kinds[name] == "B":
        try:
            base64.b64decode(text, validate=True)
        except binascii.Error:
            raise InvalidValue(f"{name} is binary: give it in base64") from None
    return {kinds[name]: text}


def _read(db: Database, operation: str, request: dict[str, Any], limit: int) -> Iterator[dict[str, Any]]:
    left = limit
    while left:
        answer = db.run(Raw(operation, {**request, "Limit": left}, repeatable=True))
        yield from answer["Items"]
        left -= len(answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}
