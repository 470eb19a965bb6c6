"""Statements about tables as a whole."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from dynalayer.schema import Table
from dynalayer.statements.statement import Statement

Description = dict[str, Any]
"""What the service tells of a table, as its JSON."""


class CreateTable(Statement[Description], frozen=True):
    """Create a table with its indexes, on demand."""

    table: Table

    operation: ClassVar[str] = "CreateTable"

    def request(self, now: float) -> dict[str, Any]:
        return self.table.create_request()

    def read(self, answer: bytes, now: float) -> Description:
        return _part(answer, "TableDescription")


class EnableExpiry(Statement[None], frozen=True):
    """Turn on the expiry that a table declares with `ttl`."""

    table: Table

    operation: ClassVar[str] = "UpdateTimeToLive"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        specification = {"Enabled": True, "AttributeName": self.table.ttl}
        return {"TableName": self.table.name, "TimeToLiveSpecification": specification}

    def read(self, answer: bytes, now: float) -> None:
        return None


class DescribeTable(Statement[Description], frozen=True):
    """What the service knows of a table: keys, indexes, status, item count."""

    name: str

    operation: ClassVar[str] = "DescribeTable"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        return {"TableName": self.name}

    def read(self, answer: bytes, now: float) -> Description:
        return _part(answer, "Table")


class DescribeExpiry(Statement[str | None], frozen=True):
    """The attribute that a table expires by; None when expiry is off."""

    name: str

    operation: ClassVar[str] = "DescribeTimeToLive"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        return {"TableName": self.name}

    def read(self, answer: bytes, now: float) -> str | None:
        found = _part(answer, "TimeToLiveDescription")
        return found.get("AttributeName") if found.get("TimeToLiveStatus") in ("ENABLED", "ENABLING") else None


class ListTables(Statement[tuple[list[str], str | None]], frozen=True):
    """The names of up to 100 tables, and the name to continue after."""

    after: str | None = None

    operation: ClassVar[str] = "ListTables"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        return {} if self.after is None else {"ExclusiveStartTableName": self.after}

    def read(self, answer: bytes, now: float) -> tuple[list[str], str | None]:
        found = msgspec.json.decode(answer, type=dict[str, Any])
        return found["TableNames"], found.get("LastEvaluatedTableName")


class DeleteTable(Statement[None], frozen=True):
    """Delete a table with all its items."""

    name: str

    operation: ClassVar[str] = "DeleteTable"

    def request(self, now: float) -> dict[str, Any]:
        return {"TableName": self.name}

    def read(self, answer: bytes, now: float) -> None:
        return None


def _part(answer: bytes, name: str) -> Description:
    found: Description = msgspec.json.decode(answer, type=dict[str, Description])[name]
    return found
