from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from live_translation.demo.service import LIFTED_LIMITS
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.services.chromium import Opens, opening

SERVE = (sys.executable, "-c", "from live_translation.cli import main; main()", "serve")

SPEAKERS_LIMITS = {"RATE_LIMIT_SESSIONS_PER_HOUR": "1000", "RATE_LIMIT_TOKENS_PER_MIN": "1000"}

CODE = re.compile(r"^[a-z]+-[a-z]+-[1-9][0-9]{2}$")


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("live")) as address:
        yield address


@contextmanager
def serving(folder: Path) -> Generator[str]:
    """The real service as a process of its own, on a fresh file and a free port; gives its address."""
    with serve(folder) as process:
        try:
            yield address_of(process)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.stdout is not None
            process.stdout.read()
            process.wait(20)


def serve(folder: Path, port: int = 0, **more: str) -> subprocess.Popen[str]:
    """Start the service on a file in this folder, with more environment variables."""
    return subprocess.Popen(
        (*SERVE, "--port", str(port), "--database", f"embedded:{folder / 'live.db'}"),
        env={**os.environ, **LIFTED_LIMITS, **SPEAKERS_LIMITS, **more},
        stdout=subprocess.PIPE,
        text=True,
    )


def address_of(process: subprocess.Popen[str]) -> str:
    """Where a service that has been started listens, once it does."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Speaker:"):
            return line.split()[1].removesuffix("/speaker")
    pytest.fail("the service ended before it said where it listens")


def _complaint(said: ConsoleMessage) -> list[str]:
    # Browsers write a refused request to the console, whatever the page makes of it; some are refused by design, and a
    # service that has been killed refuses all.
    asked = urlsplit(said.location["url"]).path
    if said.type not in ("error", "warning") or asked in ("/auth/token", "/operator/figures"):
        return []
    if "ERR_CONNECTION_REFUSED" in said.text:
        return []
    return [said.text]


@pytest.fixture
def opens(browser: Browser, address: str) -> Iterator[Opens]:
    """Opens a page of the service as a new person; afterwards none may have had an error in its console."""
    with opening(browser, address, "#engine:not(:empty)", _complaint) as opens:
        yield opens


@pytest.fixture
def speaker(opens: Opens) -> Page:
    """Somebody who has started a session in Spanish."""
    page = opens("/speaker")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#session")).to_have_text(CODE)
    return page


@pytest.fixture
def joins(opens: Opens, speaker: Page) -> Callable[[str], Page]:
    """Lets somebody join the speaker's session by its link, in a language given by its own name."""

    def join(language: str) -> Page:
        page = opens(link_of(speaker))
        page.get_by_role("button", name=language).click()
        expect(page.locator("#state")).to_have_text("Live")
        return page

    return join


def link_of(speaker: Page) -> str:
    link = speaker.locator("#link").get_attribute("href")
    assert link is not None
    return link


def says(speaker: Page, *sentences: str) -> None:
    """Types sentences and has each of them answered."""
    for sentence in sentences:
        speaker.locator("#text").fill(sentence)
        speaker.locator("#text").press("Enter")
        expect(speaker.locator("#sent .result").first).not_to_have_text("Sending…")
