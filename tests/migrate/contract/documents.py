"""Small contracts to start from."""

from copy import deepcopy
from typing import Any

USERS: dict[str, Any] = {
    "table": "Users",
    "type": "single-entity",
    "source_table": "users",
    "pk": "id",
    "gsis": [{"index_name": "by-email", "pk": "email"}],
    "attributes": [
        {"name": "id", "type": "N", "source_table": "users", "source_column": "id"},
        {"name": "email", "type": "S", "source_table": "users", "source_column": "email"},
    ],
    "satisfies": ["user by id"],
    "estimated_item_size_bytes": 200,
}

LEGACY: dict[str, Any] = {
    "table": "Users",
    "type": "Table",
    "source_table": "users",
    "pk": "UserId",
    "attributes": {
        "UserId": {"type": "N", "source_table": "users", "source_column": "id"},
        "Email": {"type": "S", "source_table": "users", "source_column": "email"},
        "SellerName": {
            "type": "S",
            "source_table": "sellers",
            "source_column": "name",
            "denormalized": True,
            "justification": "shown with the user",
            "join": {"local_column": "seller_id", "source_column": "id"},
        },
    },
    "satisfies": ["Get user by ID"],
    "estimated_item_size_bytes": 200,
}


def contract(*tables: dict[str, Any]) -> dict[str, Any]:
    """A contract of the newer dialect."""
    return {"tables": [deepcopy(table) for table in tables]}


def users(**members: Any) -> dict[str, Any]:
    """The users' table with some members changed; one that is None is taken away."""
    table = deepcopy(USERS) | members
    return {name: member for name, member in table.items() if member is not None}


def with_attribute(**attribute: Any) -> dict[str, Any]:
    """A contract whose users have one attribute more, of type S from the users' table unless said otherwise."""
    table = deepcopy(USERS)
    table["attributes"].append({"name": "extra", "type": "S", "source_table": "users"} | attribute)
    return contract(table)
