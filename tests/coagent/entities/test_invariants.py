"""What holds for any item of any kind: it reads back equal, its payload is of its schema, its key is its own."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from coagent.entities import ENTITIES
from coagent.tables import TABLES, coagent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalayer import Database, Entity
from dynalayer.protocol import to_plain
from dynalayer.schema import definition_of, key_of
from dynalayer.statements import Raw
from dynalayer.testing import FrozenClock
from tests.coagent.strategies import KINDS, ids

calm = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

STR, NUM, LIST, MAP, BOOL, NULL = str, (int, Decimal), list, dict, bool, type(None)
SCHEMA: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "UserProfile": ({"id": STR, "email": STR}, {"displayName": STR, "photoURL": STR}),
    "RealEstateAgentProfile": (
        {"id": STR, "name": STR, "bio": STR},
        {"photoURL": STR, "licenses": LIST, "certifications": LIST, "yearsOfExperience": NUM,
         "transactionHistory": NUM, "zillowEmail": STR},
    ),
    "Review": (
        {"id": STR, "agentId": STR, "author": MAP, "source": STR, "rating": NUM, "comment": STR, "date": STR},
        {"avatarUrl": STR},
    ),
    "BrandAudit": ({"id": STR, "results": LIST, "lastRun": STR}, {}),
    "Competitor": (
        {"id": STR, "name": STR, "agency": STR, "reviewCount": NUM, "avgRating": NUM, "socialFollowers": NUM,
         "domainAuthority": NUM},
        {},
    ),
    "ResearchReport": ({"id": STR, "topic": STR, "report": STR, "createdAt": STR}, {"citations": LIST}),
    "Project": ({"id": STR, "name": STR, "createdAt": STR}, {}),
    "SavedContent": ({"id": STR, "type": STR, "content": STR, "createdAt": STR}, {"name": STR, "projectId": STR}),
    "TrainingProgress": ({"id": STR, "completed": BOOL}, {"completedAt": STR}),
    "MarketingPlan": ({"id": STR, "plan": LIST, "createdAt": STR}, {}),
    "ReviewAnalysis": (
        {"id": STR, "overallSentiment": STR, "summary": STR, "keywords": LIST, "commonThemes": LIST,
         "analyzedAt": STR},
        {},
    ),
    "OAuthToken": ({}, {"accessToken": STR, "refreshToken": STR, "expiryDate": NUM, "agentProfileId": STR}),
}  # fmt: skip
"""What the application's schema of before says: required and optional fields by their names, and their types."""


@pytest.fixture(scope="module")
def db() -> Iterator[Database]:
    with Database("memory:", clock=FrozenClock()) as database:
        database.create_tables(*TABLES)
        yield database


def test_every_kind_has_a_schema_and_is_made_here() -> None:
    assert [kind.__name__ for kind in ENTITIES] == list(SCHEMA)
    assert set(KINDS) == set(ENTITIES)


@pytest.mark.parametrize("kind", ENTITIES, ids=lambda kind: kind.__name__)
@calm
@given(data=st.data())
def test_what_is_written_is_read_and_its_payload_is_of_its_schema(
    db: Database, kind: type[Entity], data: st.DataObject
) -> None:
    item = data.draw(KINDS[kind])
    key = key_of(item)
    db.create(item)
    try:
        assert db.get(key) == item
        stored = db.run(Raw("GetItem", {"TableName": coagent.name, "Key": key.wire}))["Item"]
        payload = to_plain(stored["Data"])
        required, optional = SCHEMA[kind.__name__]
        assert required.keys() <= payload.keys()
        for name, of in (required | optional).items():
            assert isinstance(payload.get(name), (of, NULL) if name in optional else of), name
        assert stored["EntityType"] == {"S": kind.__name__}
    finally:
        db.delete(key)


def keys_of(kind: type[Entity], parts: list[str]) -> dict[str, Any]:
    bound: Any = kind.key  # type: ignore[attr-defined]
    wire: dict[str, Any] = bound(*parts[: len(definition_of(kind).primary.sources)]).wire
    return wire


@calm
@given(
    st.tuples(st.sampled_from(ENTITIES), st.lists(ids, min_size=2, max_size=2)),
    st.tuples(st.sampled_from(ENTITIES), st.lists(ids, min_size=2, max_size=2)),
)
def test_no_two_items_have_one_key(first: tuple[Any, list[str]], second: tuple[Any, list[str]]) -> None:
    counts = [len(definition_of(kind).primary.sources) for kind, _ in (first, second)]
    same = first[0] is second[0] and first[1][: counts[0]] == second[1][: counts[1]]
    assert (keys_of(*first) == keys_of(*second)) == same
    assert keys_of(*first) == keys_of(*first)


@calm
@given(st.sampled_from(ENTITIES), st.lists(ids, min_size=2, max_size=2))
def test_a_key_tells_the_ids_that_it_was_made_of(kind: type[Entity], parts: list[str]) -> None:
    definition = definition_of(kind)
    wire = keys_of(kind, parts)
    read: dict[str, Any] = {}
    for part in definition.primary.parts:
        if part.template is not None:
            read |= part.template.parse(wire[part.attribute.name]["S"])
    assert read == definition.primary.named(parts[: len(definition.primary.sources)])


@calm
@given(data=st.data(), owner=ids)
def test_the_items_of_a_kind_are_read_without_those_of_others(db: Database, data: st.DataObject, owner: str) -> None:
    kinds = [kind for kind in ENTITIES if definition_of(kind).primary.sources[0].name in ("user_id", "agent_id")]
    items: dict[tuple[type[Entity], str], Any] = {}
    for kind in data.draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=6)):
        item = data.draw(KINDS[kind])
        setattr(item, definition_of(kind).primary.sources[0].name, owner)
        items[kind, str(key_of(item).wire)] = item
    for item in items.values():
        db.create(item)
    try:
        for kind in kinds:
            bound: Any = kind.key  # type: ignore[attr-defined]
            found = {str(key_of(item).wire): item for item in db.query(bound.partition(owner))}
            assert found == {wire: item for (of, wire), item in items.items() if of is kind}
    finally:
        for item in items.values():
            db.delete(key_of(item))
