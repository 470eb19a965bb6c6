"""Two ways to one answer: a statement that hypothesis makes up, and the plain request that means the same.

Both go to the same engine, on two tables with equal items; answers, errors and what is left in the tables are equal.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.protocol import CancellationReason, DuplicateItem, ServiceError, TransactionCanceled

Json = dict[str, Any]
_tables = itertools.count()

PARTITIONS = st.sampled_from([{"S": "p"}, {"S": "q'q"}])
SORTS = st.sampled_from([{"N": n} for n in ("-7", "0", "1.5", "20")])
KEYS = st.fixed_dictionaries({"pk": PARTITIONS, "sk": SORTS})
SCALARS = st.sampled_from(
    [{"N": "0"}, {"N": "1"}, {"N": "-2.5"}, {"S": ""}, {"S": "ab"}, {"S": "it's"}, {"BOOL": True}, {"NULL": True}]
)
VALUES = st.one_of(
    SCALARS,
    st.sampled_from([{"SS": ["a", "ab"]}, {"NS": ["0", "1"]}, {"B": "AAA="}]),
    st.lists(SCALARS, max_size=2).map(lambda elements: {"L": elements}),
    st.dictionaries(st.sampled_from(["x", "y z"]), SCALARS, max_size=2).map(lambda members: {"M": members}),
)
ATTRIBUTES = {"a": VALUES, "b": VALUES, "c d": VALUES, "g": st.sampled_from([{"S": "g"}, {"S": "h"}])}
ITEMS = st.builds(lambda key, rest: {**key, **rest}, KEYS, st.fixed_dictionaries({}, optional=ATTRIBUTES))
TABLES = st.lists(ITEMS, max_size=8)
FULL_TABLES = st.lists(ITEMS, min_size=6, max_size=8, unique_by=lambda item: (item["pk"]["S"], item["sk"]["N"]))
PATHS = st.sampled_from([("a",), ("b",), ("c d",), ("a", "x"), ("a", "y z"), ("b", 0), ("c d", 1)])


class Plain:
    """Writes a plain expression and gathers its names and values."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: Json = {}

    def path(self, path: tuple[str | int, ...]) -> str:
        parts = [f"[{part}]" if isinstance(part, int) else f".{self._name(part)}" for part in path]
        return "".join(parts).removeprefix(".")

    def _name(self, name: str) -> str:
        return self.names.setdefault(name, f"#n{len(self.names)}")

    def value(self, value: Json, *, given: bool) -> str:
        del given
        self.values[f":v{len(self.values)}"] = value
        return f":v{len(self.values) - 1}"

    def null_type(self) -> str:
        return self.value({"S": "NULL"}, given=True)

    def members(self) -> Json:
        members: Json = {}
        if self.names:
            members["ExpressionAttributeNames"] = {sign: name for name, sign in self.names.items()}
        return members | ({"ExpressionAttributeValues": self.values} if self.values else {})


class Statement:
    """Writes PartiQL and gathers its parameters."""

    def __init__(self) -> None:
        self.parameters: list[Json] = []

    def path(self, path: tuple[str | int, ...]) -> str:
        parts = [f"[{part}]" if isinstance(part, int) else f'."{part}"' for part in path]
        return "".join(parts).removeprefix(".")

    def value(self, value: Json, *, given: bool) -> str:
        if not given and "B" not in value:
            return literal(value)
        self.parameters.append(value)
        return "?"

    def members(self) -> Json:
        return {"Parameters": self.parameters} if self.parameters else {}


def literal(value: Json) -> str:
    ((kind, content),) = value.items()
    if kind == "S":
        return "'" + content.replace("'", "''") + "'"
    if kind == "M":
        return "{" + ", ".join(f"{literal({'S': name})}: {literal(member)}" for name, member in content.items()) + "}"
    if kind == "L":
        return "[" + ", ".join(map(literal, content)) + "]"
    if kind in ("SS", "NS"):
        return "<<" + ", ".join(literal({kind[0]: element}) for element in content) + ">>"
    return {"N": content, "NULL": "null", "BOOL": str(content).lower()}[kind]


Writer = Plain | Statement
Text = Callable[[Writer], str]


def operand(path: tuple[str | int, ...]) -> Text:
    return lambda writer: writer.path(path)


def constant(value: Json, given: bool) -> Text:
    return lambda writer: writer.value(value, given=given)


def joined(template: str, *parts: Text) -> Text:
    """The template with as many of the parts as it has room for."""
    return lambda writer: template.format(*[part(writer) for part in parts[: template.count("{}")]])


def special(path: tuple[str | int, ...], template: str) -> Text:
    """What has a form of its own in PartiQL."""

    def write(writer: Writer) -> str:
        if isinstance(writer, Statement):
            return f"{writer.path(path)} {template}"
        negated, plain = "NOT" in template, writer.path(path)
        if "MISSING" in template:
            return f"attribute_{'' if negated else 'not_'}exists({plain})"
        return f"{'NOT ' if negated else ''}attribute_type({plain}, {writer.null_type()})"

    return write


def listed(value: Text, *options: Text) -> Text:
    def write(writer: Writer) -> str:
        opened, closed = "[]" if isinstance(writer, Statement) else "()"
        return f"{value(writer)} IN {opened}{', '.join(option(writer) for option in options)}{closed}"

    return write


OPERANDS = PATHS.map(operand)
CONSTANTS = st.builds(constant, VALUES, st.booleans())
EITHER = st.one_of(OPERANDS, CONSTANTS)
ORDERED = st.builds(constant, st.sampled_from([{"N": "0"}, {"N": "1"}, {"S": "ab"}, {"B": "AAE="}]), st.booleans())
NUMBERS = st.builds(constant, st.sampled_from([{"N": "1"}, {"N": "-2.5"}]), st.booleans())
LEAST, MOST = constant({"N": "0"}, given=False), constant({"N": "7"}, given=True)
EQUALITIES = st.sampled_from(["{} = {}", "{} <> {}"])
ORDERS = st.sampled_from(["{} < {}", "{} <= {}", "{} > {}", "{} >= {}"])
SIMPLE: st.SearchStrategy[Text] = st.one_of(
    st.builds(joined, EQUALITIES, OPERANDS, EITHER),
    st.builds(joined, ORDERS, OPERANDS, st.one_of(ORDERED, EITHER)),
    st.builds(joined, ORDERS, ORDERED, OPERANDS),
    st.builds(joined, st.just("{} BETWEEN {} AND {}"), OPERANDS, st.just(LEAST), st.one_of(st.just(MOST), CONSTANTS)),
    st.builds(joined, st.just("contains({}, {})"), OPERANDS, CONSTANTS),
    st.builds(joined, st.just("begins_with({}, {})"), OPERANDS, ORDERED),
    st.builds(joined, st.just("size({}) > {}"), OPERANDS, st.just(constant({"N": "1"}, given=False))),
    st.builds(special, PATHS, st.sampled_from(["IS MISSING", "IS NOT MISSING", "IS NULL", "IS NOT NULL"])),
    st.builds(listed, OPERANDS, CONSTANTS, CONSTANTS),
)
CONDITIONS: st.SearchStrategy[Text] = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds(joined, st.sampled_from(["({} AND {})", "({} OR {})", "({} OR {} AND NOT {})"]), inner, inner, inner),
        st.builds(joined, st.just("NOT {}"), inner),
    ),
    max_leaves=4,
)
TARGETS = st.sampled_from([("a",), ("b",), ("c d",), ("new",)]).map(operand) | OPERANDS
OF_WRITES = st.just(special(("pk",), "IS NOT MISSING")) | CONDITIONS
CHANGES: st.SearchStrategy[Text] = st.one_of(
    st.builds(joined, st.just("SET {} = {}"), TARGETS, EITHER),
    st.builds(joined, st.just("SET {} = {}, {} = {}"), TARGETS, CONSTANTS, TARGETS, CONSTANTS),
    st.builds(joined, st.sampled_from(["SET {} = {} + {}", "SET {} = {} - {}"]), TARGETS, NUMBERS | OPERANDS, NUMBERS),
    st.builds(joined, st.just("SET {} = list_append({}, {})"), TARGETS, OPERANDS, CONSTANTS),
    st.builds(joined, st.just("REMOVE {}"), OPERANDS),
    st.builds(joined, st.just("SET {} = {} REMOVE {}"), TARGETS, CONSTANTS, OPERANDS),
)


class Pair:
    """One engine with two tables of equal items: statements go to the left one, plain requests to the right one."""

    def __init__(self, connection: EmbeddedConnection, items: list[Json]) -> None:
        self._connection = connection
        self.left, self.right = (f"table-{next(_tables)}" for _ in range(2))
        for table in (self.left, self.right):
            self._create(table)
            for item in items:
                self.call("PutItem", TableName=table, Item=item)

    def _create(self, table: str) -> None:
        kinds = {"pk": "S", "sk": "N", "g": "S"}
        self.call(
            "CreateTable",
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": kind} for n, kind in kinds.items()],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "byg",
                    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )

    def call(self, operation: str, **members: Any) -> Json:
        answer: Json = msgspec.json.decode(self._connection.call(operation, msgspec.json.encode(members)))
        return answer

    def told(self, operation: str, **members: Any) -> Json | str:
        """The answer, or the code of the error."""
        try:
            answer = self.call(operation, ReturnConsumedCapacity="INDEXES", **members)
        except DuplicateItem:
            return "ConditionalCheckFailedException"
        except ServiceError as error:
            return error.code
        answer.get("ConsumedCapacity", {}).pop("TableName", None)
        return answer

    def reasons(self, operation: str, **members: Any) -> list[CancellationReason] | str:
        """Why a transaction was cancelled; the code of another error; or nothing."""
        try:
            self.call(operation, **members)
        except TransactionCanceled as error:
            return list(error.reasons)
        except ServiceError as error:
            return error.code
        return []

    def state(self, table: str) -> list[Json]:
        items: list[Json] = self.call("Scan", TableName=table)["Items"]
        return items


def same_page(statement: Json | str, plain: Json | str) -> None:
    if isinstance(statement, str) or isinstance(plain, str):
        assert statement == plain
        return
    assert statement["Items"] == plain["Items"]
    assert statement.get("LastEvaluatedKey") == plain.get("LastEvaluatedKey")
    assert ("NextToken" in statement) == ("LastEvaluatedKey" in plain)
    assert statement["ConsumedCapacity"] == plain["ConsumedCapacity"]


LIMITS = st.sampled_from([{}, {}, {"Limit": 1}, {"Limit": 3}])


@settings(deadline=None)
@given(TABLES, CONDITIONS, LIMITS, st.sampled_from(["", "byg"]))
def test_a_select_without_a_key_is_a_scan(items: list[Json], condition: Text, limit: Json, index: str) -> None:
    with EmbeddedConnection.memory() as connection:
        pair, plain, statement = Pair(connection, items), Plain(), Statement()
        source = f'"{pair.left}"' + (f'."{index}"' if index else "")
        text = f"SELECT * FROM {source} WHERE {condition(statement)}"
        named = {"IndexName": index} if index else {}
        same_page(
            pair.told("ExecuteStatement", Statement=text, **statement.members(), **limit),
            pair.told(
                "Scan", TableName=pair.right, FilterExpression=condition(plain), **plain.members(), **limit, **named
            ),
        )


RANGES = st.sampled_from(["", " AND {} > {}", " AND {} <= {}", " AND {} BETWEEN {} AND {}"])


@settings(deadline=None)
@given(TABLES, PARTITIONS, RANGES, SORTS, CONDITIONS, LIMITS, st.sampled_from(["ASC", "DESC"]))
def test_a_select_by_partition_is_a_query(
    items: list[Json], partition: Json, within: str, sort: Json, condition: Text, limit: Json, order: str
) -> None:
    with EmbeddedConnection.memory() as connection:
        pair, plain, statement = Pair(connection, items), Plain(), Statement()
        first = joined("{} = {}", operand(("pk",)), constant(partition, given=True))
        bounds = constant(sort, given=False), constant({"N": "100"}, given=False)
        keys = joined("{}" + within, first, operand(("sk",)), *bounds)
        text = f'SELECT * FROM "{pair.left}" WHERE {keys(statement)} AND {condition(statement)} ORDER BY sk {order}'
        left = pair.told("ExecuteStatement", Statement=text, **statement.members(), **limit)
        request = {"KeyConditionExpression": keys(plain), "FilterExpression": condition(plain)}
        request |= plain.members() | {"ScanIndexForward": order == "ASC"} | limit
        same_page(left, pair.told("Query", TableName=pair.right, **request))


@settings(deadline=None)
@given(FULL_TABLES, KEYS, CHANGES, OF_WRITES, st.sampled_from(["ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW"]))
def test_an_update_is_an_update_of_an_item_that_is_there(
    items: list[Json], key: Json, change: Text, condition: Text, returning: str
) -> None:
    with EmbeddedConnection.memory() as connection:
        pair, plain, statement = Pair(connection, items), Plain(), Statement()
        text = f'UPDATE "{pair.left}" {change(statement)} WHERE pk = {literal(key["pk"])} AND {condition(statement)}'
        text += f" AND {literal(key['sk'])} = sk RETURNING {returning} *"
        left = pair.told("ExecuteStatement", Statement=text, **statement.members())
        request = {
            "UpdateExpression": change(plain),
            "ConditionExpression": f"attribute_exists(pk) AND {condition(plain)}",
            "ReturnValues": returning.replace("MODIFIED", "UPDATED").replace(" ", "_"),
        }
        right = pair.told("UpdateItem", TableName=pair.right, Key=key, **request, **plain.members())
        assert _written(left) == _written(right)
        assert pair.state(pair.left) == pair.state(pair.right)


@settings(deadline=None)
@given(FULL_TABLES, KEYS, OF_WRITES)
def test_a_delete_is_a_deletion_of_an_item_that_may_be_gone(items: list[Json], key: Json, condition: Text) -> None:
    with EmbeddedConnection.memory() as connection:
        pair, plain, statement = Pair(connection, items), Plain(), Statement()
        where = f"pk = {literal(key['pk'])} AND sk = {literal(key['sk'])} AND {condition(statement)}"
        text = f'DELETE FROM "{pair.left}" WHERE {where} RETURNING ALL OLD *'
        left = pair.told("ExecuteStatement", Statement=text, **statement.members())
        request = {"ConditionExpression": f"attribute_not_exists(pk) OR {condition(plain)}", "ReturnValues": "ALL_OLD"}
        right = pair.told("DeleteItem", TableName=pair.right, Key=key, **request, **plain.members())
        assert _written(left) == _written(right)
        assert pair.state(pair.left) == pair.state(pair.right)


@settings(deadline=None)
@given(TABLES, ITEMS, st.booleans())
def test_an_insert_is_a_put_of_a_new_item(items: list[Json], item: Json, given: bool) -> None:
    with EmbeddedConnection.memory() as connection:
        pair, statement = Pair(connection, items), Statement()
        members = [f"{literal({'S': name})}: {statement.value(value, given=given)}" for name, value in item.items()]
        text = f'INSERT INTO "{pair.left}" VALUE {{{", ".join(members)}}}'
        left = pair.told("ExecuteStatement", Statement=text, **statement.members())
        right = pair.told("PutItem", TableName=pair.right, Item=item, ConditionExpression="attribute_not_exists(pk)")
        assert _written(left) == _written(right)
        assert pair.state(pair.left) == pair.state(pair.right)


def _written(answer: Json | str) -> tuple[list[Json], Any] | str:
    """What an answer to a write tells, whichever way it was asked."""
    if isinstance(answer, str):
        return answer
    attributes = [answer["Attributes"]] if "Attributes" in answer else []
    return answer.get("Items", attributes), answer["ConsumedCapacity"]


@settings(deadline=None)
@given(FULL_TABLES, st.lists(st.tuples(KEYS, CHANGES, OF_WRITES), min_size=1, max_size=4))
def test_a_batch_is_its_statements_one_after_the_other(
    items: list[Json], changes: list[tuple[Json, Text, Text]]
) -> None:
    with EmbeddedConnection.memory() as connection:
        pair = Pair(connection, items)
        batch: list[Json] = []
        codes: list[str | None] = []
        for key, change, condition in changes:
            statement = Statement()
            where = f"sk = {literal(key['sk'])} AND pk = {literal(key['pk'])}"
            text = f'UPDATE "{{}}" {change(statement)} WHERE {where} AND {condition(statement)}'
            members = statement.members()
            batch.append({"Statement": text.replace('"{}"', f'"{pair.left}"'), **members})
            told = pair.told("ExecuteStatement", Statement=text.replace('"{}"', f'"{pair.right}"'), **members)
            codes.append(told.removesuffix("Exception") if isinstance(told, str) else None)
        responses = pair.call("BatchExecuteStatement", Statements=batch)["Responses"]
        found = [response.get("Error", {}).get("Code") for response in responses]
        assert [code and code.replace("ValidationError", "Validation") for code in found] == codes
        assert pair.state(pair.left) == pair.state(pair.right)


@settings(deadline=None)
@given(FULL_TABLES, st.lists(st.tuples(KEYS, CHANGES, OF_WRITES), min_size=1, max_size=3))
def test_a_transaction_is_the_same_transaction(items: list[Json], changes: list[tuple[Json, Text, Text]]) -> None:
    with EmbeddedConnection.memory() as connection:
        pair = Pair(connection, items)
        statements: list[Json] = []
        actions: list[Json] = []
        for key, change, condition in changes:
            statement, plain = Statement(), Plain()
            where = f"sk = {literal(key['sk'])} AND pk = {literal(key['pk'])}"
            text = f'UPDATE "{pair.left}" {change(statement)} WHERE {where} AND {condition(statement)}'
            statements.append({"Statement": text, **statement.members()})
            update = {"UpdateExpression": change(plain), "Key": key, "TableName": pair.right}
            update["ConditionExpression"] = f"attribute_exists(pk) AND {condition(plain)}"
            actions.append({"Update": update | plain.members()})
        left = pair.reasons("ExecuteTransaction", TransactStatements=statements)
        assert left == pair.reasons("TransactWriteItems", TransactItems=actions)
        assert pair.state(pair.left) == pair.state(pair.right)
