"""Policies as IAM's documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from dynalayer.infra.resources.stack import PolicyResource, Statement, TableArn

LONGEST: Final = 6_144
"""Characters of a managed policy, blanks apart (IAM guide, "IAM and AWS STS quotas")."""

Text = Callable[[str], str]
"""How a format writes text in which it would see signs of its own."""


def policy_document(policy: PolicyResource, arn: Callable[[TableArn], Any], text: Text = str) -> dict[str, Any]:
    """The document of a policy."""
    return {"Version": "2012-10-17", "Statement": [_statement(each, arn, text) for each in policy.statements]}


def _statement(statement: Statement, arn: Callable[[TableArn], Any], text: Text) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Sid": statement.sid,
        "Effect": "Allow",
        "Action": list(statement.actions),
        "Resource": arn(statement.resource),
    }
    conditions = _conditions(statement, text)
    return {**made, "Condition": conditions} if conditions else made


def _conditions(statement: Statement, text: Text) -> dict[str, Any]:
    """Partitions and attributes (DynamoDB guide, "Using IAM policy conditions for fine-grained access control").

    `ForAllValues` is met by a call that names none, so a call must name its partitions, and a read its attributes.
    """
    made: dict[str, dict[str, Any]] = {}
    if statement.leading_keys is not None:
        like = any("*" in key.replace("${*}", "") for key in statement.leading_keys)
        operator = f"ForAllValues:String{'Like' if like else 'Equals'}"
        made.setdefault(operator, {})["dynamodb:LeadingKeys"] = [text(key) for key in statement.leading_keys]
        made["Null"] = {"dynamodb:LeadingKeys": "false"}
    if statement.attributes is not None:
        attributes = [text(name) for name in statement.attributes]
        made.setdefault("ForAllValues:StringEquals", {})["dynamodb:Attributes"] = attributes
        made["StringEqualsIfExists"] = {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}
    return made


def length_of(policy: PolicyResource) -> int:
    """How many characters a policy has, in a region whose name is as long as any."""

    def arn(of: TableArn) -> str:
        index = f"/index/{of.index}" if of.index else ""
        return f"arn:aws-us-gov:dynamodb:ap-southeast-1:123456789012:table/{of.name}{index}"

    return len(msgspec.json.encode(policy_document(policy, arn)))
