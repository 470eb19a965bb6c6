from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.services.chromium import Opens, opening

COMMAND = (sys.executable, "-c", "from coagent.cli import main; main()")
READY = "[data-ready]"

Enters = Callable[..., Page]


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("coagent")) as address:
        yield address


@contextmanager
def serving(folder: Path) -> Generator[str]:
    """The real service with its sample users, on a fresh file and a free port; gives its address."""
    database = ("--database", f"embedded:{folder / 'coagent.db'}?durability=relaxed")
    subprocess.run((*COMMAND, "seed", *database), check=True, stdout=subprocess.DEVNULL)
    environment = {**os.environ, "COAGENT_SIGN_INS_PER_MINUTE": "1000"}
    with subprocess.Popen(
        (*COMMAND, "serve", "--port", "0", *database), env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[1].removesuffix("/")
        finally:
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
            process.wait(20)


def _complaint(said: ConsoleMessage) -> list[str]:
    # Browsers write every refusal to the console; these are what the page asks to find out.
    asked = urlsplit(said.location["url"]).path
    refused = said.type == "error" and "Failed to load resource" in said.text and asked.startswith("/api/")
    return [] if refused or said.type not in ("error", "warning") else [said.text]


@pytest.fixture
def opens(browser: Browser, address: str) -> Iterator[Opens]:
    with opening(browser, address, READY, _complaint) as opens:
        yield opens


@pytest.fixture
def enters(opens: Opens) -> Enters:
    """Signs somebody in and opens a page."""

    def enter(user: str, path: str = "/", *, width: int = 1280) -> Page:
        page = opens("/sign-in", width=width)
        sign_in(page, user)
        page.goto(urlsplit(page.url)._replace(path=path).geturl())
        page.locator(READY).wait_for()
        return page

    return enter


def sign_in(page: Page, user: str) -> None:
    page.get_by_label("User").fill(user)
    page.get_by_label("E-mail").fill("someone@example.org")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("#user:not(:empty)").wait_for(state="attached")
