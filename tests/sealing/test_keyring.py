"""Named keys from the environment and from files."""

import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer.sealing import InvalidKeys, KeyRing, UnknownKey, WrongKey, new_key
from tests.sealing.conftest import ring, text_key

PLACE = {"table": "vault", "entity": "Token"}
A, B = text_key("a"), text_key("b")


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.text(), max_size=4))
def test_a_data_key_comes_back_in_its_context(context: dict[str, str]) -> None:
    keys = ring("a")
    made = keys.generate(context)
    assert len(made.plain) == 32
    assert keys.unwrap(made.key, made.wrapped, context) == made.plain
    with pytest.raises(WrongKey):
        keys.unwrap(made.key, made.wrapped, {**context, "more": ""})


def test_each_data_key_is_a_new_one_and_shows_nothing() -> None:
    first, second = ring("a").generate(PLACE), ring("a").generate(PLACE)
    assert first.plain != second.plain
    assert repr(first) == str(first) == "DataKey(key='a')"


def test_the_first_key_seals_and_all_of_them_open() -> None:
    made = ring("a").generate(PLACE)
    both = ring("b", "a")
    assert both.current == "b"
    assert both.unwrap("a", made.wrapped, PLACE) == made.plain


def test_a_key_that_is_not_given_is_named_with_what_to_do() -> None:
    made = ring("a").generate(PLACE)
    with pytest.raises(
        UnknownKey, match=r"sealed with key 'a', which is not given \(given are b, c\): add it"
    ) as refused:
        ring("b", "c").unwrap("a", made.wrapped, PLACE)
    assert refused.value.key == "a"


def test_another_key_under_the_same_name_is_told() -> None:
    made = ring("a").generate(PLACE)
    with pytest.raises(WrongKey, match="another key bore that name"):
        KeyRing({"a": B}).unwrap("a", made.wrapped, PLACE)


@settings(deadline=None)
@given(st.data())
def test_a_changed_data_key_is_refused(data: st.DataObject) -> None:
    made = ring("a").generate(PLACE)
    where = data.draw(st.integers(0, len(made.wrapped) - 1))
    changed = bytearray(made.wrapped)
    changed[where] ^= data.draw(st.integers(1, 255))
    with pytest.raises(WrongKey):
        ring("a").unwrap("a", bytes(changed), PLACE)
    with pytest.raises(WrongKey):
        ring("a").unwrap("a", made.wrapped[:where], PLACE)


def test_keys_of_the_environment_are_read_in_their_order() -> None:
    keys = KeyRing.from_environment(environment={"DYNALAYER_SEALING_KEYS": f"2026-11:{A}, 2025.1:{B},"})
    assert keys.names == ("2026-11", "2025.1")
    assert repr(keys) == "KeyRing(2026-11, 2025.1)"


def test_keys_of_a_file_are_read_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# the new one\nb:{B}\n\n a : {A}\n")
    assert KeyRing.from_file(path).names == ("b", "a")


WRONG = {
    "": "is not set",
    "  ": "is not set",
    A: "entry 1 is not name:key",
    f"a:{A},{B}": "entry 2 is not name:key",
    f"a:{A},a:{B}": "key 'a' is there twice",
    f"a b:{A}": "entry 1 is not name:key",
    "a:not base64!": "key 'a' is not base64",
    "a:c2hvcnQ=": "key 'a' has 5 bytes",
    f"a:{'A' * 43}=": "key 'a' is not random",
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_keys_are_refused_by_name_and_never_shown(text: str) -> None:
    with pytest.raises(InvalidKeys, match=WRONG[text]) as refused:
        KeyRing.from_environment("KEYS", {"KEYS": text})
    for key in (A, B, "not base64!", "c2hvcnQ"):
        assert key not in str(refused.value)


def test_a_ring_without_keys_and_a_name_that_is_none_are_refused() -> None:
    with pytest.raises(InvalidKeys, match="at least one key"):
        KeyRing({})
    with pytest.raises(InvalidKeys, match="name of a key"):
        KeyRing({"a:b": A})


def test_a_new_key_is_one_that_a_ring_takes() -> None:
    assert new_key() != new_key()
    assert KeyRing({"a": new_key()}).current == "a"


def test_a_ring_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(ring("a"))
