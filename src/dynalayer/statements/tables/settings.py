"""Statements about the settings of a table: stream, recovery, protection, tags, and its indexes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from dynalayer.schema import Index, Table
from dynalayer.statements.statement import Statement


class _Change(Statement[None], frozen=True):
    """A change of a table whose answer says nothing new."""

    table: Table

    def read(self, answer: bytes, now: float) -> None:
        return None


class EnableStream(_Change, frozen=True):
    """Turn on the stream that a table declares; the table is UPDATING for a moment."""

    operation: ClassVar[str] = "UpdateTable"

    def request(self, now: float) -> dict[str, Any]:
        specification = {"StreamEnabled": True, "StreamViewType": self.table.stream}
        return {"TableName": self.table.name, "StreamSpecification": specification}


class EnableProtection(_Change, frozen=True):
    """Protect a table from being deleted."""

    operation: ClassVar[str] = "UpdateTable"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        return {"TableName": self.table.name, "DeletionProtectionEnabled": True}


class EnableRecovery(_Change, frozen=True):
    """Keep what point-in-time recovery needs."""

    operation: ClassVar[str] = "UpdateContinuousBackups"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        specification = {"PointInTimeRecoveryEnabled": True}
        return {"TableName": self.table.name, "PointInTimeRecoverySpecification": specification}


class CreateIndex(Statement[None], frozen=True):
    """Add a declared global index to a table that is there; the service then fills it, which may take hours."""

    table: Table
    index: Index

    operation: ClassVar[str] = "UpdateTable"

    def request(self, now: float) -> dict[str, Any]:
        return {
            "TableName": self.table.name,
            "AttributeDefinitions": [
                {"AttributeName": attribute.name, "AttributeType": attribute.kind}
                for attribute in self.index.keys.attributes
            ],
            "GlobalSecondaryIndexUpdates": [{"Create": self.table.index_request(self.index)}],
        }

    def read(self, answer: bytes, now: float) -> None:
        return None


class DescribeRecovery(Statement[bool], frozen=True):
    """Whether point-in-time recovery is on."""

    name: str

    operation: ClassVar[str] = "DescribeContinuousBackups"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        return {"TableName": self.name}

    def read(self, answer: bytes, now: float) -> bool:
        found = msgspec.json.decode(answer, type=dict[str, dict[str, Any]])["ContinuousBackupsDescription"]
        status: dict[str, Any] = found.get("PointInTimeRecoveryDescription", {})
        return status.get("PointInTimeRecoveryStatus") == "ENABLED"


class DescribeTags(Statement[tuple[dict[str, str], str | None]], frozen=True):
    """Some tags of a table, and the token to continue with."""

    arn: str
    after: str | None = None

    operation: ClassVar[str] = "ListTagsOfResource"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        request = {"ResourceArn": self.arn}
        return request if self.after is None else {**request, "NextToken": self.after}

    def read(self, answer: bytes, now: float) -> tuple[dict[str, str], str | None]:
        found = msgspec.json.decode(answer, type=dict[str, Any])
        return {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}, found.get("NextToken")


class WriteTags(Statement[None], frozen=True):
    """Give a table tags, besides those that it has."""

    arn: str
    tags: Mapping[str, str]

    operation: ClassVar[str] = "TagResource"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        return {"ResourceArn": self.arn, "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()]}

    def read(self, answer: bytes, now: float) -> None:
        return None
