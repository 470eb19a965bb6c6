"""For everybody: by keyboard alone, with a screen reader, in both themes, enlarged, and from right to left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.live_translation.pages.conftest import CODE, link_of, says
from tests.services.chromium import Opens, findings, wide

Joins = Callable[[str], Page]


@pytest.mark.parametrize("path", ["/", "/speaker", "/listener"])
def test_nothing_is_wrong_with_the_doors(opens: Opens, path: str) -> None:
    assert findings(opens(path)) == []


def test_nothing_is_wrong_with_the_desk_in_any_way_of_speaking(speaker: Page, joins: Joins) -> None:
    joins("Català")
    says(speaker, "Buenas noches.")
    found = findings(speaker)
    for way in ("Microphone", "Sample talk"):
        speaker.locator("#ways").get_by_text(way).click()
        found += findings(speaker)
    speaker.get_by_role("button", name="Pause").click()
    expect(speaker.locator("#held")).to_be_visible()
    found += findings(speaker)
    speaker.get_by_role("button", name="End session").click()
    assert found + findings(speaker) == []


def test_nothing_is_wrong_with_the_captions(speaker: Page, joins: Joins) -> None:
    page = joins("Català")
    found = findings(page)
    says(speaker, "Buenas noches.", "Hablad en voz baja.")
    expect(page.locator(".caption")).to_have_count(2)
    page.get_by_role("button", name="Read aloud").click()
    found += findings(page)
    speaker.get_by_role("button", name="End session").click()
    speaker.get_by_role("dialog").get_by_role("button", name="End session").click()
    expect(page.get_by_text("The speaker ended the session.")).to_be_visible()
    assert found + findings(page) + findings(speaker) == []


def test_nothing_is_wrong_with_the_operators_board(opens: Opens) -> None:
    page = opens("/operator", wait="#board:visible")
    page.get_by_text("The same figures as a table").click()
    expect(page.locator("tbody tr")).not_to_have_count(0)
    assert findings(page) == []


def focused(page: Page) -> str:
    name: str = page.evaluate(
        "() => { const at = document.activeElement; return at.ariaLabel || at.id || at.textContent.trim(); }"
    )
    return name


def walk(page: Page, steps: int, key: str = "Tab") -> list[str]:
    walked: list[str] = []
    for _ in range(steps):
        page.keyboard.press(key)
        walked.append(focused(page))
    return walked


def test_a_session_is_started_spoken_in_and_ended_by_keyboard_alone(opens: Opens) -> None:
    page = opens("/speaker")
    assert walk(page, 3) == ["Live translation", "source", "start-button"]
    page.keyboard.press("Enter")
    expect(page.locator("#session")).to_have_text(CODE)
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("Buenas noches.")
    page.keyboard.press("Enter")
    expect(page.locator("#sent .words")).to_have_text("Buenas noches.")
    page.locator(".brand").focus()
    way = "microphone"
    names = walk(page, 7)
    assert names[:6] == ["mute", "pause", "end", "link", "copy", "Show the code and the QR code large"]
    assert page.evaluate("document.activeElement.name") == "way"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.value") == way
    expect(page.locator("#microphone-panel")).to_be_visible()
    page.locator("#end").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#end")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#again")).to_be_focused()


def test_captions_are_joined_read_enlarged_and_left_by_keyboard_alone(opens: Opens, speaker: Page) -> None:
    page = opens(link_of(speaker))
    page.keyboard.press("Enter")
    expect(page.locator("#scroll")).to_be_focused()
    assert walk(page, 6, "Shift+Tab") == [
        "leave",
        "Larger text",
        "Smaller text",
        "Language",
        "aloud",
        "Live translation",
    ]
    page.locator("#larger").focus()
    page.keyboard.press("Enter")
    page.locator("#leave").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Read along")).to_be_visible()


def test_who_reads_further_up_stays_there_and_goes_to_the_newest_by_a_button(speaker: Page, joins: Joins) -> None:
    page = joins("Español")
    for _ in range(6):
        page.get_by_role("button", name="Larger text").click(force=True)
    says(speaker, *(f"Esta es la frase {number} de la noche." for number in ("uno", "dos", "tres", "cuatro")))
    expect(page.locator(".caption")).to_have_count(4)
    page.locator("#scroll").press("Home")
    newest = page.get_by_role("button", name="Jump to newest")
    expect(newest).to_be_visible()
    page.wait_for_function("() => document.querySelector('#scroll').scrollTop === 0")
    says(speaker, "Y una más.")
    expect(newest).to_contain_text("1 new")
    assert page.evaluate("document.querySelector('#scroll').scrollTop") == 0
    newest.click()
    expect(newest).to_be_hidden()
    expect(page.locator(".caption").last).to_be_in_viewport()
    expect(page.locator("#scroll")).to_be_focused()


def test_a_text_from_right_to_left_is_read_from_the_right(speaker: Page, joins: Joins) -> None:
    page = joins("Español")
    says(speaker, "مساء الخير وأهلا بكم")
    caption = page.locator(".caption")
    expect(caption).to_have_attribute("dir", "auto")
    assert caption.evaluate("each => getComputedStyle(each).direction") == "rtl"


@pytest.mark.parametrize("width", [320, 640])
def test_nothing_needs_sideways_scrolling_at_any_size(opens: Opens, width: int) -> None:
    speaker = opens("/speaker", width=width)
    speaker.get_by_role("button", name="Start").click()
    expect(speaker.locator("#session")).to_have_text(CODE)
    listener = opens(link_of(speaker), width=width)
    listener.get_by_role("button", name="Español").click()
    expect(listener.locator("#state")).to_have_text("Live")
    for _ in range(7):
        listener.get_by_role("button", name="Larger text").click(force=True)
    speaker.locator("#ways").get_by_text("Text").click()
    says(speaker, "Otorrinolaringología: https://example.org/una/direccion/muy/larga/sin/espacios/ni/guiones/ninguno")
    expect(listener.locator(".caption")).to_have_count(1)
    pages = [listener, speaker, opens("/operator", width=width, wait="#board:visible")]
    for way in ("Microphone", "Sample talk"):
        speaker.locator("#ways").get_by_text(way).click()
        assert wide(speaker) <= width
    assert [wide(page) for page in pages] == [width] * 3
    assert listener.locator("#scroll").evaluate("each => each.scrollWidth <= each.clientWidth")


def test_what_has_to_be_pressed_is_large_enough_for_a_thumb(opens: Opens, speaker: Page) -> None:
    page = opens(link_of(speaker), width=390)
    page.get_by_role("button", name="Català").click()
    expect(page.locator("#state")).to_have_text("Live")
    sizes = page.locator("button:visible, select:visible").evaluate_all(
        "each => each.map((one) => Math.min(one.offsetWidth, one.offsetHeight))"
    )
    assert min(sizes) >= 44
