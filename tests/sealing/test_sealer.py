"""A secret opens in the place that it was sealed for, and nowhere else."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dynalayer import Attr, Database, Entity, InvalidValue, NewerVersion, Table, attr, number, primary
from dynalayer.sealing import KeyRing, Sealed, Sealer, SealingError, Secret, Tampered, UnknownKey, WrongKey
from tests.sealing.conftest import Note, Token, sealer, text_key, vault

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
KEYS = st.builds(Token.key, NAMES, NAMES)
ATTRIBUTES = st.sampled_from([Token.access, Token.refresh, Token.legacy])
SECRETS = st.text(st.characters(), max_size=50).map(Secret)
A, B = sealer("a"), sealer("b", "a")


@settings(deadline=None)
@given(KEYS, ATTRIBUTES, SECRETS)
def test_a_secret_comes_back_from_its_own_place(key: Any, attribute: Any, secret: Secret) -> None:
    sealed = A.seal(key, attribute, secret)
    assert A.open(key, attribute, sealed) == secret
    assert B.open(key, attribute, sealed) == secret


@settings(deadline=None)
@given(KEYS, KEYS, ATTRIBUTES, ATTRIBUTES)
def test_it_does_not_open_in_another_item_or_attribute(key: Any, other: Any, attribute: Any, another: Any) -> None:
    assume(key != other or attribute is not another)
    sealed = A.seal(key, attribute, Secret("t"))
    with pytest.raises(Tampered, match="changed, or moved here from another item or attribute"):
        A.open(other, another, sealed)


@settings(deadline=None)
@given(st.binary(max_size=80), st.binary(max_size=80), st.sampled_from("abc"), st.data())
def test_whatever_is_changed_is_refused_without_a_word_of_the_secret(
    wrapped: bytes, content: bytes, name: str, data: st.DataObject
) -> None:
    key = Token.key("a-user", "mail")
    sealed = B.seal(key, Token.access, Secret("xyzzy"))
    changes: dict[str, Any] = {"wrapped": wrapped, "content": content, "key": name}
    chosen = data.draw(st.sets(st.sampled_from(sorted(changes)), min_size=1))
    changed = msgspec.structs.replace(sealed, **{part: changes[part] for part in chosen})
    assume(changed != sealed)
    with pytest.raises(SealingError) as refused:
        B.open(key, Token.access, changed)
    assert "xyzzy" not in str(refused.value)
    assert "a-user" not in str(refused.value)


@settings(deadline=None)
@given(st.data())
def test_no_bit_of_the_content_can_be_changed(data: st.DataObject) -> None:
    key = Token.key("ada", "mail")
    sealed = A.seal(key, Token.access, Secret("xyzzy"))
    content = bytearray(sealed.content)
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Tampered):
        A.open(key, Token.access, msgspec.structs.replace(sealed, content=bytes(content)))


def test_it_does_not_open_in_another_entity_or_table() -> None:
    sealed = A.seal(Token.key("ada", "mail"), Token.access, Secret("t"))
    with pytest.raises(WrongKey):
        A.open(Note.key("ada"), Note.access, sealed)

    class Elsewhere(Entity, table=Table("elsewhere", pk="PK", sk="SK"), name="Token"):
        user: Attr[str] = attr()
        service: Attr[str] = attr()
        access: Attr[Sealed] = attr()
        key = primary(user, service, pk="USER#{user}", sk="TOKEN#{service}")

    with pytest.raises(WrongKey):
        A.open(Elsewhere.key("ada", "mail"), Elsewhere.access, sealed)


def test_an_entity_opens_what_was_sealed_for_the_entity_that_it_is_derived_from() -> None:
    kept = Table("kept", pk="PK", discriminator="kind")

    class Login(Entity, table=kept):
        user: Attr[str] = attr()
        access: Attr[Sealed] = attr()
        key = primary(user, pk="LOGIN#{user}")

    class Admin(Login):
        level: Attr[int] = attr(default=1)

    sealed = A.seal(Login.key("ada"), Login.access, Secret("t"))
    assert A.secret_of(Admin(user="ada", access=sealed), Admin.access).reveal() == "t"


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    key = Token.key("ada", "mail")
    assert A.seal(key, Token.access, Secret("t")) != A.seal(key, Token.access, Secret("t"))


def test_errors_name_the_attribute_the_key_and_what_to_do() -> None:
    key = Token.key("ada", "mail")
    sealed = sealer("b").seal(key, Token.access, Secret("t"))
    with pytest.raises(
        UnknownKey, match=r"^Token\.access: the value was sealed with key 'b', which is not given"
    ) as told:
        A.open(key, Token.access, sealed)
    assert told.value.key == "b"
    with pytest.raises(WrongKey, match=r"^Token\.access: key 'b' does not open the value"):
        Sealer(KeyRing({"b": text_key("other")})).open(key, Token.access, sealed)


def test_a_form_of_a_later_program_is_told() -> None:
    key = Token.key("ada", "mail")
    sealed = msgspec.structs.replace(A.seal(key, Token.access, Secret("t")), version=2)
    with pytest.raises(NewerVersion, match="form 2, this program knows form 1"):
        A.open(key, Token.access, sealed)


def test_only_a_whole_attribute_of_the_entity_is_sealed() -> None:
    with pytest.raises(InvalidValue, match="not an attribute of Note"):
        A.seal(Note.key("ada"), Token.refresh, Secret("t"))  # type: ignore[misc] # what is tried
    part: Any = Token.access.at(lambda sealed: sealed.key)
    with pytest.raises(InvalidValue, match="as a whole"):
        A.seal(Token.key("ada", "mail"), part, Secret("t"))


def test_an_item_gives_its_secrets_by_attribute() -> None:
    key = Token.key("ada", "mail")
    with Database("memory:") as db:
        db.create_tables(vault)
        db.create(Token(user="ada", service="mail", access=A.seal(key, Token.access, Secret("t")), legacy="clear"))
        db.update(key, Token.refresh.set(A.seal(key, Token.refresh, Secret("r"))))
        token = db.get(key)
        assert token is not None
        assert A.secret_of(token, Token.access).reveal() == "t"
        assert A.secret_of(token, Token.refresh) == Secret("r")
        assert A.secret_of(token, Token.legacy) == Secret("clear")
        assert "clear" not in repr(A)


def test_nothing_gives_nothing() -> None:
    assert A.open(Token.key("ada", "mail"), Token.refresh, None) is None


def test_a_number_in_a_key_is_the_same_place_however_it_is_written() -> None:
    class Numbered(Entity, table=Table("numbered", pk=number("id"))):
        id: Attr[Decimal] = attr()
        access: Attr[Sealed] = attr()
        key = primary(id)

    sealed = A.seal(Numbered.key(Decimal("1.0")), Numbered.access, Secret("t"))
    assert A.open(Numbered.key(Decimal(1)), Numbered.access, sealed).reveal() == "t"
