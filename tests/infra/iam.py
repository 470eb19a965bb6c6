"""A small judge of IAM policies, for calls of DynamoDB as they were recorded: what each needs, and whether it may.

Written from the service authorization reference and IAM's documents, apart from what makes the policies.
"""

import fnmatch
import re
from dataclasses import dataclass, field

PLACE = "arn:aws:dynamodb:eu-west-1:123456789012:table/"
WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


@dataclass
class Asked:
    """One action on one resource, with the partitions and attributes that the call names."""

    action: str
    resource: str
    leading_keys: list = field(default_factory=list)
    attributes: list = field(default_factory=list)
    select: str | None = None


def asked_by(operation, request, keys, suffix=""):
    """What a call asks; `keys` gives each table's partition key, and each index's by (table, index).

    `suffix` is what the names of the tables have behind them where the policies are.
    """

    def one(action, content):
        table = content["TableName"]
        index = content.get("IndexName")
        item = content.get("Key") or content.get("Item")
        names = content.get("ExpressionAttributeNames", {})
        projected = "ProjectionExpression" in content
        if item is not None:
            leading = [value_of(item[keys[table]])]
        elif action == "Query":
            leading = [_partition(content, keys[(table, index) if index else table])]
        else:
            leading = []
        said = [*names.values(), *(item or ()), *content.get("ExclusiveStartKey", ())]
        attributes = said if projected else ["*"]
        resource = PLACE + table + suffix + (f"/index/{index}" if index else "")
        select = ("SPECIFIC_ATTRIBUTES" if projected else "ALL_ATTRIBUTES") if action in ("Query", "GetItem") else None
        return Asked(f"dynamodb:{action}", resource, leading, attributes, select)

    if operation.startswith("Transact"):
        for part in request["TransactItems"]:
            ((kind, content),) = part.items()
            yield one("GetItem" if kind == "Get" else WRITES[kind], content)
    elif operation == "BatchGetItem":
        for table, content in request["RequestItems"].items():
            leading = [value_of(key[keys[table]]) for key in content["Keys"]]
            yield Asked("dynamodb:BatchGetItem", PLACE + table + suffix, leading, ["*"])
    elif operation == "BatchWriteItem":
        for table, writes in request["RequestItems"].items():
            items = [write.get("PutRequest", {}).get("Item") or write["DeleteRequest"]["Key"] for write in writes]
            leading = [value_of(item[keys[table]]) for item in items]
            yield Asked("dynamodb:BatchWriteItem", PLACE + table + suffix, leading, ["*"])
    else:
        yield one(operation, request)


def _partition(request, name):
    for short, operand in re.findall(r"(#\w+) = (:\w+)", request["KeyConditionExpression"]):
        if request["ExpressionAttributeNames"][short] == name:
            return value_of(request["ExpressionAttributeValues"][operand])
    raise AssertionError("a query without its partition")


def value_of(wire):
    (value,) = wire.values()
    return value


def allows(document, asked, variables=None):
    """True if a statement of the document allows what is asked."""
    return any(_allows(statement, asked, variables or {}) for statement in document["Statement"])


def _allows(statement, asked, variables):
    return (
        statement["Effect"] == "Allow"
        and asked.action in statement["Action"]
        and _arn(statement["Resource"]) == asked.resource
        and all(
            _meets(operator, key, expected, asked, variables)
            for operator, tests in statement.get("Condition", {}).items()
            for key, expected in tests.items()
        )
    )


def _arn(resource):
    """What CloudFormation makes of a resource here: the ids of tables are their names with Table behind."""
    if isinstance(resource, str):
        return resource
    if "Fn::GetAtt" in resource:
        return PLACE + resource["Fn::GetAtt"][0].removesuffix("Table") + "-dev"
    text = re.sub(r"\$\{(\w+)Table\.Arn\}", lambda found: PLACE + found[1] + "-dev", resource["Fn::Sub"])
    for name, value in (("Partition", "aws"), ("Region", "eu-west-1"), ("AccountId", "123456789012")):
        text = text.replace(f"${{AWS::{name}}}", value)
    return text


def _meets(operator, key, expected, asked, variables):
    found = {
        "dynamodb:LeadingKeys": asked.leading_keys,
        "dynamodb:Attributes": asked.attributes,
        "dynamodb:Select": [asked.select] if asked.select else [],
    }[key]
    if operator == "Null":
        return bool(found) == (expected == "false")
    wanted = [_resolved(each, variables) for each in ([expected] if isinstance(expected, str) else expected)]
    if operator == "StringEqualsIfExists":
        return not found or found[0] in [text for text, _ in wanted]
    if operator == "ForAllValues:StringEquals":
        return all(any(value == text for text, _ in wanted) for value in found)
    assert operator == "ForAllValues:StringLike"
    return all(any(re.fullmatch(pattern, value) for _, pattern in wanted) for value in found)


def _resolved(text, variables):
    """A value with its variables resolved: as text, and as a pattern in which only its own signs are wild."""
    plain, pattern = "", ""
    for part in re.split(r"(\$\{[^}]+\})", text):
        if part.startswith("${"):
            name = part[2:-1]
            value = name if name in "*?$" else variables.get(name)
            if value is None:
                return "\0", r"(?!)"
            plain, pattern = plain + value, pattern + re.escape(value)
        else:
            plain, pattern = plain + part, pattern + fnmatch.translate(part).removeprefix("(?s:").removesuffix(r")\Z")
    return plain, pattern
