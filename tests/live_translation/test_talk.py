from collections import Counter
from itertools import pairwise

import pytest
from live_translation.talk import LANGUAGES, Final, Partial, Sentence, load_phrases, load_talk, partials


def deliver(text: str, seed: int = 1) -> tuple[list[Partial], Final]:
    *heard, final = partials(Sentence("s", text), seed)
    assert isinstance(final, Final)
    return [partial for partial in heard if isinstance(partial, Partial)], final


def test_the_talk_is_long_has_a_title_and_unique_ids() -> None:
    talk = load_talk()
    assert (talk.language, len(talk.sentences)) == ("es", 108)
    assert "Observatorio" in talk.title
    assert len({sentence.id for sentence in talk.sentences}) == len(talk.sentences)


def test_it_has_a_refrain_questions_exclamations_and_numbers() -> None:
    texts = [sentence.text for sentence in load_talk().sentences]
    assert Counter(texts).most_common(1) == [("Miremos hacia arriba: el cielo es de todos.", 6)]
    assert sum(text.endswith("?") for text in texts) >= 8
    assert sum(text.endswith("!") for text in texts) >= 5
    assert sum(any(map(str.isdigit, text)) for text in texts) >= 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_has_a_translation_and_every_translation_a_sentence(language: str) -> None:
    phrases = load_phrases(language)
    assert set(phrases) == {sentence.text for sentence in load_talk().sentences}
    assert all(phrases.values())
    assert not [phrase for phrase in phrases.values() if "¿" in phrase or "¡" in phrase]


def test_a_language_without_translations_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_phrases("../observatorio")


@pytest.mark.parametrize("seed", range(5))
def test_every_sentence_ends_in_one_final_with_its_whole_text(seed: int) -> None:
    for sentence in load_talk().sentences:
        results = list(partials(sentence, seed))
        assert results[-1] == Final(sentence.text)
        assert len(results) >= 2
        assert all(isinstance(result, Partial) for result in results[:-1])


def test_partial_results_grow_and_their_stability_rises() -> None:
    heard, _ = deliver("uno dos tres cuatro cinco seis siete ocho nueve diez.")
    stabilities = [partial.stability for partial in heard]
    assert (stabilities[0], stabilities[-1]) == (0.5, 0.95)
    assert stabilities == sorted(stabilities)
    assert all(len(earlier.text.split()) < len(later.text.split()) for earlier, later in pairwise(heard))


def test_only_the_last_word_of_an_unsettled_partial_is_ever_misheard() -> None:
    for sentence in load_talk().sentences:
        words = sentence.text.split()
        heard, _ = deliver(sentence.text)
        for partial in heard:
            *settled, last = partial.text.split()
            assert settled == words[: len(settled)]
            assert words[len(settled)].startswith(last)


def test_some_words_are_misheard_and_corrected_later() -> None:
    all_heard = [partial for sentence in load_talk().sentences for partial in deliver(sentence.text)[0]]
    words = {word.strip(".,:;!?»…") for sentence in load_talk().sentences for word in sentence.text.split()}
    wrong = [partial for partial in all_heard if partial.text.split()[-1].strip(",:;»") not in words]
    assert 10 < len(wrong) < len(all_heard) / 2
    assert max(partial.stability for partial in wrong) < 0.8


def test_one_word_is_heard_surely_at_once() -> None:
    assert deliver("Continuamos.") == ([Partial("Continuamos", 0.95)], Final("Continuamos."))


def test_the_same_seed_delivers_the_same_and_another_seed_differs() -> None:
    sentence = load_talk().sentences[2]
    assert list(partials(sentence, 7)) == list(partials(sentence, 7))
    assert len({tuple(partials(sentence, seed)) for seed in range(10)}) > 1
