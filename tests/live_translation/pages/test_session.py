"""A session from its start to its end, as a speaker and listeners see it in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.live_translation.pages.conftest import CODE, address_of, says, serve
from tests.services.chromium import Opens

WELCOME = "Buenas noches y bienvenidos al Observatorio del Monte Claro."
QUIET = "Hablad en voz baja."
Joins = Callable[[str], Page]


def test_a_sentence_typed_in_spanish_is_read_in_catalan(speaker: Page, joins: Joins) -> None:
    listener = joins("Català")
    says(speaker, WELCOME)
    caption = listener.locator(".caption")
    expect(caption).to_contain_text("Bona nit i benvinguts")
    expect(caption).to_have_attribute("lang", "ca")
    expect(speaker.get_by_label("Type or paste what is said")).to_have_value("")


def test_the_speaker_sees_what_became_of_a_sentence(speaker: Page, joins: Joins) -> None:
    joins("Català")
    # No other test says this, so it is in nobody's cache.
    for expected in ("Catalan · newly translated · ", "Catalan · 1 of 1 from cache · "):
        says(speaker, "Apagad las linternas, por favor.")
        expect(speaker.locator("#sent .result").first).to_contain_text(expected)
    expect(speaker.locator("#sent .words").first).to_have_text("Apagad las linternas, por favor.")


def test_a_sentence_without_listeners_says_so(speaker: Page) -> None:
    says(speaker, WELCOME)
    expect(speaker.locator("#sent .result")).to_have_text("Nobody was listening")


def test_a_pasted_paragraph_goes_out_sentence_by_sentence(speaker: Page, joins: Joins) -> None:
    listener = joins("Italiano")
    says(speaker, f"{WELCOME} {QUIET} ¿Alguien ha visto la Vía Láctea esta semana?")
    expect(speaker.locator("#sent .words")).to_have_text(
        ["¿Alguien ha visto la Vía Láctea esta semana?", QUIET, WELCOME]
    )
    expect(listener.locator(".caption")).to_have_count(3)
    expect(listener.locator(".caption").first).to_contain_text("benvenuti")


def test_the_speaker_sees_how_many_listen_in_which_language(speaker: Page, joins: Joins) -> None:
    expect(speaker.get_by_text("People appear here by language")).to_be_visible()
    joins("Català")
    leaving = joins("Italiano")
    joins("Italiano")
    expect(speaker.locator("#count")).to_have_text("3")
    expect(speaker.locator("#distribution li")).to_have_text(["Catalan1", "Italian2"])
    leaving.get_by_role("button", name="Leave").click()
    expect(speaker.locator("#count")).to_have_text("2")
    expect(speaker.locator("#distribution li")).to_have_text(["Catalan1", "Italian1"])


def test_a_listener_changes_language_without_reconnecting(speaker: Page, joins: Joins) -> None:
    listener = joins("Català")
    reconnections: list[object] = []
    listener.on("websocket", lambda opened: reconnections.append(opened))
    listener.get_by_label("Language").select_option("pt")
    expect(speaker.locator("#distribution li")).to_have_text(["Portuguese1"])
    says(speaker, WELCOME)
    expect(listener.locator(".caption")).to_contain_text("Boa")
    expect(listener.locator(".caption")).to_have_attribute("lang", "pt")
    assert reconnections == []


def test_the_end_is_asked_for_confirmed_and_shown_to_listeners(speaker: Page, joins: Joins) -> None:
    listener = joins("Català")
    expect(speaker.locator("#count")).to_have_text("1")
    says(speaker, WELCOME)
    speaker.get_by_role("button", name="End session").click()
    expect(speaker.get_by_role("dialog")).to_contain_text("1 person is listening")
    speaker.get_by_role("button", name="Keep going").click()
    expect(speaker.locator("#state")).to_have_text("Live")
    speaker.get_by_role("button", name="End session").click()
    speaker.get_by_role("dialog").get_by_role("button", name="End session").click()
    expect(speaker.get_by_role("heading", name="The session has ended")).to_be_visible()
    expect(speaker.locator("#summary")).to_contain_text("1 sentence was said in")
    expect(listener.get_by_text("The speaker ended the session.")).to_be_visible()
    expect(listener.locator(".caption")).to_be_visible()


def test_the_bundled_talk_plays_pauses_and_goes_on(speaker: Page, joins: Joins) -> None:
    listener = joins("Català")
    speaker.get_by_text("Sample talk").click()
    speaker.get_by_label("Speed").select_option("4")
    speaker.get_by_role("button", name="Play the talk").click()
    expect(speaker.locator("#sent .partial")).to_contain_text("Buenas")
    expect(speaker.locator("#sent li:not(.partial) .words").first).to_have_text(WELCOME)
    speaker.get_by_role("button", name="Stop here").click()
    expect(speaker.locator("#progress")).to_contain_text("of 108")
    speaker.get_by_role("button", name="Continue").click()
    expect(listener.locator(".caption")).to_have_count(2)
    speaker.get_by_role("button", name="Stop here").click()


def test_markup_in_a_sentence_is_text_and_nothing_else(speaker: Page, joins: Joins) -> None:
    listener = joins("Español")
    says(speaker, "<img src=x onerror=alert(1)> & <b>hola</b>")
    expect(listener.locator(".caption")).to_contain_text("<img src=x onerror=alert(1)> & <b>hola</b>")
    expect(speaker.locator("#sent .words")).to_have_text("<img src=x onerror=alert(1)> & <b>hola</b>")


def test_the_engine_is_named_on_the_speakers_page(speaker: Page) -> None:
    expect(speaker.locator("#by")).to_contain_text("Translated by")
    expect(speaker.locator("#engine")).to_be_visible()


def test_a_speaker_whose_connection_is_lost_is_told_what_that_means(speaker: Page, joins: Joins) -> None:
    listener = joins("Català")
    speaker.evaluate("window.dispatchEvent(new Event('beforeunload'))")
    speaker.close()
    expect(listener.get_by_text("The speaker ended the session.")).to_be_visible()


def test_speakers_are_asked_for_a_passcode_where_there_is_one(opens: Opens, tmp_path: Path) -> None:
    with serve(tmp_path, SPEAKER_PASSCODE="olive") as service:
        try:
            page = opens(f"{address_of(service)}/speaker")
            expect(page.get_by_label("Passcode for speakers")).to_be_hidden()
            page.get_by_role("button", name="Start").click()
            expect(page.get_by_label("Passcode for speakers")).to_be_focused()
            expect(page.locator("#passcode-problem")).to_contain_text("Speakers need a passcode here")
            page.get_by_label("Passcode for speakers").fill("grape")
            page.get_by_role("button", name="Start").click()
            expect(page.locator("#passcode-problem")).to_contain_text("This is not the passcode")
            page.get_by_label("Passcode for speakers").fill("olive")
            page.get_by_role("button", name="Start").click()
            expect(page.locator("#session")).to_have_text(CODE)
            # It may still load its pictures, and the service is about to go.
            page.close()
        finally:
            service.kill()
