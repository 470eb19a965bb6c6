"""Takes pictures of every page in both themes and sizes, on the real service: `python -m
tests.coagent.pages.screenshots FOLDER` (or with names of pages after it)."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from coagent.pages import NAMES
from playwright.sync_api import Browser, Page, sync_playwright

from tests.coagent.pages.conftest import READY, serving, sign_in
from tests.services.chromium import CHROMIUM, FLAGS

LOOKS: Final[dict[str, dict[str, Any]]] = {
    "desk": {"viewport": {"width": 1280, "height": 820}},
    "desk-dark": {"viewport": {"width": 1280, "height": 820}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2},
}


def pictures(browser: Browser, address: str, folder: Path, names: tuple[str, ...]) -> None:
    for look, options in LOOKS.items():
        page = browser.new_context(locale="en-GB", **options).new_page()
        page.goto(f"{address}/sign-in")
        page.locator(READY).wait_for()
        if not names or "sign-in" in names:
            take(page, folder / f"sign-in-{look}.png")
        sign_in(page, "mira")
        for name in names or NAMES:
            if name == "sign-in":
                continue
            page.goto(f"{address}/{name}")
            page.locator(READY).wait_for()
            take(page, folder / f"{name or 'dashboard'}-{look}.png")


def take(page: Page, path: Path) -> None:
    page.wait_for_timeout(200)
    page.screenshot(path=path, full_page=True)


def main(folder: str, *names: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place, serving(Path(place)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        pictures(browser, address, Path(folder), names)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
