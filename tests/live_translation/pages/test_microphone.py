"""Speaking by microphone: a voice from a file stands in for it, everything after it is real."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.live_translation.pages.conftest import CODE, link_of
from tests.services.chromium import CHROMIUM, FLAGS, Opens

SAID = "The meeting starts tomorrow at nine o'clock in the main hall."
MISSING = [name for name in ("flite", "sox") if shutil.which(name) is None]
if find_spec("pocketsphinx") is None:
    MISSING.append("pocketsphinx")

pytestmark = pytest.mark.skipif(
    bool(MISSING) and os.environ.get("DYNALAYER_REQUIRE_SERVICES") != "1",
    reason=f"there is no {', '.join(MISSING)}; run scripts/debian.sh tests",
)
SENT = """
window.sent = [];
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (text) { window.sent.push(JSON.parse(text)); return send.call(this, text); };
"""
OTHER_RECOGNISER = """
window.SpeechRecognition = window.webkitSpeechRecognition = class {
  start() { window.recogniser = this; }
  stop() {}
};
"""


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voice")
    subprocess.run(["flite", "-voice", "slt", "-t", SAID, folder / "said.wav"], check=True)
    # What Chromium takes for a microphone: 48 kHz, one channel; with silence after it, so that the sentence ends.
    effects = ["pad", "0.3", "4"]
    subprocess.run(["sox", folder / "said.wav", "-r", "48000", "-c", "1", folder / "voice.wav", *effects], check=True)
    return folder / "voice.wav"


@pytest.fixture(scope="module")
def browser(voice: Path) -> Iterator[Browser]:
    heard = f"--use-file-for-fake-audio-capture={voice}%noloop"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, heard])
        yield browser
        browser.close()


@pytest.fixture
def desk(opens: Opens) -> Callable[..., Page]:
    def open_desk(language: str = "en", script: str = SENT) -> Page:
        page = opens("/speaker", before=lambda page: page.add_init_script(script))
        page.get_by_label("You speak").select_option(language)
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#session")).to_have_text(CODE)
        page.locator("#ways").get_by_text("Microphone").click()
        return page

    return open_desk


def turn_on(page: Page) -> None:
    page.get_by_role("button", name="Turn on the microphone").click()
    expect(page.get_by_role("button", name="Turn off the microphone")).to_be_visible()


def test_what_is_said_is_heard_shown_as_it_grows_and_read_in_another_language(
    desk: Callable[..., Page], opens: Opens
) -> None:
    page = desk()
    listener = opens(link_of(page))
    listener.get_by_role("button", name="Español").click()
    expect(listener.locator("#state")).to_have_text("Live")
    turn_on(page)
    expect(page.locator("#sent .partial .words")).to_contain_text("starts")
    expect(page.locator("#sent li:not(.partial) .words").first).to_contain_text("nine o'clock", ignore_case=True)
    # What flite says is not heard in the same words each time, but these always are: "... nine o'clock ...".
    expect(listener.locator("#captions")).to_contain_text("en punto")
    page.get_by_role("button", name="Turn off the microphone").click()
    expect(page.locator("#problem")).to_be_hidden()


def test_sound_goes_out_in_numbered_frames_of_200_ms_that_say_their_format(desk: Callable[..., Page]) -> None:
    page = desk()
    turn_on(page)
    page.wait_for_function("() => window.sent.filter(({ action }) => action === 'sendAudio').length >= 5")
    sent = [each for each in page.evaluate("window.sent") if each["action"] == "sendAudio"]
    # 200 ms at 16 kHz are 3,200 samples of two bytes: 6,400 bytes, in base64 8,536 letters.
    assert {len(each["audioData"]) for each in sent} == {8_536}
    assert [each["sequenceNumber"] for each in sent] == list(range(1, len(sent) + 1))
    assert {(each["sampleRate"], each["channels"], each["encoding"]) for each in sent} == {(16_000, 1, "s16le")}


def test_the_level_is_shown_while_the_microphone_is_on(desk: Callable[..., Page]) -> None:
    page = desk()
    meter = page.get_by_role("meter", name="Microphone level")
    expect(meter).to_have_attribute("aria-valuenow", "0")
    turn_on(page)
    page.wait_for_function("() => Number(document.querySelector('#level').ariaValueNow) > 30")
    page.get_by_role("button", name="Turn off the microphone").click()
    expect(meter).to_have_attribute("aria-valuenow", "0")


def test_nothing_goes_out_while_the_session_is_paused(desk: Callable[..., Page]) -> None:
    page = desk()
    turn_on(page)
    page.wait_for_function("() => window.sent.some(({ action }) => action === 'sendAudio')")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#held")).to_contain_text("Paused")
    before = page.evaluate("window.sent.length")
    page.wait_for_function("(at) => performance.now() > at", arg=page.evaluate("performance.now() + 600"))
    assert [each["action"] for each in page.evaluate("window.sent")[before:]] == []
    page.get_by_role("button", name="Resume").click()
    page.wait_for_function(f"() => window.sent.length > {before} + 2")


def test_a_language_that_is_not_recognised_is_told_and_typed_instead(desk: Callable[..., Page]) -> None:
    page = desk("es", "delete window.webkitSpeechRecognition; delete window.SpeechRecognition;")
    expect(page.get_by_role("button", name="Turn on the microphone")).to_be_disabled()
    expect(page.locator("#mic-note")).to_contain_text("Type what is said instead")


def test_the_browsers_own_recognition_speaks_where_the_services_does_not(
    desk: Callable[..., Page], opens: Opens
) -> None:
    page = desk("es", OTHER_RECOGNISER)
    listener = opens(link_of(page))
    listener.get_by_role("button", name="Català").click()
    expect(listener.locator("#state")).to_have_text("Live")
    turn_on(page)
    hear = """([text, isFinal]) => {
      const result = Object.assign([{ transcript: text, confidence: 0.9 }], { isFinal });
      window.recogniser.onresult({ resultIndex: 0, results: [result] });
    }"""
    page.evaluate(hear, ["Buenas", False])
    expect(page.locator("#sent .partial .words")).to_have_text("Buenas")
    page.evaluate(hear, ["Buenas noches", True])
    expect(listener.locator(".caption")).to_contain_text("Bona nit")
    expect(page.locator("#sent .words")).to_have_text(["Buenas noches"])
    page.evaluate("window.recogniser.onerror({ error: 'network' })")
    expect(page.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()
    expect(page.get_by_role("button", name="Turn on the microphone")).to_be_visible()


def test_a_microphone_that_is_not_allowed_is_told_in_words(desk: Callable[..., Page]) -> None:
    page = desk(
        script="navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };"
    )
    page.get_by_role("button", name="Turn on the microphone").click()
    expect(page.get_by_role("alert").filter(has_text="may not use the microphone")).to_be_visible()
    expect(page.get_by_role("button", name="Turn on the microphone")).to_be_enabled()


METER = """async (cases) => {
  const { Meter } = await import("/static/meter.js");
  return cases.map((levels) => {
    let now = 0;
    const meter = new Meter(() => now);
    document.querySelector("#level-hint").textContent = "";
    return levels.map(([decibels, clipped, seconds]) => {
      for (let tick = 0; tick < 20 * seconds; tick += 1) {
        now += 50;
        meter.level({ rms: 10 ** (decibels / 20), peak: clipped ? 1 : 0.1, clipped });
      }
      return document.querySelector("#level-hint").textContent.split(/[.:]/)[0];
    });
  });
}"""

HINTS = [
    ([[-25, 0, 6]], [""]),
    ([[-45, 0, 4]], [""]),
    ([[-45, 0, 6]], ["Very quiet"]),
    ([[-80, 0, 6]], ["Nothing is heard"]),
    ([[-10, 0.02, 1], [-25, 0, 5]], ["Too loud", ""]),
    ([[-10, 0.01, 1]], [""]),
]
"""Levels as decibels, share of clipped samples and seconds, and the hints after each."""


def test_too_quiet_and_too_loud_are_told_when_they_last(desk: Callable[..., Page]) -> None:
    said = desk().evaluate(METER, [levels for levels, _ in HINTS])
    assert said == [hints for _, hints in HINTS]
