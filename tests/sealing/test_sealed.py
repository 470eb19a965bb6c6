"""A sealed value as an item holds it."""

import pytest

from dynalayer import Attr, Database, DefinitionError, Entity, InvalidValue, attr, primary
from dynalayer.sealing import Sealed, Secret
from tests.sealing.conftest import Token, sealer, vault

KEY = Token.key("ada", "mail")


def test_an_item_gives_back_what_was_stored() -> None:
    with Database("memory:") as db:
        db.create_tables(vault)
        sealed = sealer("a").seal(KEY, Token.access, Secret("t"))
        db.put(Token(user="ada", service="mail", access=sealed))
        found = db.get(KEY)
        assert found is not None
        assert found.access == sealed
        assert found.refresh is None


def test_what_it_shows_is_which_key_and_how_long() -> None:
    assert repr(sealer("a").seal(KEY, Token.access, Secret("four"))) == "Sealed(key='a', 32 bytes)"


def test_a_secret_in_its_place_is_refused_before_anything_is_sent() -> None:
    item = Token(user="ada", service="mail", access=Secret("t"))  # type: ignore[arg-type] # what is tried
    with Database("memory:") as db, pytest.raises(InvalidValue, match=r"^Token\.access: expected Sealed, got Secret$"):
        db.put(item)


def test_an_attribute_of_secrets_is_refused_when_the_class_is_made() -> None:
    with pytest.raises(DefinitionError, match="cannot be stored"):

        class Careless(Entity, table=vault):
            id: Attr[str] = attr()
            token: Attr[Secret] = attr()
            key = primary(id, pk="CARELESS#{id}", sk="C")


def test_an_attribute_that_was_sealed_takes_no_clear_text_that_someone_put_there() -> None:
    from dynalayer.schema import definition_of

    item = {"PK": {"S": "USER#ada"}, "SK": {"S": "TOKEN#mail"}, "user": {"S": "ada"}, "service": {"S": "mail"}}
    with pytest.raises(InvalidValue, match=r"Token\.access"):
        definition_of(Token).decode({**item, "access": {"S": "planted"}})


def test_the_key_of_stored_values_can_be_asked_for_in_a_query() -> None:
    with Database("memory:") as db:
        db.create_tables(vault)
        for service, by in (("mail", "a"), ("maps", "b")):
            key = Token.key("ada", service)
            db.put(Token(user="ada", service=service, access=sealer(by).seal(key, Token.access, Secret("t"))))
        old = Token.key.partition("ada").where(Token.access.at(lambda sealed: sealed.key) != "b")
        assert [token.service for token in db.query(old)] == ["mail"]


def test_it_is_an_ordinary_value() -> None:
    assert Sealed("a", b"w", b"c") == Sealed("a", b"w", b"c")
    assert Sealed("a", b"w", b"c") != Sealed("a", b"w", b"d")
