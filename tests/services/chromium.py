"""A real browser for the tests of pages, and what they ask of any page."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    # Every run of tests loads this module, few open a browser.
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

Opens = Callable[..., "Page"]


# Playwright keeps an event loop running in this thread: other modules' tests must not meet it.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        reason = f"there is no {CHROMIUM}; run scripts/debian.sh tests"
        if os.environ.get("DYNALAYER_REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def _nothing(page: Page) -> None:
    """Most pages need nothing done before they open."""


@contextmanager
def opening(
    browser: Browser, address: str, wait: str, complaint: Callable[[ConsoleMessage], list[str]]
) -> Generator[Opens]:
    """Opens pages, each as a new person; afterwards none may have had an error in its console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str, *, width: int = 1280, wait: str = wait, before: Callable[[Page], None] = _nothing) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 780}, locale="it-IT")
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.extend(complaint(said)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        before(page)
        page.goto(path if path.startswith("http") else address + path)
        page.locator(wait).wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def findings(page: Page) -> list[str]:
    """What axe finds wrong in both themes, contrast included."""
    from axe_playwright_python.sync_playwright import Axe  # pyright: ignore[reportMissingTypeStubs]

    found: list[str] = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        results: dict[str, Any] = Axe().run(page, options=RULES).response
        for violation in results["violations"]:
            found += [f"{theme} {violation['id']}: {node['html'][:120]}" for node in violation["nodes"]]
    return found


def wide(page: Page) -> int:
    """How wide the page is, what must be scrolled sideways for included."""
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width
