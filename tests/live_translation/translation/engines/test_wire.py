import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_translation.translation.engines.wire import from_wire, has_words, to_wire

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufdd0\ufdd1\ufdd2\ufdd3\uffff")


@given(st.text(CHARACTERS))
def test_what_the_engine_leaves_alone_comes_back_as_it_was(text: str) -> None:
    assert from_wire(to_wire(text), "es")[0] == unicodedata.normalize("NFC", text)


@given(st.text())
def test_every_message_has_one_terminator_at_its_end(text: str) -> None:
    assert to_wire(text).index(b"\0") == len(to_wire(text)) - 1


def test_a_lone_surrogate_is_replaced() -> None:
    assert from_wire(to_wire("a\ud800b"), "es")[0] == "a?b"


@pytest.mark.parametrize("noncharacter", ["\ufdd0", "\ufdd3", "\uffff"])
def test_noncharacters_with_a_meaning_on_the_wire_are_replaced(noncharacter: str) -> None:
    assert from_wire(to_wire(f"a{noncharacter}b"), "es")[0] == "a\ufffdb"


def test_decomposed_accents_are_composed_for_the_dictionaries() -> None:
    assert to_wire("reunio\u0301n") == to_wire("reunión")


@pytest.mark.parametrize(
    ("answer", "text", "confidence"),
    [
        (b"la casa.[][\n]", "la casa", 1.0),
        (b"la *xyz.[][\n]", "la xyz", 0.5),
        (b"#un @dos *tres.[][\n]", "un dos tres", 0.0),
        (b"EUA[][\n]", "EUA", 1.0),
        (b"a\\@b \\*.[][\n]", "a@b *", 1.0),
        (b"1969.[][\n]", "1969", None),
    ],
)
def test_marks_are_counted_and_removed_and_escapes_undone(answer: bytes, text: str, confidence: float | None) -> None:
    assert from_wire(answer, "ca") == (text, confidence)


def test_inverted_marks_are_kept_where_they_are_written() -> None:
    assert from_wire("¿Sí?.[][\n]".encode(), "gl")[0] == "¿Sí?"
    assert from_wire("¿Sì?.[][\n]".encode(), "it")[0] == "Sì?"


@pytest.mark.parametrize(("text", "expected"), [("a", True), ("¿é?", True), ("12 _ …", False), ("", False)])
def test_a_word_is_at_least_one_letter(text: str, expected: bool) -> None:
    assert has_words(text) is expected
