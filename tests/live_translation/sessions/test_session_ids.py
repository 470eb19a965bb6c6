import random
from collections.abc import Sequence
from typing import TypeVar

import pytest
from live_translation.sessions.session_ids import TooFewWords, draw, is_session_id, read_words, warn_if_few, word_lists

Element = TypeVar("Element")


class Last:
    def choice(self, seq: Sequence[Element], /) -> Element:
        return seq[-1]


@pytest.mark.parametrize("text", ["faithful-shepherd-100", "faithful-shepherd-417", "a-b-999"])
def test_two_words_and_a_number_from_100_to_999_are_an_id(text: str) -> None:
    assert is_session_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * 100 + "-" + "b" * 100 + "-100",
        "faithful-shepherd-099",
        "faithful-shepherd-1000",
        "faithful-shepherd-99",
        "faithful-shepherd-417\n",
        " faithful-shepherd-417",
        "faithful-shepherd-٤١٧",
        "faithful-shepherd-41７",
        "faithful-shepherd",
        "faithful-417",
        "faithful-417-shepherd",
        "very-faithful-shepherd-417",
        "faithful-shepherd-417-2",
        "Faithful-shepherd-417",
        "fidèle-shepherd-417",
        "faithful--417",
        "faithful_shepherd_417",
    ],
)
def test_anything_else_is_not(text: str) -> None:
    assert not is_session_id(text)


def test_a_drawn_id_is_valid_and_made_of_the_lists() -> None:
    adjectives, nouns = word_lists()
    for _ in range(500):
        text = draw()
        adjective, noun, _ = text.split("-")
        assert is_session_id(text)
        assert adjective in adjectives
        assert noun in nouns


def test_the_random_source_decides() -> None:
    adjectives, nouns = word_lists()
    assert draw(Last()) == f"{adjectives[-1]}-{nouns[-1]}-999"
    assert draw(random.Random(3)) == draw(random.Random(3))


def test_the_lists_are_long_and_disjoint() -> None:
    adjectives, nouns = word_lists()
    assert min(len(adjectives), len(nouns)) >= 140
    assert not set(adjectives) & set(nouns)


def test_comments_blanks_repeats_and_blacklisted_words_are_left_out() -> None:
    text = "# a comment\n\nfaithful\n  kind  # why\nfaithful\ncursed\n"
    assert read_words(text, without=frozenset({"cursed"})) == ("faithful", "kind")


@pytest.mark.parametrize("word", ["Faithful", "fidèle", "two words", "one-two", "k1nd"])
def test_a_word_no_id_could_hold_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="lower-case ASCII"):
        read_words(f"kind\n{word}\n")


def test_under_a_hundred_words_there_is_a_warning() -> None:
    with pytest.warns(TooFewWords, match="only 99 nouns"):
        warn_if_few("nouns", ["word"] * 99)
    warn_if_few("nouns", ["word"] * 100)
