from __future__ import annotations

from typing import Any

import pytest

from dynalayer.migrate import ContractInvalid, normalised, read_contract
from dynalayer.migrate.contract.document_reading import field_path, path_text
from dynalayer.migrate.contract.patterns import BadPattern, parse_pattern, shape_of
from tests.migrate.firestore.blog import CONTRACT

FLAT: dict[str, Any] = {
    "tables": [
        {
            "table": "Flat",
            "type": "single-entity",
            "pk": "PK",
            "sk": "SK",
            "source": "users/{userId}/posts/{postId}",
            "PK_template": "{userId}",
            "SK_template": "{postId}",
            "id": "id",
            "keys": "raw",
            "attributes": [{"name": "kind", "type": "S", "value": "post"}],
            "fields": {
                "title": {"type": "S", "default": "none", "one_of": ["none", "one"]},
                "steps": {"type": "L", "elements": {"members": {"n": {"from": ["`a.b`.c", "n"], "type": "N"}}}},
            },
        }
    ],
    "ignore": ["logs"],
}


def with_entity(**changes: Any) -> dict[str, Any]:
    entity = CONTRACT["tables"][0]["entities"][0] | changes
    return {"tables": [CONTRACT["tables"][0] | {"entities": [entity], "gsis": []}]}


@pytest.mark.parametrize("document", [CONTRACT, FLAT], ids=["inside", "flat"])
def test_a_contract_as_it_is_printed_is_the_same_contract(document: dict[str, Any]) -> None:
    printed = normalised(read_contract(document)[0])
    assert normalised(read_contract(printed)[0]) == printed


def test_fields_without_a_map_are_attributes() -> None:
    ((_, entity),) = read_contract(FLAT)[0].entities()
    assert {each.name: each.type for each in entity.attributes} == {
        "PK": "S",
        "SK": "S",
        "kind": "S",
        "title": "S",
        "steps": "L",
        "id": "S",
    }


@pytest.mark.parametrize(
    ("changes", "pointer", "reason"),
    [
        ({"source": "users"}, "source", "leads to no document"),
        ({"source": "{any}/{id}"}, "source", "leaves a collection open"),
        ({"source": "a/{x}/b/{x}"}, "source", "the same name"),
        ({"source": "a/{x"}, "source", "neither an id nor a name"),
        ({"SK_template": "{postId}"}, "SK_template", "'postId' is no id, attribute or field"),
        ({"fields": {"a": {"as": "date"}}}, "fields/a/as", "as 'date' is unknown"),
        ({"fields": {"a": {"type": "X"}}}, "fields/a/type", "type 'X' is unknown"),
        ({"fields": {"a": {"form": "$id"}}}, "fields/a/form", "no member of a field"),
        ({"fields": {"a": {"from": "$size"}}}, "fields/a/from", "not known of a document"),
        ({"fields": {"a": {"from": "{postId}"}}}, "fields/a/from", "no id of the path"),
        ({"fields": {"a": {"from": "a..b"}}}, "fields/a/from", "no path of a field"),
        ({"fields": {"a": {"digits": 12}}}, "fields/a/digits", "at most 9 digits"),
        ({"fields": {"a": {"as": "shard"}}}, "fields/a", "'shards' is missing"),
        ({"fields": {"a": {"one_of": []}}}, "fields/a/one_of", "list of values"),
        ({"fields": []}, "fields", "must be an object"),
        ({"attributes": {"a": {"type": "S"}}}, "attributes/a", "'from' is missing"),
        ({"attributes": {"Data": {"type": "M", "value": {}}}}, "", "two attributes 'Data'"),
        ({"id_conflict": "first"}, "id_conflict", "unknown"),
        ({"unknown_fields": "drop"}, "unknown_fields", "unknown"),
        ({"newer_by": "age"}, "newer_by", "no attribute"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(changes: dict[str, Any], pointer: str, reason: str) -> None:
    with pytest.raises(ContractInvalid) as caught:
        read_contract(with_entity(**changes))
    errors = [each for each in caught.value.findings if each.severity == "error"]
    place = f"/tables/0/entities/0/{pointer}" if pointer else "/tables/0/entities/0"
    assert [(each.pointer, reason in each.reason) for each in errors] == [(place, True)]


def test_fields_that_are_attributes_have_types_and_cannot_be_kept_unknown() -> None:
    table = FLAT["tables"][0] | {"fields": {"a": {}}, "unknown_fields": "keep"}
    with pytest.raises(ContractInvalid) as caught:
        read_contract({"tables": [table]})
    reasons = [each.reason for each in caught.value.findings if each.severity == "error"]
    assert len(reasons) == 2
    assert "cannot be kept" in reasons[0]
    assert "has no type" in reasons[1]


def test_documents_and_tables_do_not_mix() -> None:
    rows = {"table": "Rows", "type": "single-entity", "source_table": "rows", "pk": "id", "attributes": []}
    with pytest.raises(ContractInvalid, match="two contracts"):
        read_contract({"tables": [*FLAT["tables"], rows]})


@pytest.mark.parametrize("names", [("a",), ("a.b", "c"), ("`", "$id"), ("{x}", "a b")])
def test_a_path_of_a_field_is_read_as_it_is_written(names: tuple[str, ...]) -> None:
    assert field_path(path_text(names)) == names


def test_a_pattern_gives_the_ids_of_the_documents_that_fit() -> None:
    pattern = parse_pattern("/users/{userId}/posts/{postId}")
    assert pattern.match(["users", "ada", "posts", "p#1"]) == {"userId": "ada", "postId": "p#1"}
    assert pattern.match(["users", "ada", "drafts", "p1"]) is None
    assert pattern.match(["users", "ada"]) is None
    assert parse_pattern("config/site").match(["config", "other"]) is None
    assert pattern.shape == shape_of(["users", "x", "posts", "y"]) == "users/*/posts"


def test_a_collection_is_no_pattern() -> None:
    with pytest.raises(BadPattern):
        parse_pattern("users/{userId}/posts")
