from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from dynalayer.migrate.contract import Contract, ContractInvalid, load_contract, read_contract
from dynalayer.migrate.contract.values import Column, ForeignKey
from tests.migrate.contract.documents import LEGACY, USERS, contract, users, with_attribute

SHOP = Path(__file__).resolve().parents[3] / "examples" / "shop" / "contract.json"


def read(document: Any) -> Contract:
    return read_contract(document)[0]


def errors(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(ContractInvalid) as caught:
        read_contract(document)
    return [(each.pointer, each.reason) for each in caught.value.findings if each.severity == "error"]


def test_the_newer_dialect_is_an_object_with_tables() -> None:
    found = read(contract(USERS))
    assert (found.dialect, found.tables[0].name, found.tables[0].key_names) == ("B", "Users", ("id",))
    assert found.tables[0].entities[0].attribute("email") is not None


def test_the_older_dialect_is_a_list_with_attributes_by_name() -> None:
    found = read([LEGACY])
    entity = found.tables[0].entities[0]
    assert found.dialect == "A"
    assert [attribute.name for attribute in entity.attributes] == ["UserId", "Email", "SellerName"]
    assert entity.attributes[0].value == Column("users", "id")
    assert entity.attributes[2].value == ForeignKey("sellers", "sellers.id = users.seller_id", "sellers.name")


def test_an_index_entry_of_the_older_dialect_goes_to_its_table() -> None:
    index = {"table": "Users", "type": "GSI", "name": "by-email", "pk": "Email"}
    assert [each.name for each in read([LEGACY, index]).tables[0].indexes] == ["by-email"]


def test_an_index_entry_without_its_table_is_refused() -> None:
    index = {"table": "User", "type": "GSI", "name": "by-email", "pk": "Email"}
    assert errors([LEGACY, index]) == [("/1", "this index belongs to 'User', which is no table here")]


def test_indexes_may_be_named_by_name_as_in_the_older_dialect() -> None:
    assert read(contract(users(gsis=[{"name": "by-email", "pk": "email"}]))).tables[0].indexes[0].name == "by-email"


@pytest.mark.parametrize("document", [{}, {"table": "Users"}, 7, "users", None])
def test_what_is_no_contract_is_refused_in_words(document: Any) -> None:
    assert [pointer for pointer, _ in errors(document)] == [""]


@pytest.mark.parametrize("document", [[], {"tables": []}])
def test_a_contract_without_tables_is_refused(document: Any) -> None:
    assert [reason for _, reason in errors(document)] == ["there are no tables"]


def test_a_file_that_is_no_json_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "contract.json"
    path.write_text("{not json")
    with pytest.raises(ContractInvalid, match=r"contract\.json is not JSON"):
        load_contract(path)


def test_every_error_is_told_at_once_with_its_place() -> None:
    table = users(type="single", gsis=[{"pk": "email"}])
    other = users(table="Others", attributes=[{"name": "id", "type": "Q", "source_column": "id"}])
    found = errors(contract(table, other))
    assert ("/tables/0/type", "the type 'single' is unknown") in found
    assert ("/tables/1/attributes/0/type", "type 'Q' is unknown") in found


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"table": "x y"}, "/tables/0/table"),
        ({"table": "ab"}, "/tables/0/table"),
        ({"table": None}, "/tables/0"),
        ({"pk": None}, "/tables/0"),
        ({"pk": 7}, "/tables/0/pk"),
        ({"source_table": None}, "/tables/0"),
        ({"attributes": None}, "/tables/0"),
        ({"attributes": "all"}, "/tables/0/attributes"),
        ({"estimated_item_size_bytes": -1}, "/tables/0/estimated_item_size_bytes"),
        ({"satisfies": [""]}, "/tables/0/satisfies"),
        ({"sk": "id"}, "/tables/0"),
        ({"gsis": [{"index_name": "i-1", "pk": "email", "projection": "SOME"}]}, "/tables/0/gsis/0/projection"),
        ({"gsis": [{"index_name": "i-1", "pk": "email", "projection": "INCLUDE"}]}, "/tables/0/gsis/0"),
        (
            {"gsis": [{"index_name": "i-1", "pk": "email"}, {"index_name": "i-1", "pk": "id"}]},
            "/tables/0/gsis/1",
        ),
    ],
)
def test_a_member_that_is_wrong_is_told_at_its_place(members: dict[str, Any], pointer: str) -> None:
    assert [place for place, _ in errors(contract(users(**members)))] == [pointer]


def test_two_tables_of_one_name_are_refused() -> None:
    assert errors(contract(USERS, USERS)) == [("/tables/1", "there are two tables 'Users'")]


def test_two_attributes_of_one_name_are_refused() -> None:
    assert errors(with_attribute(name="email", source_column="email2")) == [
        ("/tables/0/attributes/2", "there are two attributes 'email'")
    ]


def test_a_column_of_another_table_without_a_join_is_refused() -> None:
    assert errors(with_attribute(source_table="sellers", source_column="name")) == [
        ("/tables/0/attributes/2", "the column is of 'sellers', but the rows are of 'users'")
    ]


def test_several_columns_need_something_that_makes_one_value_of_them() -> None:
    assert [pointer for pointer, _ in errors(with_attribute(source_column=["first", "last"]))] == [
        "/tables/0/attributes/2"
    ]


@pytest.mark.parametrize("missing", ["justification", "join"])
def test_the_older_dialect_wants_a_reason_and_a_join_for_what_is_denormalized(missing: str) -> None:
    table = deepcopy(LEGACY)
    del table["attributes"]["SellerName"][missing]
    assert "/0/attributes/SellerName" in [pointer for pointer, _ in errors([table])]


def test_what_is_missing_but_not_needed_is_a_warning() -> None:
    _, findings = read_contract(contract(users(satisfies=None, estimated_item_size_bytes=None)))
    assert [(each.severity, each.pointer) for each in findings] == [("warning", "/tables/0"), ("warning", "/tables/0")]


def test_an_unknown_word_is_told_with_the_ones_like_it() -> None:
    with pytest.raises(ContractInvalid, match="did you mean 'single-entity'"):
        read_contract(contract(users(type="single")))


def test_the_shop_has_three_tables_and_five_entities() -> None:
    found, findings = load_contract(SHOP)
    names = [(table.name, entity.name) for table, entity in found.entities()]
    assert [name for name, _ in names] == ["Users", "Users", "Users", "Products", "Categories"]
    assert [name for _, name in names[:3]] == ["USER", "CART", "ORDER"]
    assert not findings


def test_a_multi_entity_table_needs_entities_and_each_its_name() -> None:
    assert errors(contract(users(type="multi-entity", attributes=None))) == [
        ("/tables/0", "the multi-entity table 'Users' has no entities")
    ]
    nameless = {"source_table": "users", "attributes": USERS["attributes"]}
    table = users(type="multi-entity", attributes=None, entities=[nameless])
    assert ("/tables/0/entities/0", "the member 'entity_type' is missing") in errors(contract(table))
