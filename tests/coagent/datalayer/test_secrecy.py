"""Tokens are sealed where they are stored, and never given as plain text."""

from typing import Any

import pytest
from coagent.datalayer import DynamoDBError, DynamoDBItem, Repository, ValidationError, get_oauth_token_keys
from coagent.datalayer.envelope import bound
from coagent.entities import OAuthToken
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer.sealing import KeyRing, Sealed, Sealer, Secret, new_key
from tests.coagent.datalayer.population import SEALER, TABLE, Bench

KEY = get_oauth_token_keys("ada")
OTHER = get_oauth_token_keys("eve")
TEXT = "xyzzy-4711"
DATA = {"accessToken": TEXT, "refreshToken": Secret("r"), "expiryDate": 5}


def stored(bench: Bench, key: Any = KEY) -> dict[str, Any]:
    """The fields as they are in the table."""
    found = bench.database.get(bound(TABLE).envelope.key(key.pk, key.sk))
    assert found is not None
    return found.data


@settings(max_examples=100, deadline=None)
@given(st.text(), st.booleans(), st.sampled_from(["create", "put", "update", "batch"]))
def test_whichever_way_it_is_written_it_is_sealed_and_comes_back(text: str, hidden: bool, way: str) -> None:
    with Bench() as bench:
        token: Any = Secret(text) if hidden else text
        data = {**DATA, "accessToken": token}
        if way == "create":
            bench.repository.create(KEY.pk, KEY.sk, "OAuthToken", data)
        elif way == "batch":
            bench.repository.batch_write([DynamoDBItem(KEY.pk, KEY.sk, "OAuthToken", data)])
        else:
            bench.repository.put(DynamoDBItem(KEY.pk, KEY.sk, "OAuthToken", DATA if way == "update" else data))
        if way == "update":
            bench.repository.update(KEY.pk, KEY.sk, {"accessToken": token})
        assert set(stored(bench)["accessToken"]) == {"v", "k", "w", "c"}
        assert bench.repository.get(KEY.pk, KEY.sk) == {**DATA, "accessToken": Secret(text)}


def test_the_application_s_own_entity_opens_what_was_sealed_here_and_the_reverse() -> None:
    with Bench() as bench:
        bench.repository.create(KEY.pk, KEY.sk, "OAuthToken", DATA)
        token = bench.database.get(OAuthToken.key("ada", "GOOGLE_BUSINESS"))
        assert token is not None
        assert SEALER.open(
            OAuthToken.key("ada", "GOOGLE_BUSINESS"), OAuthToken.access_token, token.access_token
        ) == Secret(TEXT)


def test_what_was_stored_in_the_clear_is_given_as_a_secret() -> None:
    with Bench() as bench:
        envelope = bound(TABLE).envelope
        bench.database.put(envelope(pk=KEY.pk, sk=KEY.sk, entity_type="OAuthToken", data={"accessToken": TEXT}))
        found = bench.repository.get(KEY.pk, KEY.sk)
        assert found == {"accessToken": Secret(TEXT)}
        assert TEXT not in repr(found)


def test_without_a_sealer_nothing_is_stored_in_the_clear_and_what_is_sealed_stays_so() -> None:
    with Bench() as bench:
        bare = Repository(bench.database, TABLE)
        for write in (
            lambda: bare.create(KEY.pk, KEY.sk, "OAuthToken", DATA),
            lambda: bare.put(DynamoDBItem(KEY.pk, KEY.sk, "OAuthToken", DATA)),
            lambda: bare.batch_write([DynamoDBItem(KEY.pk, KEY.sk, "OAuthToken", DATA)]),
            lambda: bare.update(KEY.pk, KEY.sk, {"refreshToken": TEXT}),
        ):
            with pytest.raises(ValidationError, match="give the repository a sealer"):
                write()
        bench.repository.create(KEY.pk, KEY.sk, "OAuthToken", DATA)
        item = bare.get_item(KEY.pk, KEY.sk)
        assert item is not None
        assert isinstance(item.data["accessToken"], Sealed)
        bare.put(item)
        bare.update(KEY.pk, KEY.sk, {"expiryDate": 6})
        assert bench.repository.get(KEY.pk, KEY.sk) == {
            "accessToken": Secret(TEXT),
            "refreshToken": Secret("r"),
            "expiryDate": 6,
        }


def test_a_token_that_was_moved_or_is_of_a_lost_key_does_not_open() -> None:
    with Bench() as bench:
        for key in (KEY, OTHER):
            bench.repository.create(key.pk, key.sk, "OAuthToken", DATA)
        envelope = bound(TABLE).envelope
        bench.database.update(envelope.key(OTHER.pk, OTHER.sk), envelope.data.set(stored(bench)))
        with pytest.raises(DynamoDBError, match="could not be sealed or opened") as moved:
            bench.repository.get(OTHER.pk, OTHER.sk)
        assert (moved.value.code, moved.value.retryable) == ("Tampered", False)
        lost = Repository(bench.database, TABLE, sealer=Sealer(KeyRing({"new": new_key()})))
        with pytest.raises(DynamoDBError) as unknown:
            lost.get(KEY.pk, KEY.sk)
        assert unknown.value.code == "UnknownKey"
        assert lost.update(KEY.pk, KEY.sk, {"expiryDate": 9}).data["expiryDate"] == 9
        assert lost.delete(KEY.pk, KEY.sk) is not None


@pytest.mark.parametrize("junk", [{"v": 1}, {"k": "a", "w": b"", "c": b"", "v": 1}, {}])
def test_what_is_no_secret_in_its_place_is_told(junk: dict[str, Any]) -> None:
    with Bench() as bench:
        envelope = bound(TABLE).envelope
        bench.database.put(envelope(pk=KEY.pk, sk=KEY.sk, entity_type="OAuthToken", data={"accessToken": junk}))
        with pytest.raises(DynamoDBError):
            bench.repository.get(KEY.pk, KEY.sk)


def test_a_token_under_another_name_is_not_stored_in_the_clear() -> None:
    with Bench() as bench:
        loose = Repository(bench.database, TABLE, validate=False, sealer=SEALER)
        loose.create(KEY.pk, KEY.sk, "Token", DATA)
        assert TEXT not in str(stored(bench))
        with pytest.raises(ValidationError, match="give the repository a sealer"):
            Repository(bench.database, TABLE, validate=False).create(OTHER.pk, OTHER.sk, "Token", DATA)


def test_a_sealer_of_another_table_is_refused() -> None:
    with Bench() as bench, pytest.raises(ValidationError, match="sealed for the table BayonCoAgent"):
        Repository(bench.database, "Another", sealer=SEALER)


def test_fields_of_the_same_name_elsewhere_are_nobody_s_secret() -> None:
    with Bench() as bench:
        bench.repository.create("a", "b", "Thing", {"accessToken": "plain"})
        assert bench.repository.update("a", "b", {"accessToken": "other"}).data == {"accessToken": "other"}
