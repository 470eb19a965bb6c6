"""The pages by themselves: doors, wrong codes, narrow screens, keyboards, and connections that break."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.live_translation.pages.conftest import link_of
from tests.services.chromium import Opens

Joins = Callable[[str], Page]


def test_the_first_page_takes_a_code_as_people_type_it(opens: Opens) -> None:
    page = opens("/")
    page.get_by_label("Session code").fill("Faithful Shepherd 417 ")
    page.get_by_role("button", name="Read along").click()
    expect(page.get_by_label("Session code")).to_have_value("faithful-shepherd-417")
    assert page.url.endswith("/listener?session=faithful-shepherd-417")


def test_what_is_no_code_is_told_before_anything_is_sent(opens: Opens) -> None:
    page = opens("/")
    for code in ("", "faithful", "faithful-shepherd-099", "<script>"):
        page.get_by_label("Session code").fill(code)
        expect(page.locator("#code-problem")).to_have_text("")
        page.get_by_role("button", name="Read along").click()
        expect(page.get_by_role("alert")).to_contain_text("two words and a number")
        expect(page.get_by_label("Session code")).to_be_focused()
        page.get_by_label("Session code").fill("faithful-shepherd-41")


def test_the_first_page_leads_to_the_speakers(opens: Opens) -> None:
    page = opens("/")
    page.get_by_role("link", name="Start a session").click()
    expect(page.get_by_role("heading", name="Start a session")).to_be_visible()


def test_an_unknown_session_is_told_in_words(opens: Opens) -> None:
    page = opens("/listener?session=absent-shepherd-999")
    page.get_by_role("button", name="Català").click()
    expect(page.get_by_role("alert").filter(has_text="There is no session “absent-shepherd-999”")).to_be_visible()
    expect(page.get_by_role("button", name="Català")).to_be_enabled()


def test_a_listener_needs_one_key_from_link_to_captions(opens: Opens, speaker: Page) -> None:
    page = opens(link_of(speaker))
    expect(page.get_by_role("button", name="Italiano")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_text("Live")
    expect(page.get_by_label("Language")).to_have_value("it")


def test_captions_are_announced_and_can_be_scrolled_with_the_keyboard(joins: Joins) -> None:
    page = joins("Català")
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("region", name="Captions")).to_be_focused()


def test_the_text_gets_larger_and_stays_so_for_the_next_visit(joins: Joins) -> None:
    page = joins("Català")
    before = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--caption')")
    page.get_by_role("button", name="Larger text").click()
    after = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--caption')")
    assert float(after.removesuffix("rem")) > float(before.removesuffix("rem"))
    page.reload()
    again = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--caption')")
    assert again == after


@pytest.mark.parametrize("path", ["/", "/speaker", "/listener"])
def test_nothing_is_wider_than_a_small_phone(opens: Opens, path: str) -> None:
    assert widest(opens(path, width=360)) <= 360


def test_nothing_is_wider_than_a_small_phone_while_live(opens: Opens) -> None:
    speaker = opens("/speaker", width=360)
    speaker.get_by_role("button", name="Start").click()
    expect(speaker.locator("#live")).to_be_visible()
    listener = opens(link_of(speaker), width=360)
    listener.get_by_role("button", name="Català").click()
    expect(listener.locator("#room")).to_be_visible()
    speaker.get_by_label("Type or paste what is said").fill("Otorrinolaringólogos, electroencefalografistas.")
    speaker.get_by_role("button", name="Send").click()
    expect(speaker.locator("#sent .words")).to_have_count(1)
    assert (widest(speaker), widest(listener)) == (360, 360)


def widest(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


def test_a_session_that_ended_while_the_connection_was_away_is_told(opens: Opens, speaker: Page) -> None:
    page = opens("/listener")
    page.route_web_socket("**/ws?*", first_only := _FirstOnly())
    page.get_by_label("Session code").fill(speaker.locator("#session").inner_text())
    page.get_by_role("button", name="Català").click()
    expect(page.locator("#state")).to_have_text("Live")
    first_only.break_it()
    expect(page.get_by_text("The session has ended.")).to_be_visible()
    expect(page.get_by_role("button", name="Join another session")).to_be_visible()


class _FirstOnly:
    """Lets the first connection through; to all later ones the session has ended."""

    def __init__(self) -> None:
        self._first: WebSocketRoute | None = None

    def __call__(self, socket: WebSocketRoute) -> None:
        if self._first is None:
            socket.connect_to_server()
            self._first = socket
            return
        socket.send('{"type": "error", "code": "SESSION_NOT_FOUND", "message": "gone", "details": {"status": 404}}')
        socket.close(code=1008)

    def break_it(self) -> None:
        assert self._first is not None
        self._first.close(code=1011)


def test_a_listener_gives_a_sign_of_life_every_thirty_seconds(opens: Opens, speaker: Page) -> None:
    page = opens("/listener")
    page.clock.install()
    page.get_by_label("Session code").fill(speaker.locator("#session").inner_text())
    with page.expect_websocket() as opened:
        page.get_by_role("button", name="Català").click()
    expect(page.locator("#state")).to_have_text("Live")
    with opened.value.expect_event("framesent", lambda frame: "heartbeat" in str(frame)):
        page.clock.fast_forward(30_500)


@pytest.mark.parametrize(
    ("code", "details", "words"),
    [
        ("RATE_LIMIT_EXCEEDED", '{"retryAfter": 1}', "Try again in 1 second."),
        ("SESSION_FULL", '{"maxListeners": 500}', "full (500 listeners)"),
        ("UNSUPPORTED_LANGUAGE", '{"languageCode": "ca"}', "cannot be read in Catalan"),
        ("SERVICE_UNAVAILABLE", "{}", "cannot do this right now"),
        ("SOMETHING_NEW", "{}", "the service's own words"),
    ],
)
def test_every_refusal_is_told_in_words(opens: Opens, code: str, details: str, words: str) -> None:
    page = opens("/listener?session=faithful-shepherd-417")

    def refuse(socket: WebSocketRoute) -> None:
        socket.send(
            f'{{"type": "error", "code": "{code}", "message": "the service\'s own words", "details": {details}}}'
        )
        socket.close(code=1008)

    page.route_web_socket("**/ws?*", refuse)
    page.get_by_role("button", name="Català").click()
    expect(page.locator("#code-problem")).to_contain_text(words)
