"""Which keys become templates, and which stay attributes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dynalayer.migrate.entities import EntitiesOverlap
from dynalayer.migrate.entities.keys import Keys, keys_of
from dynalayer.migrate.source import Source, parse_source
from tests.migrate.small import plans_of

ATTRIBUTES = [
    {"name": "id", "type": "N", "source_column": "id"},
    {"name": "name", "type": "S", "source_column": "name"},
    {"name": "pay", "type": "N", "source_column": "pay"},
]


@pytest.fixture
def people(tmp_path: Path) -> Source:
    with closing(sqlite3.connect(tmp_path / "people.db")) as connection:
        connection.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, pay DECIMAL(10, 2), team INTEGER)")
    return parse_source(f"sqlite:{tmp_path / 'people.db'}")


def entity(name: str, pk: str, sk: str, *more: dict[str, Any]) -> dict[str, Any]:
    templates = {"pk_template": pk, "sk_template": sk}
    return {"entity_type": name, "source_table": "people", **templates, "attributes": [*ATTRIBUTES, *more]}


def found(source: Source, *entities: dict[str, Any], **more: Any) -> dict[str, Keys]:
    table = {"table": "People", "type": "multi-entity", "pk": "PK", "sk": "SK", "entities": list(entities), **more}
    plans = plans_of(source, {"tables": [table]})
    return keys_of(plans[0].table, plans)


def sides(keys: Keys) -> list[tuple[tuple[str, ...], str | None]]:
    return [(side.attributes, side.template) for side in keys.primary.sides]


@pytest.mark.parametrize(
    ("pk", "sk", "made"),
    [
        ("P#{id}", "#META", [(("id",), "P#{0}"), ((), "#META")]),
        ("{id}", "N#{name}#{id}", [(("id",), "{0}"), (("name", "id"), "N#{0}#{1}")]),
        ("T#{team}", "P#{id}", [(("PK",), None), (("id",), "P#{0}")]),
        ("P#{pay}", "X", [(("PK",), None), ((), "X")]),
        ("{id}{name}", "{id}x{name}", [(("PK",), None), (("SK",), None)]),
        ("ALL", "{{b}}#{id}", [(("PK",), None), (("id",), "{{{{b}}}}#{0}")]),
    ],
)
def test_a_template_is_one_only_if_its_attributes_give_exactly_the_key(
    people: Source, pk: str, sk: str, made: list[tuple[tuple[str, ...], str | None]]
) -> None:
    assert sides(found(people, entity("P", pk, sk))["P"]) == made


def test_a_key_that_is_a_column_is_made_of_the_attribute_with_that_column(people: Source) -> None:
    named = entity("P", "P#{id}", "X", {"name": "GSI1PK", "type": "S", "source_column": "name"})
    (path,) = found(people, named, gsis=[{"index_name": "by-name", "pk": "GSI1PK"}])["P"].indexes
    assert [(side.attributes, side.template) for side in path.sides] == [(("name",), "{0}")]


def test_entities_that_nothing_tells_apart_are_refused(people: Source) -> None:
    with pytest.raises(EntitiesOverlap, match=r"'A' and 'B' of table 'People'.*templates with different beginnings"):
        found(people, entity("A", "{id}", "A#{name}"), entity("B", "{id}", "{name}"))
    assert set(found(people, entity("A", "{id}", "A#{name}"), entity("B", "{id}", "B#{name}"))) == {"A", "B"}


def test_an_index_that_would_mix_two_entities_is_the_firsts_alone(people: Source) -> None:
    index = {"name": "GSI1PK", "type": "S", "source_column": "name"}
    keys = found(
        people,
        entity("A", "{id}", "A", index),
        entity("B", "{id}", "B", index),
        gsis=[{"index_name": "by-name", "pk": "GSI1PK"}],
    )
    assert [path.index for path in keys["A"].indexes] == ["by-name"]
    assert keys["B"].left_out == (("by-name", "its keys there cannot be told from those of A"),)
