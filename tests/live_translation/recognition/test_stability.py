from hypothesis import given
from hypothesis import strategies as st
from live_translation.recognition.stability import Keeping

HYPOTHESES = st.lists(st.lists(st.sampled_from(["a", "b"]), max_size=6), max_size=30)


def test_a_word_that_is_kept_becomes_surer() -> None:
    keeping = Keeping()
    seen = [keeping.hear(["the", "main", "hall"])[0] for _ in range(20)]
    assert seen == sorted(seen)
    assert (seen[0], seen[8], seen[9], seen[-1]) == (0.50, 0.78, 0.85, 0.95)


def test_a_changed_word_takes_those_after_it_down_with_it() -> None:
    keeping = Keeping()
    for _ in range(20):
        keeping.hear(["the", "main", "hall", "is"])
    assert keeping.hear(["the", "mayor", "hall", "is"]) == (0.95, 0.5, 0.5, 0.5)


def test_the_last_word_is_never_sure() -> None:
    keeping = Keeping()
    assert [keeping.hear(["hall"])[-1] for _ in range(20)] == [0.5] * 20


@given(HYPOTHESES)
def test_every_word_has_a_stability_and_none_is_surer_than_those_before_but_by_age(
    hypotheses: list[list[str]],
) -> None:
    keeping = Keeping()
    for words in hypotheses:
        sure = keeping.hear(words)
        assert len(sure) == len(words)
        assert list(sure) == sorted(sure, reverse=True)
        assert all(0.5 <= each <= 0.95 for each in sure)
