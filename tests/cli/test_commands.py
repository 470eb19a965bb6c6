import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dynalayer import Attr, Database, Entity, Index, Table, attr, index, number, primary
from dynalayer.cli.commands import cli
from dynalayer.engines.embedded import EmbeddedConnection

shop = Table("Shop", pk="PK", sk="SK", indexes=[Index("GSI1", pk="state")])
numbers = Table("Numbers", pk=number("n"), ttl="ends")


class Order(Entity, table=shop):
    customer: Attr[str] = attr()
    id: Attr[str] = attr()
    state: Attr[str | None] = attr(default=None)
    total: Attr[Decimal] = attr(default=Decimal("1.50"))
    key = primary(customer, id, pk="CUSTOMER#{customer}", sk="ORDER#{id}")
    by_state = index("GSI1", state)


class Numbered(Entity, table=numbers):
    n: Attr[int] = attr()
    ends: Attr[int | None] = attr(default=None)
    key = primary(n)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    address = f"embedded:{tmp_path / 'shop.db'}"
    with Database(address) as db:
        db.create_tables(shop, numbers)
        db.batch_write(put=[Order(customer="ada", id=f"{n:02d}", state="new") for n in range(40)])
        db.put(Numbered(n=7))
    return address


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def rows(*arguments: str) -> list[dict[str, object]]:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_tables_are_listed_with_their_keys_indexes_and_items(url: str) -> None:
    found = {str(row["table"]): row for row in rows("tables", url)}
    assert found["Shop"]["key"] == "PK, SK"
    assert found["Shop"]["indexes"] == "GSI1 (state)"
    assert found["Shop"]["items"] == 40
    assert found["Numbers"]["expires by"] == "ends"


def test_an_item_is_shown_by_its_key(url: str) -> None:
    assert rows("get", url, "Shop", "CUSTOMER#ada", "ORDER#07")[0]["total"] == 1.5
    assert rows("get", url, "Numbers", "7") == [{"n": 7}]


def test_a_query_shows_one_partition_up_to_its_limit(url: str) -> None:
    assert len(rows("query", url, "Shop", "CUSTOMER#ada")) == 25
    assert len(rows("query", url, "Shop", "CUSTOMER#ada", "--limit", "100")) == 40
    assert [
        row["id"] for row in rows("query", url, "Shop", "CUSTOMER#ada", "--begins-with", "ORDER#1", "--limit", "2")
    ] == [
        "10",
        "11",
    ]
    assert rows("query", url, "Shop", "CUSTOMER#ada", "--descending", "--limit", "1")[0]["id"] == "39"


def test_local_indexes_are_listed_and_queried(tmp_path: Path) -> None:
    address = f"embedded:{tmp_path / 'local.db'}"
    creation = {
        "TableName": "Local",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "at")],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "LocalSecondaryIndexes": [
            {
                "IndexName": "by_at",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    }
    item = {"pk": {"S": "p"}, "sk": {"S": "s"}, "at": {"S": "now"}}
    with EmbeddedConnection(address) as connection:
        connection.call("CreateTable", json.dumps(creation).encode())
        connection.call("PutItem", json.dumps({"TableName": "Local", "Item": item}).encode())
    assert [row["indexes"] for row in rows("tables", address)] == ["by_at (pk, at)"]
    assert len(rows("query", address, "Local", "p", "--index", "by_at", "--begins-with", "n")) == 1


def test_a_query_by_index_names_it(url: str) -> None:
    assert len(rows("query", url, "Shop", "new", "--index", "GSI1", "--limit", "99")) == 40
    result = run("query", url, "Shop", "new", "--index", "GSI2")
    assert result.exit_code == 2
    assert "has no index 'GSI2'; it has: GSI1" in result.output


def test_a_scan_is_only_ever_a_scan(url: str) -> None:
    assert len(rows("scan", url, "Shop", "--limit", "30")) == 30


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("tables", "embedded:not-there.db"), "there is no file 'not-there.db'"),
        (("tables", "shop.db"), "is not a database URL"),
        (("get", "{url}", "Nothing", "x"), "not found"),
        (("get", "{url}", "Shop", "x"), "the key of Shop has 2 parts: PK, SK"),
        (("get", "{url}", "Shop", "x", "y"), "has no item with this key"),
        (("query", "{url}", "Numbers", "7", "--begins-with", "x"), "needs a sort key"),
    ],
)
def test_a_mistake_is_told_in_words_and_not_as_a_traceback(url: str, arguments: tuple[str, ...], words: str) -> None:
    result = run(*(argument.format(url=url) for argument in arguments))
    assert result.exit_code in (1, 2)
    assert words in result.output
    assert "Traceback" not in result.output


def test_looking_does_not_make_a_file(tmp_path: Path) -> None:
    run("tables", f"embedded:{tmp_path / 'new.db'}")
    assert list(tmp_path.iterdir()) == []


def test_a_person_at_a_terminal_sees_columns(url: str) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-c", "from dynalayer.cli import main; main()", "query", url, "Shop", "CUSTOMER#ada"]
    subprocess.run([*command, "--limit", "2"], stdout=follower, check=True, env={**os.environ, "COLUMNS": "100"})
    os.close(follower)
    lines = os.read(leader, 10_000).decode().splitlines()
    os.close(leader)
    assert lines[0].split() == ["PK", "SK", "customer", "id", "state", "total"]
    assert lines[1].split()[:2] == ["CUSTOMER#ada", "ORDER#00"]
    assert lines[-1] == "2 items"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("aws://eu-west-1?profile=nowhere", "ProfileNotFound"),
        ("aws://eu-west-1?speed=1", "takes the options profile="),
        ("http://localhost:1?environment=production", "the environment is production"),
    ],
)
def test_an_endpoint_that_cannot_be_meant_is_told_of_in_one_line(url: str, reason: str) -> None:
    result = CliRunner().invoke(cli, ["tables", url])
    assert result.exit_code == 1
    assert reason in result.output
    assert "Traceback" not in result.output
