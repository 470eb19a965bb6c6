"""Captions spoken aloud: the service's sound through the page's loudspeaker, or the browser's own voice."""

from __future__ import annotations

import base64
import os
import shutil
import struct
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.live_translation.pages.conftest import link_of, says
from tests.services.chromium import Opens

spoken = pytest.mark.skipif(
    shutil.which("espeak-ng") is None and os.environ.get("DYNALAYER_REQUIRE_SERVICES") != "1",
    reason="there is no espeak-ng; run scripts/debian.sh tests",
)
EAR = """
window.played = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when) {
  window.played.push({ when, seconds: this.buffer.duration, loudest: Math.max(...this.buffer.getChannelData(0)) });
  return start.call(this, when);
};
"""
VOICE = """
window.spoken = [];
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
const voice = { name: "Alba", lang: "ca-ES", localService: true };
const synthesis = {
  getVoices: () => [voice], addEventListener() {}, pause() {}, resume() {}, cancel() {},
  speak(said) { window.spoken.push([said.text, said.lang]); setTimeout(() => said.onend()); },
};
Object.defineProperty(window, "speechSynthesis", { value: synthesis });
"""


@pytest.fixture
def hears(opens: Opens, speaker: Page) -> Callable[[str, str], Page]:
    """Somebody who joins by the link and has it read aloud; `script` runs before the page does."""

    def join(language: str, script: str) -> Page:
        page = opens(link_of(speaker), before=lambda page: page.add_init_script(script))
        page.get_by_role("button", name=language).click()
        expect(page.locator("#state")).to_have_text("Live")
        page.get_by_role("button", name="Read aloud").click()
        expect(page.get_by_role("button", name="Read aloud")).to_have_attribute("aria-pressed", "true")
        return page

    return join


@spoken
def test_the_services_voice_is_heard_piece_after_piece_without_gaps(
    speaker: Page, hears: Callable[[str, str], Page]
) -> None:
    page = hears("Italiano", EAR)
    expect(page.locator("#voice")).to_contain_text("Spoken by espeak-ng")
    says(speaker, "Buenas noches y bienvenidos al Observatorio del Monte Claro.")
    page.wait_for_function("() => window.played.reduce((sum, { seconds }) => sum + seconds, 0) > 1.5")
    played = page.evaluate("window.played")
    assert max(each["loudest"] for each in played) > 0.05
    for before, after in pairwise(played):
        assert after["when"] >= before["when"] + before["seconds"] - 1e-6


@spoken
def test_a_paused_voice_goes_on_where_it_was_and_off_is_silence(
    speaker: Page, hears: Callable[[str, str], Page]
) -> None:
    page = hears("Italiano", EAR)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#voice")).to_contain_text("The voice is paused")
    says(speaker, "Hablad en voz baja.")
    expect(page.locator(".caption")).to_have_count(1)
    assert page.evaluate("window.played.length") == 0
    page.get_by_role("button", name="Resume").click()
    page.wait_for_function("() => window.played.length > 0")
    page.get_by_role("button", name="Read aloud").click()
    expect(page.locator("#voice")).to_be_hidden()
    said = page.evaluate("window.played.length")
    says(speaker, "Buenas noches.")
    expect(page.locator(".caption")).to_have_count(2)
    assert page.evaluate("window.played.length") == said


@spoken
def test_who_wanted_to_hear_the_last_time_hears_at_once(speaker: Page, hears: Callable[[str, str], Page]) -> None:
    page = hears("Italiano", EAR)
    page.reload()
    page.get_by_role("button", name="Italiano").click()
    expect(page.locator("#voice")).to_contain_text("Spoken by")
    says(speaker, "Hablad en voz baja.")
    page.wait_for_function("() => window.played.length > 0")


def test_where_the_service_has_no_voice_the_browsers_own_reads(opens: Opens, speaker: Page) -> None:
    def before(page: Page) -> None:
        page.add_init_script(VOICE)
        page.route_web_socket("**/ws?*", without_sound)

    page = opens(link_of(speaker), before=before)
    page.get_by_role("button", name="Català").click()
    page.get_by_role("button", name="Read aloud").click()
    expect(page.locator("#voice")).to_contain_text("Spoken by this browser, with the voice Alba.")
    says(speaker, "Buenas noches.")
    page.wait_for_function("() => window.spoken.length === 1")
    assert page.evaluate("window.spoken") == [["Bona nit.", "ca-ES"]]
    page.get_by_label("Language").select_option("pt")
    expect(page.locator("#voice")).to_contain_text("There is no voice for Portuguese")


def without_sound(line: WebSocketRoute) -> None:
    """The real service, but for its sound: as where no engine for it is installed."""
    server = line.connect_to_server()

    def hear(message: str | bytes) -> None:
        if '"type":"audio"' not in str(message):
            line.send(str(message).replace('"audio":true', '"audio":false'))

    server.on_message(hear)


def pcm(*samples: int) -> str:
    return base64.b64encode(struct.pack(f"<{len(samples)}h", *samples)).decode()


@pytest.fixture(scope="module")
def blank(browser: Browser, address: str) -> Page:
    page = browser.new_page()
    page.goto(f"{address}/static/icon.svg")
    return page


QUEUE = """async (pieces) => {
  const { SoundQueue } = await import("/static/sound-queue.js");
  const queue = new SoundQueue();
  const taken = pieces.map(([sequenceNumber, chunkIndex, seconds]) =>
    queue.push({ sequenceNumber, chunkIndex, seconds }));
  const waiting = queue.seconds;
  const given = [];
  for (let piece = queue.next(); piece; piece = queue.next()) given.push([piece.sequenceNumber, piece.chunkIndex]);
  return { taken, waiting, given, dropped: queue.dropped };
}"""


def test_sound_is_played_by_number_and_each_piece_once(blank: Page) -> None:
    result = blank.evaluate(QUEUE, [[1, 1, 1], [1, 0, 1], [2, 0, 1], [1, 1, 1]])
    assert result["given"] == [[1, 0], [1, 1], [2, 0]]
    assert result["taken"] == [True, True, True, False]


def test_ten_seconds_wait_and_not_more_the_oldest_go_first(blank: Page) -> None:
    exactly = blank.evaluate(QUEUE, [[number, 0, 1] for number in range(1, 11)])
    assert (exactly["waiting"], exactly["dropped"]) == (10, 0)
    more = blank.evaluate(QUEUE, [[number, 0, 1] for number in range(1, 12)])
    assert (more["waiting"], more["dropped"], more["given"][0]) == (10, 1, [2, 0])


def test_what_comes_after_its_turn_is_not_played(blank: Page) -> None:
    late = blank.evaluate(QUEUE, [[5, 0, 6], [6, 0, 6], [4, 0, 1]])
    assert late["taken"] == [True, True, False]


def test_samples_are_read_as_little_endian(blank: Page) -> None:
    script = "async (text) => Array.from((await import('/static/loudspeaker.js')).pcm(text))"
    assert blank.evaluate(script, pcm(0, 16_384, -32_768)) == [0, 0.5, -1]
