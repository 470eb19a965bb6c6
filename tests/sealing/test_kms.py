"""Data keys by AWS KMS: the calls as boto3 makes them, answered by moto."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from dynalayer.sealing import InvalidKeys, KeysUnavailable, KmsKeys, Sealer, Secret, UnknownKey, WrongKey
from tests.sealing.conftest import Token

KEY = Token.key("ada", "mail")
PLACE = {"table": "vault", "entity": "Token"}


@pytest.fixture
def kms() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("kms", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")


def made(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def test_a_secret_comes_back_by_a_key_that_never_left_kms(kms: Any) -> None:
    keys = KmsKeys(kms, made(kms))
    sealed = Sealer(keys).seal(KEY, Token.access, Secret("t"))
    assert sealed.key == keys.current
    assert Sealer(keys).open(KEY, Token.access, sealed).reveal() == "t"


def test_values_of_an_earlier_key_open_and_are_to_be_rotated(kms: Any) -> None:
    old, new = made(kms), made(kms)
    sealed = Sealer(KmsKeys(kms, old)).seal(KEY, Token.access, Secret("t"))
    sealer = Sealer(KmsKeys(kms, new, earlier=[old]))
    assert sealer.needs_rotation(sealed)
    again = sealer.reseal(KEY, Token.access, sealed)
    assert again.key == new
    assert not sealer.needs_rotation(again)
    assert sealer.open(KEY, Token.access, again).reveal() == "t"


def test_a_key_that_is_not_named_is_never_asked(kms: Any) -> None:
    sealed = Sealer(KmsKeys(kms, made(kms))).seal(KEY, Token.access, Secret("t"))
    with pytest.raises(UnknownKey, match="name it in earlier="):
        Sealer(KmsKeys(kms, made(kms))).open(KEY, Token.access, sealed)


def test_a_data_key_of_another_entity_is_refused_by_kms(kms: Any) -> None:
    keys = KmsKeys(kms, made(kms))
    data_key = keys.generate(PLACE)
    with pytest.raises(WrongKey):
        keys.unwrap(data_key.key, data_key.wrapped, {**PLACE, "entity": "Note"})


def test_what_kms_refuses_is_told_by_its_code(kms: Any) -> None:
    with pytest.raises(KeysUnavailable, match="NotFoundException") as refused:
        KmsKeys(kms, "2b7e1516-28ae-4d2a-a6ab-f7158809cf4f").generate(PLACE)
    assert refused.value.code == "NotFoundException"


def test_a_client_that_fails_otherwise_is_told_by_its_kind() -> None:
    class Broken:
        def generate_data_key(self, **_: Any) -> Any:
            raise TimeoutError("no route")

        def decrypt(self, **_: Any) -> Any:
            raise TimeoutError("no route")

    keys = KmsKeys(Broken(), "some-key")
    with pytest.raises(KeysUnavailable, match="TimeoutError"):
        keys.generate(PLACE)
    with pytest.raises(KeysUnavailable, match="TimeoutError"):
        keys.unwrap("some-key", b"w", PLACE)
    assert repr(keys) == "KmsKeys(some-key)"


@pytest.mark.parametrize("name", ["", "alias/shop", "arn:aws:kms:eu-west-1:111122223333:alias/shop"])
def test_what_names_no_key_for_good_is_refused(name: str) -> None:
    for current, earlier in ((name, []), ("some-key", [name])):
        with pytest.raises(InvalidKeys, match="give its ARN or id"):
            KmsKeys(None, current, earlier=earlier)  # type: ignore[arg-type] # refused before it is used
