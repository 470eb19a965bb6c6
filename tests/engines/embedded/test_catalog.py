"""Tables of a file, whichever release wrote it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from dynalayer.engines.embedded import EmbeddedConnection
from tests.engines.embedded.calls import Json, call, create


def index(name: str) -> Json:
    key = [{"AttributeName": name, "KeyType": "HASH"}]
    return {"IndexName": f"by_{name}", "KeySchema": key, "Projection": {"ProjectionType": "ALL"}}


def without_numbers(path: Path) -> None:
    """Make the catalog what the first release wrote, which numbered indexes by their position."""
    raw = sqlite3.connect(path)
    ((definition,),) = raw.execute("SELECT definition FROM catalog").fetchall()
    old = json.loads(definition)
    assert old.pop("places") == {"by_g": 0, "by_h": 1}
    del old["backfill"]
    raw.execute("UPDATE catalog SET definition = ?", (json.dumps(old).encode(),))
    raw.commit()
    raw.close()


def test_indexes_of_a_file_of_the_first_release_can_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    definitions = [{"AttributeName": name, "AttributeType": "S"} for name in "gh"]
    item = {"id": {"S": "1"}, "g": {"S": "a"}, "h": {"S": "b"}, "i": {"S": "c"}}
    with EmbeddedConnection.file(path) as connection:
        create(connection, more=definitions, GlobalSecondaryIndexes=[index("g"), index("h")])
        call(connection, "PutItem", TableName="things", Item=item)
    without_numbers(path)
    with EmbeddedConnection.file(path) as connection:
        deletion = [{"Delete": {"IndexName": "by_g"}}]
        call(connection, "UpdateTable", TableName="things", GlobalSecondaryIndexUpdates=deletion)
        creation = {
            "AttributeDefinitions": [{"AttributeName": "i", "AttributeType": "S"}],
            "GlobalSecondaryIndexUpdates": [{"Create": index("i")}],
        }
        call(connection, "UpdateTable", TableName="things", **creation)
        for name in ("by_h", "by_i"):
            assert call(connection, "Scan", TableName="things", IndexName=name)["Items"] == [item]
        call(connection, "DeleteTable", TableName="things")
    raw = sqlite3.connect(path)
    left = [row[0] for row in raw.execute("SELECT name FROM sqlite_schema WHERE name LIKE '%_1_%'")]
    raw.close()
    assert left == []
