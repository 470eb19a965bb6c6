"""Staying in a session: connections that break, grow old, or fall asleep, on the real service."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.live_translation.pages.conftest import CODE, address_of, link_of, says, serve
from tests.services.chromium import Opens

Joins = Callable[[str], Page]


class Cable:
    """A TCP connection to the service that can be cut: neither side hears a goodbye."""

    def __init__(self, address: str) -> None:
        host, _, port = address.removeprefix("http://").partition(":")
        self._far = (host, int(port))
        self._sockets: list[socket.socket] = []
        self._near = socket.create_server((host, 0))
        self.address = f"http://{host}:{self._near.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Reset everything that goes through; what comes after goes through again."""
        cut, self._sockets = self._sockets, []
        for each in cut:
            with suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                each.shutdown(socket.SHUT_RD)
                each.close()

    def close(self) -> None:
        self._near.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._near.accept()
                far = socket.create_connection(self._far)
                self._sockets += [near, far]
                threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
            back.start()
            self._pump(near, far)
            back.join()

    @staticmethod
    def _pump(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


@pytest.fixture
def cable(address: str) -> Iterator[Cable]:
    cable = Cable(address)
    yield cable
    cable.close()


class Between:
    """Stands between a page and the service: everything passes, and the page may hear more than the service says."""

    def __init__(self, page: Page) -> None:
        self.lines: list[WebSocketRoute] = []
        self.heard: list[str] = []
        page.route_web_socket("**/ws?*", self._connect)

    def _connect(self, line: WebSocketRoute) -> None:
        self.lines.append(line)
        server = line.connect_to_server()

        def hear(message: str | bytes) -> None:
            self.heard.append(json.loads(message)["type"])
            line.send(message)

        server.on_message(hear)

    def awaits(self, kind: str, page: Page) -> None:
        """Lets the browser's events through until the service has said this."""
        for _ in range(300):
            if kind in self.heard:
                return
            page.wait_for_timeout(50)
        pytest.fail(f"the service never said {kind}")

    def tell(self, message: dict[str, object]) -> None:
        self.lines[-1].send(json.dumps(message))


@pytest.fixture
def interposed(opens: Opens) -> Callable[[str], tuple[Page, Between]]:
    def open_page(path: str) -> tuple[Page, Between]:
        found: list[Between] = []
        return opens(path, before=lambda page: found.append(Between(page))), found[0]

    return open_page


Interposed = Callable[[str], tuple[Page, Between]]


def starts(page: Page) -> None:
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#session")).to_have_text(CODE)


def through(cable: Cable, speaker: Page) -> str:
    return f"{cable.address}/listener?session={speaker.locator('#session').inner_text()}"


def beside(speaker: Page) -> str:
    """The way in that does not go through the cable."""
    return f"/listener?session={speaker.locator('#session').inner_text()}"


def listens(page: Page, language: str = "Italiano") -> None:
    page.get_by_role("button", name=language).click()
    expect(page.locator("#state")).to_have_text("Live")


def test_a_listener_comes_back_alone_and_is_told_what_it_missed(opens: Opens, cable: Cable, speaker: Page) -> None:
    page = opens(through(cable, speaker))
    listens(page)
    says(speaker, "Uno.", "Dos.")
    expect(page.locator(".caption")).to_have_count(2)
    cable.cut()
    expect(page.locator("#state")).to_contain_text("Connection lost · trying again")
    says(speaker, "Tres.")
    expect(page.locator("#state")).to_have_text("Live")
    says(speaker, "Cuatro.")
    expect(page.locator(".caption")).to_have_count(3)
    expect(page.locator(".note")).to_have_text("The connection was away. 1 caption is missing here.")


def test_nothing_is_said_to_be_missing_when_nothing_is(opens: Opens, cable: Cable, speaker: Page) -> None:
    page = opens(through(cable, speaker))
    listens(page)
    says(speaker, "Uno.")
    expect(page.locator(".caption")).to_have_count(1)
    cable.cut()
    expect(page.locator("#state")).to_contain_text("Connection lost")
    expect(page.locator("#state")).to_have_text("Live")
    says(speaker, "Dos.")
    expect(page.locator(".caption")).to_have_count(2)
    expect(page.locator(".note")).to_have_count(0)


def test_a_listener_whose_socket_is_old_takes_a_new_one_and_misses_nothing(
    interposed: Interposed, speaker: Page
) -> None:
    page, between = interposed(link_of(speaker))
    listens(page)
    says(speaker, "Uno.")
    between.tell({"type": "connectionRefreshRequired", "role": "listener"})
    for number in ("Dos.", "Tres.", "Cuatro."):
        says(speaker, number)
    expect(page.locator(".caption")).to_have_count(4)
    assert len(between.lines) == 2
    assert "connectionRefreshComplete" in between.heard
    expect(page.locator("#state")).to_have_text("Live")
    expect(page.locator(".note")).to_have_count(0)
    expect(speaker.locator("#count")).to_have_text("1")
    says(speaker, "Cinco.")
    expect(page.locator(".caption")).to_have_count(5)


def test_a_caption_that_comes_twice_is_shown_once(interposed: Interposed, speaker: Page) -> None:
    page, between = interposed(link_of(speaker))
    listens(page)
    says(speaker, "Uno.")
    expect(page.locator(".caption")).to_have_count(1)
    caption = {"type": "caption", "targetLanguage": "it", "confidence": None, "segmentId": "x"}
    between.tell({**caption, "sequenceNumber": 1, "text": "Uno."})
    between.tell({**caption, "sequenceNumber": 3, "text": "Tre."})
    between.tell({**caption, "sequenceNumber": 2, "text": "Due."})
    expect(page.locator(".caption")).to_have_text(["Uno.", "Due.", "Tre."])


def test_a_speaker_whose_connection_breaks_goes_on_with_the_same_session(opens: Opens, cable: Cable) -> None:
    page = opens(f"{cable.address}/speaker")
    starts(page)
    code = page.locator("#session").inner_text()
    listener = opens(beside(page))
    listens(listener)
    cable.cut()
    expect(page.locator("#state")).to_contain_text("Connection lost · trying again")
    expect(page.locator("#state")).to_have_text("Live")
    says(page, "Uno.")
    expect(listener.locator(".caption")).to_have_count(1)
    assert page.locator("#session").inner_text() == code


def test_what_is_typed_while_the_connection_is_away_goes_out_once_when_it_is_back(opens: Opens, cable: Cable) -> None:
    page = opens(f"{cable.address}/speaker")
    starts(page)
    listener = opens(beside(page))
    listens(listener)
    cable.cut()
    expect(page.locator("#state")).to_contain_text("Connection lost")
    page.locator("#text").fill("Uno. Dos.")
    page.locator("#text").press("Enter")
    expect(listener.locator(".caption")).to_have_count(2)
    expect(page.locator("#sent .result").first).to_contain_text("Italian")


def test_a_speaker_whose_socket_is_old_takes_a_new_one_without_losing_the_session(
    interposed: Interposed, opens: Opens
) -> None:
    page, between = interposed("/speaker")
    starts(page)
    listener = opens(link_of(page))
    listens(listener)
    page.get_by_role("button", name="Mute").click()
    expect(listener.locator("#notice")).to_contain_text("microphone is off")
    between.tell({"type": "connectionRefreshRequired", "role": "speaker"})
    between.awaits("stateRestored", page)
    expect(page.locator("#state")).to_have_text("Muted")
    page.get_by_role("button", name="Unmute").click()
    expect(listener.locator("#notice")).to_be_hidden()
    says(page, "Uno.")
    expect(listener.locator(".caption")).to_have_count(1)
    expect(page.locator("#problem")).to_be_hidden()


def test_a_session_that_is_over_when_the_speaker_comes_back_is_told(opens: Opens) -> None:
    lines: list[WebSocketRoute] = []

    def connect(line: WebSocketRoute) -> None:
        lines.append(line)
        if len(lines) == 1:
            line.connect_to_server()
            return
        line.send('{"type": "error", "code": "SESSION_NOT_FOUND", "message": "gone", "details": {"status": 404}}')

    page = opens("/speaker", before=lambda page: page.route_web_socket("**/ws?*", connect))
    starts(page)
    lines[0].close(code=1011)
    expect(page.locator("#summary")).to_contain_text("The connection was lost, and the session ended with it.")


def test_a_tab_that_was_asleep_asks_at_once_whether_its_line_still_lives(opens: Opens, speaker: Page) -> None:
    page = opens("/listener")
    page.clock.install()
    page.get_by_label("Session code").fill(speaker.locator("#session").inner_text())
    with page.expect_websocket() as opened:
        page.get_by_role("button", name="Català").click()
    expect(page.locator("#state")).to_have_text("Live")
    # Timers sleep with the tab; the clock on the wall does not.
    page.clock.set_fixed_time(page.evaluate("Date.now() + 25_000"))
    with opened.value.expect_event("framesent", lambda frame: "heartbeat" in str(frame)):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_listener_changes_language_while_the_line_is_away(opens: Opens, cable: Cable, speaker: Page) -> None:
    page = opens(through(cable, speaker))
    listens(page)
    cable.cut()
    expect(page.locator("#state")).to_contain_text("Connection lost")
    page.get_by_label("Language").select_option("pt")
    expect(page.locator("#state")).to_have_text("Live")
    says(speaker, "Buenas noches.")
    expect(page.locator(".caption")).to_have_attribute("lang", "pt")


def test_a_service_that_is_killed_and_started_again_has_the_same_session_and_no_caption_twice(
    opens: Opens, tmp_path: Path
) -> None:
    with ExitStack() as services:
        first = services.enter_context(serve(tmp_path))
        services.callback(first.kill)
        address = address_of(first)
        page = opens(f"{address}/speaker")
        starts(page)
        listener = opens(link_of(page))
        listens(listener)
        says(page, "Uno.", "Dos.")
        expect(listener.locator(".caption")).to_have_count(2)
        first.kill()
        expect(page.locator("#state")).to_contain_text("trying again")
        expect(listener.locator("#state")).to_contain_text("trying again")
        second = services.enter_context(serve(tmp_path, int(address.rpartition(":")[2])))
        services.callback(second.kill)
        address_of(second)
        expect(page.locator("#state")).to_have_text("Live", timeout=30_000)
        expect(listener.locator("#state")).to_have_text("Live", timeout=30_000)
        says(page, "Tres.")
        expect(listener.locator(".caption")).to_have_count(3)
        expect(listener.locator(".note")).to_have_count(0)
