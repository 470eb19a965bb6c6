import pytest
from live_translation.talk import LANGUAGES, load_talk
from live_translation.translation import Phrasebook, TranslationFailed, UnsupportedPair

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("target", LANGUAGES)
async def test_every_sentence_of_the_talk_is_known(target: str) -> None:
    book = Phrasebook()
    for sentence in load_talk().sentences:
        translation = await book.translate(sentence.text, "es", target)
        assert translation.text
        assert translation.confidence == 1.0


async def test_case_and_punctuation_do_not_matter() -> None:
    translation = await Phrasebook().translate("miremos hacia arriba el cielo es de todos", "es", "ca")
    assert translation.text == "Mirem cap amunt: el cel és de tots."


async def test_anything_else_fails_without_being_quoted() -> None:
    with pytest.raises(TranslationFailed, match="only the bundled talk") as failed:
        await Phrasebook().translate("Un secreto.", "es", "fr")
    assert "secreto" not in str(failed.value)


@pytest.mark.parametrize(("source", "target"), [("es", "de"), ("ca", "es"), ("xx", "fr")])
async def test_other_pairs_are_unsupported(source: str, target: str) -> None:
    with pytest.raises(UnsupportedPair):
        await Phrasebook().translate("Continuamos.", source, target)


async def test_the_same_language_and_silence_come_back_untouched() -> None:
    assert (await Phrasebook().translate("Un secreto.", "es", "es")).text == "Un secreto."
    assert (await Phrasebook().translate(" … ", "es", "fr")).text == " … "


async def test_its_name_and_description_say_what_it_is() -> None:
    book = Phrasebook()
    assert "bundled talk" in book.name
    assert "only the sentences" in book.description
    assert book.languages("es") == set(LANGUAGES)
    assert book.languages("ca") == frozenset()


async def test_a_closed_phrasebook_fails() -> None:
    book = Phrasebook()
    await book.close()
    with pytest.raises(TranslationFailed, match="closed"):
        await book.translate("Continuamos.", "es", "fr")
