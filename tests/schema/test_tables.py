"""Tables and indexes as they are declared, and what is refused."""

from collections.abc import Callable

import pytest

from dynalayer import DefinitionError, Index, LocalIndex, Table, binary, number


def table(**members: object) -> Table:
    return Table("things", pk="PK", sk="SK", **members)  # type: ignore[arg-type]


def test_everything_that_was_declared_is_in_the_request() -> None:
    made = Table(
        "readings",
        pk="device",
        sk=number("at"),
        indexes=[
            Index("by-region", pk=("tenant", "region"), sk=("day", number("n")), projection=["value", "unit"]),
            LocalIndex("by-raw", sk=binary("raw"), projection="KEYS_ONLY"),
        ],
        stream="NEW_AND_OLD_IMAGES",
        deletion_protection=True,
        tags={"team": "meters"},
    )
    assert made.create_request() == {
        "TableName": "readings",
        "AttributeDefinitions": [
            {"AttributeName": "device", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
            {"AttributeName": "tenant", "AttributeType": "S"},
            {"AttributeName": "region", "AttributeType": "S"},
            {"AttributeName": "day", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
            {"AttributeName": "raw", "AttributeType": "B"},
        ],
        "KeySchema": [
            {"AttributeName": "device", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-region",
                "KeySchema": [
                    {"AttributeName": "tenant", "KeyType": "HASH"},
                    {"AttributeName": "region", "KeyType": "HASH"},
                    {"AttributeName": "day", "KeyType": "RANGE"},
                    {"AttributeName": "n", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["value", "unit"]},
            }
        ],
        "LocalSecondaryIndexes": [
            {
                "IndexName": "by-raw",
                "KeySchema": [
                    {"AttributeName": "device", "KeyType": "HASH"},
                    {"AttributeName": "raw", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "DeletionProtectionEnabled": True,
        "Tags": [{"Key": "team", "Value": "meters"}],
    }


def test_what_an_index_carries_are_both_keys_and_what_it_names() -> None:
    made = table(
        indexes=[
            Index("all", pk="a"),
            Index("keys", pk=("a", "b"), sk="c", projection="KEYS_ONLY"),
            LocalIndex("some", sk="d", projection=["e"]),
        ]
    )
    assert made.carried_by(made.indexes["all"]) is None
    assert made.carried_by(made.indexes["keys"]) == {"PK", "SK", "a", "b", "c"}
    assert made.carried_by(made.indexes["some"]) == {"PK", "SK", "d", "e"}


MANY = [f"attribute{n}" for n in range(101)]
WRONG: list[tuple[str, Callable[[], object]]] = [
    ("the table name 'ab' must have 3 to 255", lambda: Table("ab", pk="id")),
    ("the table name 'a b' must have 3 to 255", lambda: Table("a b", pk="id")),
    ("'id' is in the key twice", lambda: Table("things", pk="id", sk="id")),
    ("the index name 'x' must have", lambda: Index("x", pk="a")),
    ("needs a partition key", lambda: Index("index", pk=())),
    ("pk names 5 attributes, at most 4", lambda: Index("index", pk=("a", "b", "c", "d", "e"))),
    ("sk names 5 attributes, at most 4", lambda: Index("index", pk="z", sk=("a", "b", "c", "d", "e"))),
    ("'a' is in the key twice", lambda: Index("index", pk=("a", "b"), sk="a")),
    ("ALL, KEYS_ONLY or a list", lambda: Index("index", pk="a", projection="total")),  # type: ignore[arg-type]
    ("name at least one attribute", lambda: Index("index", pk="a", projection=[])),
    ("projects 'x' twice", lambda: LocalIndex("index", sk="a", projection=["x", "x"])),
    ("two indexes share a name", lambda: table(indexes=[Index("one", pk="a"), LocalIndex("one", sk="b")])),
    ("has 21 global indexes, at most 20", lambda: table(indexes=[Index(f"i-{n}", pk="a") for n in range(21)])),
    ("has 6 local indexes, at most 5", lambda: table(indexes=[LocalIndex(f"i-{n}", sk=f"s{n}") for n in range(6)])),
    ("101 attributes to project", lambda: table(indexes=[Index("index", pk="a", projection=MANY)])),
    ("has no sort key, so it cannot", lambda: Table("things", pk="id", indexes=[LocalIndex("index", sk="b")])),
    ("'PK' is in the key twice", lambda: table(indexes=[LocalIndex("index", sk="PK")])),
    ("declared with two types", lambda: table(indexes=[Index("index", pk=("a", number("SK")))])),
    ("stream is one of", lambda: table(stream="NEW")),
    ("the ttl attribute must", lambda: table(ttl="")),
    ("not begin with aws:", lambda: table(tags={"aws:x": "y"})),
    ("51 tags, at most 50", lambda: table(tags={str(n): "" for n in range(51)})),
]


@pytest.mark.parametrize(("message", "declare"), WRONG, ids=[message for message, _ in WRONG])
def test_what_the_service_would_refuse_is_refused_when_it_is_declared(
    message: str, declare: Callable[[], object]
) -> None:
    with pytest.raises(DefinitionError, match=message):
        declare()


def test_the_bounds_themselves_can_be_declared() -> None:
    made = table(
        indexes=[
            *(Index(f"i-{n}", pk="a", projection=[f"x{n}-{m}" for m in range(5)]) for n in range(20)),
            *(LocalIndex(f"l-{n}", sk=f"s{n}") for n in range(5)),
        ],
        tags={f"{n:0128}": "x" * 256 for n in range(50)},
    )
    assert (len(made.global_indexes), len(made.local_indexes)) == (20, 5)
