"""Table shapes and calls on them, as hypothesis makes them up: all key types, indexes, legacy parameters, faults."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

Json = dict[str, Any]
Call = tuple[str, Json]
THROUGHPUT = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
CONTENTS = {
    "S": ("a", "ab", "b", "é", "z#1"),
    "N": ("-7", "-0.5", "0", "1", "1.5", "20", "100000"),
    "B": ("YQ==", "/w==", "YQA=", "AA=="),
}
KINDS = st.sampled_from("SNB")
NAMES = ("a", "b", "c")


class Index(NamedTuple):
    """A global index on `g`, or on `g` and `h`."""

    name: str
    ranged: bool
    projection: str


class Shape(NamedTuple):
    """Types of the table's key, of the indexes' attributes, and the indexes."""

    hash: str
    range: str | None
    g: str
    h: str
    indexes: tuple[Index, ...]

    @property
    def keys(self) -> dict[str, str]:
        return {"pk": self.hash} | ({} if self.range is None else {"sk": self.range})

    def creation(self, table: str) -> Json:
        kinds = dict(self.keys)
        indexes = []
        for index in self.indexes:
            names = ["g", "h"] if index.ranged else ["g"]
            kinds |= {name: self.g if name == "g" else self.h for name in names}
            indexes.append(
                {
                    "IndexName": index.name,
                    "KeySchema": schema(names),
                    "Projection": {"ProjectionType": index.projection},
                    "ProvisionedThroughput": THROUGHPUT,
                }
            )
        made: Json = {
            "TableName": table,
            "ProvisionedThroughput": THROUGHPUT,
            "KeySchema": schema(list(self.keys)),
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": kind} for n, kind in kinds.items()],
        }
        return made | ({"GlobalSecondaryIndexes": indexes} if indexes else {})


def schema(names: list[str]) -> list[Json]:
    return [{"AttributeName": n, "KeyType": kind} for n, kind in zip(names, ("HASH", "RANGE"), strict=False)]


SHAPES = st.builds(
    Shape,
    KINDS,
    st.one_of(st.none(), KINDS),
    KINDS,
    KINDS,
    st.lists(st.tuples(st.booleans(), st.sampled_from(["ALL", "KEYS_ONLY"])), max_size=2).map(
        lambda made: tuple(Index(f"index{n}", *each) for n, each in enumerate(made))
    ),
)
SCALARS = st.one_of(*(st.sampled_from([{kind: content} for content in CONTENTS[kind][:4]]) for kind in "SNB"))
VALUES = st.one_of(
    SCALARS,
    st.sampled_from([{"BOOL": True}, {"NULL": True}, {"SS": ["a", "b"]}, {"NS": ["1", "20"]}, {"BS": ["YQ=="]}]),
    st.lists(SCALARS, max_size=2).map(lambda elements: {"L": elements}),
    st.dictionaries(st.sampled_from("xy"), SCALARS, max_size=2).map(lambda members: {"M": members}),
)


def of_kind(kind: str) -> st.SearchStrategy[Json]:
    return st.sampled_from([{kind: content} for content in CONTENTS[kind]])


def keys_of(shape: Shape) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({name: of_kind(kind) for name, kind in shape.keys.items()})


def items_of(shape: Shape) -> st.SearchStrategy[Json]:
    optional = {"g": of_kind(shape.g), "h": of_kind(shape.h)} | dict.fromkeys(NAMES, VALUES)
    rest = st.fixed_dictionaries({}, optional=optional)
    return st.builds(lambda key, more: {**key, **more}, keys_of(shape), rest)


def faulty_keys(shape: Shape) -> st.SearchStrategy[Json]:
    """Keys that lack a part, have one too many, or have one of another type."""
    other = {"S": "N", "N": "B", "B": "S"}
    return st.one_of(
        st.just({}),
        keys_of(shape).map(lambda key: {**key, "extra": {"S": "a"}}),
        keys_of(shape).map(lambda key: {**key, "pk": {other[shape.hash]: CONTENTS[other[shape.hash]][0]}}),
        keys_of(shape).map(lambda key: {name: value for name, value in key.items() if name != "pk"}),
    )


def comparisons(values: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Legacy comparisons, of which some have the wrong number or types of arguments."""

    def compared(operator: str, arguments: list[Json]) -> Json:
        told: Json = {"ComparisonOperator": operator}
        return told | ({"AttributeValueList": arguments} if arguments else {})

    one = st.sampled_from(["EQ", "NE", "LE", "LT", "GE", "GT", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH"])
    return st.one_of(
        st.builds(compared, one, values.map(lambda value: [value])),
        st.builds(compared, st.sampled_from(["NULL", "NOT_NULL"]), st.just([])),
        st.builds(compared, st.sampled_from(["BETWEEN", "IN"]), st.lists(values, min_size=1, max_size=3)),
        st.builds(compared, st.sampled_from(["EQ", "NULL", "BETWEEN"]), st.lists(values, max_size=2)),
    )


ATTRIBUTES = st.sampled_from(NAMES)
CONDITIONS = st.dictionaries(ATTRIBUTES, comparisons(VALUES), min_size=1, max_size=2)
EXPECTED = st.dictionaries(
    ATTRIBUTES,
    st.one_of(
        comparisons(VALUES),
        VALUES.map(lambda value: {"Value": value}),
        st.sampled_from([{"Exists": False}, {"Exists": True}, {}]),
    ),
    max_size=2,
)
UPDATES = st.dictionaries(
    ATTRIBUTES,
    st.one_of(
        VALUES.map(lambda value: {"Value": value}),
        st.builds(lambda action, value: {"Action": action, "Value": value}, st.sampled_from(["ADD", "DELETE"]), VALUES),
        st.sampled_from([{"Action": "DELETE"}, {"Action": "PUT"}, {"Action": "ADD", "Value": {"N": "1.5"}}]),
    ),
    max_size=3,
)
SOUND_UPDATES = st.dictionaries(
    ATTRIBUTES,
    st.one_of(
        VALUES.map(lambda value: {"Value": value}),
        st.sampled_from([{"Action": "DELETE"}, {"Action": "ADD", "Value": {"N": "1.5"}}]),
    ),
    max_size=3,
)
JOINED = st.fixed_dictionaries({}, optional={"ConditionalOperator": st.sampled_from(["AND", "OR"])})
OPERANDS = st.sampled_from(["a", "b", "c", "a[0]", "b.x", ":v", ":w", "size(a)", "(b)"])
TESTS = st.one_of(
    st.builds("{} {} {}".format, OPERANDS, st.sampled_from(["=", "<>", "<", ">="]), OPERANDS),
    st.builds("{} BETWEEN {} AND {}".format, OPERANDS, OPERANDS, OPERANDS),
    st.builds("{} IN ({}, {})".format, OPERANDS, OPERANDS, OPERANDS),
    st.builds("{}({})".format, st.sampled_from(["attribute_exists", "attribute_not_exists"]), OPERANDS),
    st.builds("{}({}, {})".format, st.sampled_from(["contains", "begins_with", "attribute_type"]), OPERANDS, OPERANDS),
)
TEXTS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds("NOT {}".format, inner),
        st.builds("({})".format, inner),
        st.builds("{} {} {}".format, inner, st.sampled_from(["AND", "OR"]), inner),
    ),
    max_leaves=4,
)
ASSIGNED = st.one_of(
    OPERANDS,
    st.builds("{} {} {}".format, OPERANDS, st.sampled_from("+-"), OPERANDS),
    st.builds("if_not_exists({}, {})".format, OPERANDS, OPERANDS),
    st.builds("list_append({}, {})".format, OPERANDS, OPERANDS),
)
TARGETS = st.sampled_from(["a", "b", "c", "a[0]", "a[1]", "b.x", "b.y"])
CHANGES = st.lists(
    st.one_of(
        st.builds("SET {} = {}".format, TARGETS, ASSIGNED),
        st.builds("REMOVE {}".format, TARGETS),
        st.builds("{} {} {}".format, st.sampled_from(["ADD", "DELETE"]), TARGETS, st.sampled_from([":v", ":w"])),
    ),
    min_size=1,
    max_size=2,
).map(" ".join)


def with_values(members: Json, parameter: str, text: str, values: tuple[Json, Json]) -> Json:
    given = {name: value for name, value in zip((":v", ":w"), values, strict=True) if name in text}
    return {**members, parameter: text} | ({"ExpressionAttributeValues": given} if given else {})


def expression(
    members: st.SearchStrategy[Json], parameter: str, texts: st.SearchStrategy[str]
) -> st.SearchStrategy[Json]:
    return st.builds(with_values, members, st.just(parameter), texts, st.tuples(VALUES, VALUES))


def writes_of(shape: Shape) -> st.SearchStrategy[Call]:
    key = st.one_of(keys_of(shape), keys_of(shape), keys_of(shape), faulty_keys(shape)).map(lambda k: {"Key": k})
    item = st.one_of(items_of(shape), items_of(shape), faulty_keys(shape)).map(lambda i: {"Item": i})
    old = st.sampled_from(["NONE", "ALL_OLD"])
    any_values = st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
    whole = st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW"])

    def returning(members: Json, wanted: str) -> Json:
        return {**members, "ReturnValues": wanted}

    def joined(members: Json, expected: Json, operator: Json) -> Json:
        return {**members, "Expected": expected, **operator}

    def updated(members: Json, updates: Json) -> Json:
        return {**members, "AttributeUpdates": updates}

    legacy_update = st.builds(updated, key, UPDATES)
    sound_update = st.builds(updated, key, SOUND_UPDATES)
    return st.one_of(
        st.builds(returning, item, old).map(lambda m: ("PutItem", m)),
        st.builds(returning, st.builds(joined, item, EXPECTED, JOINED), old).map(lambda m: ("PutItem", m)),
        st.builds(returning, expression(item, "ConditionExpression", TEXTS), old).map(lambda m: ("PutItem", m)),
        st.builds(returning, st.builds(joined, key, EXPECTED, JOINED), old).map(lambda m: ("DeleteItem", m)),
        st.builds(returning, expression(key, "ConditionExpression", TEXTS), old).map(lambda m: ("DeleteItem", m)),
        st.builds(returning, legacy_update, any_values).map(lambda m: ("UpdateItem", m)),
        st.builds(returning, st.builds(joined, sound_update, EXPECTED, JOINED), whole).map(lambda m: ("UpdateItem", m)),
        st.builds(returning, expression(key, "UpdateExpression", CHANGES), whole).map(lambda m: ("UpdateItem", m)),
    )


def reads_of(shape: Shape) -> st.SearchStrategy[Call]:
    shown = st.one_of(
        st.just({}),
        st.lists(ATTRIBUTES, min_size=1, max_size=2, unique=True).map(lambda names: {"AttributesToGet": names}),
        st.sampled_from(["a", "a[0], b.x", "c, a[1], a[0]", "b, b.x", "b.x, b.y"]).map(
            lambda text: {"ProjectionExpression": text}
        ),
    )
    key = st.one_of(keys_of(shape), faulty_keys(shape))
    get = st.builds(lambda k, more: ("GetItem", {"Key": k, **more}), key, shown)
    limits = st.fixed_dictionaries({}, optional={"Limit": st.integers(1, 3)})
    filters = st.builds(lambda given, more: {"ScanFilter": given, **more}, CONDITIONS, JOINED)
    segments = st.one_of(st.just({}), st.integers(1, 3).map(lambda total: {"TotalSegments": total}))
    sources = st.sampled_from(
        [{}, *({"IndexName": index.name} for index in shape.indexes if index.projection == "ALL")]
    )
    scans = st.builds(
        lambda *parts: ("Scan", {name: value for part in parts for name, value in part.items()}),
        sources,
        st.one_of(st.just({}), filters, expression(st.just({}), "FilterExpression", TEXTS)),
        segments,
        limits,
    )
    return st.one_of(get, scans, queries_of(shape))


def queries_of(shape: Shape) -> st.SearchStrategy[Call]:
    sources: list[tuple[Json, str, str, str | None, str | None]] = [
        ({}, "pk", shape.hash, "sk" if shape.range else None, shape.range)
    ]
    for index in shape.indexes:
        if index.projection == "ALL":
            sort = ("h", shape.h) if index.ranged else (None, None)
            sources.append(({"IndexName": index.name}, "g", shape.g, *sort))

    def of_source(source: tuple[Json, str, str, str | None, str | None]) -> st.SearchStrategy[Call]:
        where, name, kind, sort, sort_kind = source
        equal = of_kind(kind).map(lambda value: {name: {"ComparisonOperator": "EQ", "AttributeValueList": [value]}})
        conditions = equal
        if sort is not None and sort_kind is not None:
            sorts = comparisons(of_kind(sort_kind)).map(lambda condition: {sort: condition})
            conditions = st.one_of(equal, st.builds(lambda a, b: a | b, equal, sorts))
        least = 2 if not where and sort is None else 1
        more = st.fixed_dictionaries({}, optional={"Limit": st.integers(least, 3), "ScanIndexForward": st.booleans()})
        filters = st.one_of(st.just({}), st.builds(lambda f, j: {"QueryFilter": f, **j}, CONDITIONS, JOINED))
        return st.builds(
            lambda given, *parts: (
                "Query",
                {"KeyConditions": given} | {n: v for part in parts for n, v in part.items()},
            ),
            conditions,
            st.just(where),
            more,
            filters,
        )

    return st.sampled_from(sources).flatmap(of_source)


def distinct(keys: list[Json]) -> list[Json]:
    return list({str(sorted(key.items())): key for key in keys}.values())


def batches_of(shape: Shape) -> st.SearchStrategy[Call]:
    write = st.one_of(
        items_of(shape).map(lambda item: {"PutRequest": {"Item": item}}),
        keys_of(shape).map(lambda key: {"DeleteRequest": {"Key": key}}),
    )
    gets = st.lists(st.one_of(keys_of(shape), keys_of(shape), faulty_keys(shape)), min_size=1, max_size=4)
    return st.one_of(
        st.lists(write, min_size=1, max_size=4).map(lambda made: ("BatchWriteItem", {"writes": made})),
        gets.map(lambda keys: ("BatchGetItem", {"Keys": keys})),
        gets.map(lambda keys: ("TransactGetItems", {"Keys": distinct(keys)})),
    )


def calls_of(shape: Shape) -> st.SearchStrategy[Call]:
    return st.one_of(writes_of(shape), writes_of(shape), reads_of(shape), batches_of(shape))


HISTORIES = SHAPES.flatmap(lambda shape: st.tuples(st.just(shape), st.lists(calls_of(shape), min_size=8, max_size=30)))
