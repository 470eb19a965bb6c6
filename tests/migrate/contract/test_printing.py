import json

import pytest

from dynalayer.migrate.contract import load_contract, normalised, read_contract
from tests.migrate.contract.documents import LEGACY, contract, users, with_attribute
from tests.migrate.contract.test_reading import SHOP
from tests.migrate.contract.test_sources import CALCULATIONS, JOINS

DOCUMENTS = [
    [LEGACY],
    contract(users(pk="id#email")),
    *(with_attribute(join=join, source_column="name") for join, _ in JOINS),
    *(with_attribute(calculation=calculation) for calculation, _ in CALCULATIONS),
    with_attribute(transformation={"type": "static", "value": {"a": [1, None]}}),
    with_attribute(transformation={"type": "template", "template": "{{{id}}}"}),
    with_attribute(source_column="id", transformation={"type": "number-format", "format": ".2f"}),
    with_attribute(transformation={"type": "string-format", "format": "{id}-{email}"}),
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_a_contract_that_is_printed_and_read_is_the_same(document: object) -> None:
    printed = normalised(read_contract(document)[0])
    again = read_contract(json.loads(json.dumps(printed)))[0]
    assert normalised(again) == printed
    assert [[each.value for each in e.attributes] for _, e in again.entities()] == [
        [each.value for each in e.attributes] for _, e in read_contract(document)[0].entities()
    ]


def test_the_shop_is_printed_whole() -> None:
    printed = normalised(load_contract(SHOP)[0])
    assert normalised(read_contract(printed)[0]) == printed
