"""Takes pictures of every page in its states, sizes and themes, on the real service: `python -m
tests.live_translation.pages.screenshots FOLDER` (or with names after it, for some of them only)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.sync_api import Browser, Page, WebSocketRoute, expect, sync_playwright

from tests.live_translation.pages.conftest import serving
from tests.services.chromium import CHROMIUM, FLAGS

PHONE: Final = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2}
SMALL_PHONE: Final = {"viewport": {"width": 320, "height": 620}, "device_scale_factor": 2}
DESK: Final = {"viewport": {"width": 1280, "height": 820}}
ZOOMED: Final = {"viewport": {"width": 640, "height": 410}, "device_scale_factor": 2}
"""A window of 1280 x 820 at 200 %."""

TALK: Final = (
    "Buenas noches y bienvenidos al Observatorio del Monte Claro.",
    "Hablad en voz baja.",
    "Nuestros ojos necesitan media hora para acostumbrarse a la oscuridad.",
    "La primera directora fue Clara Montero, una matemática de Sevilla.",
    "Ella midió la posición de doce mil estrellas, una por una.",
)
LONG: Final = (
    "Otorrinolaringólogos y electroencefalografistas: https://example.org/una/direccion/muy/larga/sin/espacios"
)
ARABIC: Final = "مساء الخير وأهلا بكم في المرصد. تكلموا بصوت منخفض من فضلكم."
CHALLENGING: Final = (LONG, ARABIC, "Hablad en voz baja.")


class Studio:
    """A browser, the service, and a place for the pictures."""

    def __init__(self, browser: Browser, address: str, folder: Path) -> None:
        self._browser = browser
        self._address = address
        self._folder = folder

    def opens(self, path: str, look: dict[str, Any], *, before: Callable[[Page], None] | None = None) -> Page:
        page = self._browser.new_context(locale="it-IT", permissions=["microphone"], **look).new_page()
        if before:
            before(page)
        page.goto(path if path.startswith("http") else self._address + path)
        page.locator("#engine:not(:empty), #board:visible").first.wait_for()
        return page

    def speaker(self, look: dict[str, Any], language: str = "es", way: str = "Text") -> Page:
        page = self.opens("/speaker", look)
        page.get_by_label("You speak").select_option(language)
        page.get_by_role("button", name="Start").click()
        page.locator("#live").wait_for()
        page.locator("#ways").get_by_text(way).click()
        return page

    def listener(self, speaker: Page, look: dict[str, Any], language: str = "Italiano", **more: Any) -> Page:
        page = self.opens(speaker.locator("#link").get_attribute("href") or "", look, **more)
        page.get_by_role("button", name=language).click()
        expect(page.locator("#state")).to_have_text("Live")
        return page

    def says(self, speaker: Page, *sentences: str) -> None:
        for sentence in sentences:
            speaker.locator("#text").fill(sentence)
            speaker.locator("#text").press("Enter")
            expect(speaker.locator("#sent .result").first).not_to_have_text("Sending…")

    def takes(self, name: str, page: Page, *, whole: bool = False) -> None:
        page.wait_for_timeout(400)
        page.screenshot(path=self._folder / f"{name}.png", full_page=whole)


def home(studio: Studio) -> None:
    studio.takes("home", studio.opens("/", DESK))
    studio.takes("home-phone-dark", studio.opens("/", {**PHONE, "color_scheme": "dark"}))


def start(studio: Studio) -> None:
    studio.takes("start", studio.opens("/speaker", DESK))
    studio.takes("start-phone-dark", studio.opens("/speaker", {**PHONE, "color_scheme": "dark"}))


def desk(studio: Studio) -> None:
    speaker = studio.speaker(DESK)
    studio.takes("desk-empty", speaker)
    for language in ("Italiano", "Italiano", "Italiano", "Català", "Português"):
        studio.listener(speaker, PHONE, language)
    studio.says(speaker, *TALK)
    studio.takes("desk", speaker)
    speaker.emulate_media(color_scheme="dark")
    studio.takes("desk-dark", speaker)
    speaker.emulate_media(color_scheme="light")
    speaker.get_by_role("button", name="Pause").click()
    studio.takes("desk-paused", speaker)
    speaker.get_by_role("button", name="Resume").click()
    speaker.get_by_role("button", name="Show the code").click()
    studio.takes("desk-qr", speaker)
    speaker.get_by_role("button", name="Close").click()
    speaker.get_by_role("button", name="End session").click()
    studio.takes("desk-end", speaker)
    speaker.get_by_role("dialog").get_by_role("button", name="End session").click()
    studio.takes("over", speaker)


def microphone(studio: Studio) -> None:
    for name, look in (("", DESK), ("-phone", PHONE), ("-zoomed", ZOOMED)):
        speaker = studio.speaker(look, "en", "Microphone")
        studio.listener(speaker, PHONE, "Español")
        speaker.get_by_role("button", name="Turn on the microphone").click()
        speaker.wait_for_timeout(6_000)
        studio.takes(f"microphone{name}", speaker, whole=bool(name))
        speaker.close()


def reading(studio: Studio) -> None:
    speaker = studio.speaker(DESK)
    looks = {
        "": DESK,
        "-phone": PHONE,
        "-phone-dark": {**PHONE, "color_scheme": "dark"},
        "-small": SMALL_PHONE,
        "-zoomed": ZOOMED,
    }
    pages = {name: studio.listener(speaker, look) for name, look in looks.items()}
    studio.takes("reading-empty-phone", pages["-phone"])
    studio.says(speaker, *TALK)
    for name, page in pages.items():
        studio.takes(f"reading{name}", page)
    phone = pages["-phone"]
    phone.get_by_role("button", name="Read aloud").click()
    phone.locator("#scroll").evaluate("scroll => scroll.scrollTo(0, 0)")
    studio.says(speaker, *TALK)
    studio.takes("reading-aloud-scrolled-phone", phone)
    speaker.get_by_role("button", name="Pause").click()
    studio.takes("reading-paused-phone-dark", pages["-phone-dark"])
    speaker.get_by_role("button", name="Resume").click()
    speaker.get_by_role("button", name="End session").click()
    speaker.get_by_role("dialog").get_by_role("button", name="End session").click()
    expect(pages["-small"].get_by_text("The speaker ended")).to_be_visible()
    studio.takes("reading-ended-small", pages["-small"])


def challenging(studio: Studio) -> None:
    speaker = studio.speaker(DESK)
    phone = studio.listener(speaker, PHONE, "Español")
    small = studio.listener(speaker, {**SMALL_PHONE, "color_scheme": "dark"}, "Español")
    for _ in range(8):
        small.get_by_role("button", name="Larger text").click(force=True)
    studio.says(speaker, *CHALLENGING[:2])
    studio.takes("challenging-phone", phone)
    studio.takes("challenging-largest-small-dark", small)
    studio.takes("challenging-desk", speaker)


def broken(studio: Studio) -> None:
    sockets: list[WebSocketRoute] = []

    def cut(socket: WebSocketRoute) -> None:
        if sockets:
            socket.close(code=1011)
        else:
            socket.connect_to_server()
        sockets.append(socket)

    speaker = studio.speaker(DESK)
    phone = studio.listener(speaker, PHONE, before=lambda page: page.route_web_socket("**/ws?*", cut))
    studio.says(speaker, *TALK)
    sockets[0].close(code=1011)
    phone.wait_for_timeout(2_500)
    studio.takes("broken-phone", phone)
    lost = studio.opens("/listener?session=absent-shepherd-999", PHONE)
    lost.get_by_role("button", name="Català").click()
    lost.get_by_text("There is no session").wait_for()
    studio.takes("entrance-unknown-phone", lost)
    studio.takes("entrance", studio.opens("/listener", DESK))


def board(studio: Studio) -> None:
    speaker = studio.speaker(DESK, way="Sample talk")
    for language in ("Italiano", "Català", "Português"):
        studio.listener(speaker, PHONE, language)
    speaker.get_by_label("Speed").select_option("4")
    speaker.get_by_role("button", name="Play the talk").click()
    page = studio.opens("/operator", DESK)
    page.wait_for_timeout(20_000)
    studio.takes("board", page, whole=True)
    page.emulate_media(color_scheme="dark")
    studio.takes("board-dark", page, whole=True)
    studio.takes("board-phone", studio.opens("/operator", PHONE), whole=True)


SCENES: Final = {each.__name__: each for each in (home, start, desk, microphone, reading, challenging, broken, board)}


@contextmanager
def studio(folder: Path) -> Generator[Studio]:
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place, serving(Path(place)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield Studio(browser, address, folder)
        browser.close()


def main(folder: str, *names: str) -> None:
    with studio(Path(folder)) as made:
        for name in names or SCENES:
            print(name)
            SCENES[name](made)


if __name__ == "__main__":
    main(*sys.argv[1:])
