"""P8, P9, P10 and K1: keys by the declared entities, injective, disjoint, and taken apart again."""

import json
import re
import typing

import pytest
from coagent.datalayer import (
    DynamoDBKey,
    EntityType,
    ValidationError,
    extract_entity_id,
    extract_user_id,
    get_agent_profile_keys,
    get_oauth_token_keys,
    get_prefix,
    get_review_keys,
    get_user_partition,
    parse_key,
)
from coagent.entities import ENTITIES
from coagent.firestore import CONTRACT
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.coagent.datalayer.population import FIELDS, IDS, KEYS, key_for

KINDS = st.sampled_from(list(KEYS))
MOVED = {entity["entity_type"]: entity for entity in json.loads(CONTRACT.read_text())["tables"][0]["entities"]}
"""What the contract of the way from Firestore says of each kind."""


def test_each_kind_has_an_entity_a_name_keys_and_a_path_of_before() -> None:
    names = [entity.__name__ for entity in ENTITIES]
    assert len(names) == 12
    assert names == list(typing.get_args(EntityType)) == list(KEYS) == list(FIELDS)
    assert set(MOVED) == set(names)


@settings(max_examples=200, deadline=None)
@given(KINDS, st.text("abz09-", min_size=1, max_size=8), st.text("abz09-", min_size=1, max_size=8))
def test_a_document_of_firestore_moves_to_the_key_that_is_made_here(kind: str, owner: str, own: str) -> None:
    moved = MOVED[kind]
    names = re.findall(r"{(\w+)}", moved["PK_template"] + moved["SK_template"])
    values = dict(zip(names, (owner, own), strict=False))
    key = key_for(kind, owner, own)
    assert key.pk == moved["PK_template"].format(**values)
    assert key.sk == moved["SK_template"].format(**values)


@pytest.mark.parametrize(
    ("kind", "pk", "sk"),
    [
        ("UserProfile", "USER#u", "PROFILE"),
        ("RealEstateAgentProfile", "USER#u", "AGENT#i"),
        ("Review", "REVIEW#u", "REVIEW#i"),
        ("BrandAudit", "USER#u", "AUDIT#i"),
        ("Competitor", "USER#u", "COMPETITOR#i"),
        ("ResearchReport", "USER#u", "REPORT#i"),
        ("Project", "USER#u", "PROJECT#i"),
        ("SavedContent", "USER#u", "CONTENT#i"),
        ("TrainingProgress", "USER#u", "TRAINING#i"),
        ("MarketingPlan", "USER#u", "PLAN#i"),
        ("ReviewAnalysis", "USER#u", "ANALYSIS#i"),
        ("OAuthToken", "OAUTH#u", "i"),
    ],
)
def test_keys_are_those_of_the_first_data_layer(kind: str, pk: str, sk: str) -> None:
    assert key_for(kind, "u", "i") == DynamoDBKey(pk, sk)


def test_defaults_are_those_of_the_first_data_layer() -> None:
    assert get_agent_profile_keys("u").sk == "AGENT#main"
    assert get_oauth_token_keys("u").sk == "GOOGLE_BUSINESS"
    assert get_review_keys("a", "r").gsi1pk == "REVIEW#r"
    assert get_user_partition("u") == "USER#u"


@settings(max_examples=200, deadline=None)
@given(KINDS, IDS, IDS)
def test_a_key_is_the_same_each_time_and_says_what_it_was_made_of(kind: str, owner: str, own: str) -> None:
    key = key_for(kind, owner, own)
    assert key == key_for(kind, owner, own)
    parsed = parse_key(key.pk, key.sk)
    assert parsed is not None
    assert (parsed.entity_type, parsed.user_id) == (kind, owner)
    assert parsed.entity_id == (None if kind == "UserProfile" else own)
    assert extract_user_id(key.pk, key.sk) == owner
    assert extract_entity_id(key.pk, key.sk) == parsed.entity_id


@settings(max_examples=200, deadline=None)
@given(st.tuples(KINDS, IDS, IDS), st.tuples(KINDS, IDS, IDS))
def test_different_documents_never_have_one_key(first: tuple[str, str, str], second: tuple[str, str, str]) -> None:
    def path(kind: str, owner: str, own: str) -> tuple[str, ...]:
        return (kind, owner) if kind == "UserProfile" else (kind, owner, own)

    assume(path(*first) != path(*second))
    assert key_for(*first) != key_for(*second)


@settings(max_examples=200, deadline=None)
@given(KINDS, IDS, IDS, IDS)
def test_no_id_leads_into_the_partition_of_another(kind: str, owner: str, own: str, other: str) -> None:
    assume(owner != other)
    partitions = {key_for(each, other, own).pk for each in KEYS}
    assert key_for(kind, owner, own).pk not in partitions


@settings(max_examples=200, deadline=None)
@given(KINDS, KINDS, IDS, IDS)
def test_the_prefix_of_a_kind_is_of_its_own_items_alone(kind: str, other: str, owner: str, own: str) -> None:
    prefix = get_prefix(kind)  # type: ignore[arg-type] # one of the twelve
    ours, theirs = key_for(kind, owner, own), key_for(other, owner, own)
    assert (prefix is None) == (kind == "OAuthToken")
    if prefix is not None:
        assert ours.sk.startswith(prefix)
        assert kind == other or ours.pk != theirs.pk or not theirs.sk.startswith(prefix)


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("bad", ["", None, 5, "x" * 3000])
def test_ids_that_are_none_are_refused(kind: str, bad: object) -> None:
    with pytest.raises(ValidationError):
        KEYS[kind](bad) if kind == "UserProfile" else KEYS[kind](bad, "i")
    if kind != "UserProfile":
        with pytest.raises(ValidationError):
            KEYS[kind]("u", bad)


@pytest.mark.parametrize(
    ("pk", "sk"),
    [
        ("", ""),
        ("USER#u", "OTHER#i"),
        ("USER#", "PROFILE"),
        ("TEAM#t", "PROFILE"),
        ("USER#u#v", "PROFILE"),
        ("USER#u", "PLAN#"),
    ],
)
def test_keys_of_no_kind_are_told(pk: str, sk: str) -> None:
    assert parse_key(pk, sk) is None
    assert extract_user_id(pk, sk) is None
    assert extract_entity_id(pk, sk) is None
