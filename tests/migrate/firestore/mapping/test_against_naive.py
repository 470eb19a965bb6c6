"""Random contracts over random documents: the maker gives what plain code gives, or both refuse."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer.migrate import read_contract
from dynalayer.migrate.contract import Findings
from dynalayer.migrate.firestore import Document, DocumentMaker, Timestamp
from dynalayer.migrate.firestore.origin import plans_of
from dynalayer.migrate.items import Rejected
from dynalayer.protocol import to_plain
from tests.migrate.firestore import naive
from tests.migrate.firestore.kinds import ids, timestamps, values

NAMES = ("a", "b", "c", "id")
second_maps = st.sampled_from([("seconds", "nanoseconds"), ("_seconds", "_nanoseconds")]).flatmap(
    lambda names: st.fixed_dictionaries(
        {names[0]: st.integers(-(10**9), 10**10), names[1]: st.integers(0, 999_999).map(lambda each: each * 1000)}
    )
)
digits = st.integers(-(10**6), 10**6).map(str)
odd = values | timestamps | second_maps | digits | st.sampled_from(["open", "done", " 7 ", "x"]) | st.none()
rules = st.fixed_dictionaries(
    {},
    optional={
        "from": st.lists(st.sampled_from(NAMES[:3]), min_size=1, max_size=3, unique=True),
        "as": st.sampled_from(["iso", "millis", "list", "text", "number"]),
        "type": st.sampled_from(["S", "N", "BOOL", "L", "M", "B"]),
        "null": st.sampled_from(["keep", "absent", "refuse"]),
        "default": st.sampled_from(["open", 7, True, None]),
        "required": st.booleans(),
        "one_of": st.just(["open", "done", 7]),
    },
)


def maker_of(entity: dict[str, Any]) -> DocumentMaker:
    table = {"table": "Table", "type": "multi-entity", "pk": "PK", "sk": "SK", "inside": "Data"}
    one = {"entity_type": "One", "source": "a/{x}", "PK_template": "A#{x}", "SK_template": "#", **entity}
    contract, _ = read_contract({"tables": [{**table, "entities": [one]}]})
    findings = Findings()
    (plan,) = plans_of(contract, findings)
    assert not findings.errors
    return DocumentMaker(plan)


@settings(max_examples=300, deadline=None)
@given(
    fields=st.dictionaries(st.sampled_from(NAMES[:3]), rules, max_size=3),
    content=st.dictionaries(st.sampled_from(NAMES), odd, max_size=4),
    id_=ids,
    id_field=st.sampled_from([None, "id", "a"]),
    conflict=st.sampled_from(["refuse", "document", "field"]),
)
def test_items_are_what_plain_code_makes_of_the_documents(
    fields: dict[str, Any], content: dict[str, Any], id_: str, id_field: str | None, conflict: str
) -> None:
    document = Document(f"a/{id_}", content)
    entity = {"fields": fields, "id": id_field, "id_conflict": conflict}
    maker = maker_of({name: member for name, member in entity.items() if member is not None})
    try:
        wanted: Any = naive.payload(document, fields, id_field, conflict)
    except naive.Refused:
        wanted = naive.Refused
    try:
        found: Any = to_plain(maker.make(document)["Data"])
    except Rejected:
        found = naive.Refused
    assert found == wanted


def test_the_evaluator_finds_a_wrong_answer() -> None:
    document = Document("a/x", {"a": Timestamp(1, 5_000)})
    assert naive.payload(document, {"a": {"as": "iso"}}, "id", "refuse") == {
        "a": "1970-01-01T00:00:01.000005Z",
        "id": "x",
    }


@pytest.mark.parametrize("fields", [{"": 1}, {"a": {"": 1}}, {"b": [{"": 1}]}, {"c": {"": 1}}])
def test_names_that_are_empty_are_refused(fields: dict[str, Any]) -> None:
    maker = maker_of({"fields": {"c": {"members": {"d": {}}}}})
    with pytest.raises(Rejected, match="which DynamoDB does not allow"):
        maker.make(Document("a/x", fields))
