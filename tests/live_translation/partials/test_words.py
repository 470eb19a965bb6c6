from hypothesis import example, given
from hypothesis import strategies as st
from live_translation.partials.words import Said, closed, percent_changed, percent_rewritten, slice_of, tokens_of

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=12)


def test_words_are_compared_without_case_and_the_marks_around_them() -> None:
    assert [token.plain for token in tokens_of("«¡Hola, Mundo!» isn't")] == ["hola", "mundo", "isn't"]


def test_a_slice_is_the_text_as_it_was_written() -> None:
    text = "  Hola,  mundo.  Adiós "
    assert slice_of(text, tokens_of(text), 0, 2) == "Hola,  mundo."
    assert slice_of(text, tokens_of(text), 2, 3) == "Adiós"
    assert slice_of(text, tokens_of(text), 1, 1) == ""


def test_languages_without_spaces_count_characters_as_words() -> None:
    assert [token.plain for token in tokens_of("今日は。次 OK")] == ["今", "日", "は", "次", "ok"]
    assert [token.ends_sentence for token in tokens_of("今日は。次")] == [False, False, True, False]


def test_a_sentence_ends_at_its_mark_also_inside_quotes() -> None:
    assert [token.ends_sentence for token in tokens_of("no. sí, «¿qué?» 3.5 bien…")] == [True, False, True, False, True]


def test_what_was_only_added_is_no_change() -> None:
    assert percent_rewritten("the cat", "the cat sat on the mat") == 0
    assert percent_changed("the cat", "the cat sat") > 30
    assert percent_changed("", "") == 0


def test_a_full_stop_is_added_only_after_a_word() -> None:
    assert [closed(text) for text in ("hola", "hola.", "¿qué?", "", "今日")] == [
        "hola.",
        "hola.",
        "¿qué?",
        "",
        "今日。",
    ]


def said(*words: str) -> Said:
    given = Said()
    given.add(words)
    return given


@given(WORDS, WORDS)
def test_what_was_said_is_found_again_exactly(before: list[str], after: list[str]) -> None:
    assert said(*before).rest_of([*before, *after]) == len(before)


def test_a_corrected_beginning_is_not_said_again() -> None:
    assert said("gonna", "go").rest_of(["going", "to", "go", "home"]) == 3
    assert said("the", "cat", "sat").rest_of(["the", "bat", "sat", "down"]) == 3
    assert said("i", "scream").rest_of(["ice", "cream", "is", "good"]) == 2
    assert said("a", "b", "c").rest_of(["a", "b", "x", "d"]) == 3


def test_words_that_were_taken_back_by_the_recogniser_bring_nothing_new() -> None:
    assert said("a", "b", "c").rest_of(["a", "b"]) == 2
    assert said("a", "b", "c").rest_of(["x"]) == 1
    assert said("a", "b", "c").rest_of([]) == 0


@given(WORDS, WORDS)
@example(["a"] * 12, [])
def test_the_rest_is_always_a_part_of_the_text(before: list[str], now: list[str]) -> None:
    assert 0 <= said(*before).rest_of(now) <= len(now)


def test_of_a_very_long_result_the_beginning_counts_as_it_stands() -> None:
    words = [str(number) for number in range(1_000)]
    given = Said()
    for word in words:
        given.add([word])
    assert len(given) == 1_000
    assert given.rest_of([*words, "new"]) == 1_000
    assert given.rest_of(words[:100]) == 100


def test_what_did_not_go_out_can_be_taken_back() -> None:
    given = said(*["a", "b", "c", "d"])
    given.take_back(2)
    assert len(given) == 2
    assert given.rest_of(["a", "b", "c", "d"]) == 2
