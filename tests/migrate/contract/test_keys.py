from typing import Any

import pytest

from dynalayer.migrate.contract import ContractInvalid, read_contract
from dynalayer.migrate.contract.values import Column, Placeholder, Template
from tests.migrate.contract.documents import USERS, contract, users


def entity_table(**members: Any) -> dict[str, Any]:
    entity = {
        "entity_type": "USER",
        "source_table": "users",
        "pk_template": "USER#{email}",
        "sk_template": "#META",
        "attributes": USERS["attributes"],
    } | members
    return users(type="multi-entity", pk="PK", sk="SK", gsis=[], attributes=None, entities=[entity])


def value_of(document: Any, name: str) -> Any:
    attribute = read_contract(document)[0].tables[0].entities[0].attribute(name)
    return None if attribute is None else attribute.value


def reasons(document: Any) -> list[str]:
    with pytest.raises(ContractInvalid) as caught:
        read_contract(document)
    return [each.reason for each in caught.value.findings]


def test_templates_give_the_keys_of_an_entity() -> None:
    document = contract(entity_table())
    assert value_of(document, "PK") == Template(("USER#", Placeholder("email")))
    assert value_of(document, "SK") == Template(("#META",))


def test_an_explicit_attribute_wins_over_a_template_and_the_difference_is_told() -> None:
    explicit = [*USERS["attributes"], {"name": "PK", "type": "S", "source_column": "id"}]
    document = contract(entity_table(attributes=explicit))
    assert value_of(document, "PK") == Column("users", "id")
    assert [each.pointer for each in read_contract(document)[1]] == ["/tables/0/entities/0/pk_template"]


def test_a_template_that_says_the_same_as_the_attribute_is_no_difference() -> None:
    explicit = [*USERS["attributes"], {"name": "PK", "type": "S", "source_column": "id"}]
    assert read_contract(contract(entity_table(attributes=explicit, pk_template="{id}")))[1] == ()


def test_a_key_joined_by_hashes_is_put_together_from_its_parts() -> None:
    document = contract(users(pk="id#email"))
    assert value_of(document, "id#email") == Template((Placeholder("id"), "#", Placeholder("email")))


def test_a_key_that_is_the_column_of_an_attribute_takes_its_type() -> None:
    attributes = [{"name": "UserId", "type": "N", "source_column": "id"}, USERS["attributes"][1]]
    table = read_contract(contract(users(attributes=attributes)))[0].tables[0]
    assert (table.type_of("id"), value_of(contract(users(attributes=attributes)), "id")) == ("N", Column("users", "id"))


def test_a_key_that_is_nothing_else_is_taken_for_a_column_and_that_is_told() -> None:
    _, findings = read_contract(contract(users(pk="uuid")))
    assert ["uuid" in each.reason for each in findings] == [True]


def test_an_entity_without_the_key_of_an_index_is_not_in_it() -> None:
    table = entity_table()
    table["gsis"] = [{"index_name": "GSI1", "pk": "GSI1PK"}]
    other = dict(table["entities"][0], entity_type="OTHER", sk_template="OTHER", gsi1pk_template="{id}")
    table["entities"].append(other)
    first, second = read_contract(contract(table))[0].tables[0].entities
    assert (first.attribute("GSI1PK"), second.attribute("GSI1PK") is None) == (None, False)


def test_an_index_that_no_entity_is_in_is_refused() -> None:
    table = entity_table()
    table["gsis"] = [{"index_name": "GSI1", "pk": "GSI1PK"}]
    assert reasons(contract(table)) == ["no entity has the attribute 'GSI1PK' of index 'GSI1'"]


def test_an_entity_without_the_key_of_its_table_is_refused() -> None:
    assert reasons(contract(entity_table(sk_template=None))) == [
        "entity 'USER' has no attribute and no template for 'SK'"
    ]


def test_a_template_of_no_key_is_refused() -> None:
    assert "belongs to no key" in reasons(contract(entity_table(gsi7pk_template="{id}")))[0]


@pytest.mark.parametrize("template", ["{", "}", "{}", "a{b", "{a{b}}"])
def test_a_template_that_cannot_be_read_is_refused(template: str) -> None:
    assert len(reasons(contract(entity_table(pk_template=template)))) == 1


def test_templates_that_lead_back_to_themselves_are_refused() -> None:
    attributes = [
        *USERS["attributes"],
        {"name": "a", "type": "S", "transformation": {"type": "template", "template": "{b}"}},
        {"name": "b", "type": "S", "transformation": {"type": "template", "template": "{a}"}},
    ]
    found = reasons(contract(users(attributes=attributes)))
    assert [reason.endswith("leads back to itself") for reason in found] == [True, True]


@pytest.mark.parametrize("type_", ["BOOL", "M", "SS"])
def test_keys_are_texts_numbers_or_bytes(type_: str) -> None:
    attributes = [{"name": "id", "type": type_, "source_column": "id"}, USERS["attributes"][1]]
    assert reasons(contract(users(attributes=attributes))) == [f"the key attribute 'id' is of type {type_}"]


def test_all_entities_agree_on_the_type_of_a_key() -> None:
    number = [*USERS["attributes"], {"name": "SK", "type": "N", "source_column": "id"}]
    table = entity_table()
    table["entities"].append(dict(table["entities"][0], entity_type="OTHER", sk_template=None, attributes=number))
    assert "has several types" in reasons(contract(table))[0]
