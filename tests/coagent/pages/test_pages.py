"""The pages as people use them, on the real service and in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from coagent.pages import NAMES
from playwright.sync_api import Dialog, Page, expect

from tests.coagent.pages.conftest import READY, Enters, sign_in
from tests.services.chromium import Opens, findings, wide

# One browser and one service are enough.
pytestmark = pytest.mark.xdist_group("coagent pages")

SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def opens_page(page: Page, path: str) -> None:
    page.goto(urlsplit(page.url)._replace(path=path).geturl())
    page.locator(READY).wait_for()


def test_the_door_lets_samples_in_and_the_dashboard_shows_everything(opens: Opens) -> None:
    page = opens("/library", wait="#view h1")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_role("button", name="Mira Lindqvist").click()
    expect(page.get_by_role("heading", name="Hello, Mira Lindqvist")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(4)
    expect(page.locator(".review")).to_have_count(3)
    ticks = page.locator(".tasks input:not(:checked)")
    open_before = ticks.count()
    # Ticked, it is drawn anew: who looks whether it is ticked now would find, and tick, the next one.
    ticks.first.click()
    expect(page.get_by_role("status").filter(has_text="Done.")).to_be_visible()
    page.reload()
    page.locator(READY).wait_for()
    expect(page.locator(".tasks input:not(:checked)")).to_have_count(open_before - 1)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(urlsplit(page.url)._replace(path="/account").geturl())
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def rival(page: Page, agency: str, reviews: str) -> None:
    page.get_by_label("Agency").fill(agency)
    page.get_by_label("Reviews", exact=True).fill(reviews)
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()


def test_who_was_slower_sees_both_versions_and_keeps_takes_or_mixes(enters: Enters) -> None:
    mine = enters("conflict", "/competitors")
    mine.get_by_role("button", name="Add", exact=True).click()
    mine.get_by_label("Name").fill("Bo")
    rival(mine, "Bo & Co", "3")
    theirs = enters("conflict", "/competitors")
    versions = mine.get_by_role("dialog", name="Two versions of this")
    for action, agency, reviews in (
        ("Keep mine", "Mine 1", "11"),
        ("Take theirs", "Theirs 2", "22"),
        ("Save what is marked", "Mine 3", "23"),
    ):
        number = agency[-1]
        mine.get_by_role("button", name="Edit Bo").click()
        opens_page(theirs, "/competitors")
        theirs.get_by_role("button", name="Edit Bo").click()
        rival(theirs, f"Theirs {number}" if number != "3" else "Mine 2b", f"2{number}")
        expect(theirs.get_by_role("dialog")).to_have_count(0)
        rival(mine, f"Mine {number}", f"1{number}")
        expect(versions).to_be_visible()
        expect(versions.get_by_text("changed by both")).to_have_count(2)
        if number == "3":
            versions.get_by_role("group", name="Reviews").get_by_label("Theirs").check()
        versions.get_by_role("button", name=action).click()
        expect(mine.get_by_role("dialog")).to_have_count(0)
        row = mine.locator("tbody tr")
        expect(row).to_contain_text(agency)
        expect(row.locator('td[data-label="Reviews"]')).to_have_text(reviews)


def test_what_others_changed_in_other_fields_is_kept_beside_mine(enters: Enters) -> None:
    mine = enters("merging", "/profile")
    mine.get_by_label("Name", exact=True).fill("Ada")
    mine.get_by_role("button", name="Save", exact=True).click()
    expect(mine.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    theirs = enters("merging", "/profile")
    theirs.get_by_label("Phone").fill("555 1")
    theirs.get_by_role("button", name="Save", exact=True).click()
    expect(theirs.get_by_text("20%")).to_be_visible()
    mine.get_by_label("Agency").fill("Ada & Co")
    mine.get_by_role("button", name="Save", exact=True).click()
    versions = mine.get_by_role("dialog", name="Two versions of this")
    expect(versions.get_by_text("changed elsewhere", exact=True)).to_be_visible()
    expect(versions.get_by_text("changed by you")).to_be_visible()
    assert findings(mine) == []
    versions.get_by_role("button", name="Save what is marked").click()
    expect(mine.get_by_label("Phone")).to_have_value("555 1")
    expect(mine.get_by_label("Agency")).to_have_value("Ada & Co")
    expect(mine.get_by_text("30%")).to_be_visible()


def write(page: Page, name: str, text: str) -> None:
    page.get_by_role("button", name="New text").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Text", exact=False).last.fill(text)
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()


def test_texts_are_written_dragged_into_a_project_and_stay_when_it_goes(enters: Enters) -> None:
    page = enters("mover", "/library")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name").fill("Spring")
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="All", exact=True).click()
    write(page, "One", "text")
    write(page, "Two", "text")
    cards = page.locator(".content")
    expect(cards).to_have_count(2)
    cards.filter(has_text="One").drag_to(page.locator(".projects li").filter(has_text="Spring"))
    expect(page.get_by_label("Project of One").locator("option:checked")).to_have_text("Spring")
    page.get_by_label("Project of Two").select_option("Spring")
    expect(page.get_by_label("Project of Two").locator("option:checked")).to_have_text("Spring")
    page.locator(".projects").get_by_role("button", name="Spring").click()
    expect(cards).to_have_count(2)
    page.locator(".projects").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted; 2 texts moved.")).to_be_visible()
    expect(cards).to_have_count(2)
    page.get_by_role("button", name="Open Two").click()
    page.get_by_label("Text", exact=False).last.fill("x" * 358_401)
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("350 are the most. Split it.")).to_be_visible()


def test_what_users_write_is_text_and_never_runs(enters: Enters) -> None:
    page = enters(f"x{SCRIPT[:30]}", "/library")
    dialogs: list[str] = []

    def heard(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", heard)
    expect(page.locator("#user")).to_have_text(f"x{SCRIPT[:30]}")
    write(page, SCRIPT, SCRIPT)
    expect(page.locator(".content h2")).to_have_text(SCRIPT)
    expect(page.locator(".content .start")).to_have_text(SCRIPT)
    opens_page(page, "/reports")
    page.get_by_role("button", name="New report").click()
    page.get_by_label("Topic").fill(SCRIPT)
    page.get_by_role("textbox", name="Report").fill(
        f"# {SCRIPT}\n\n**{SCRIPT}** [bad](javascript:alert(3)) [good](https://example.org)"
    )
    page.get_by_label("Sources").fill("javascript:alert(4)")
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    page.locator("summary").click()
    expect(page.locator(".prose h3")).to_have_text(SCRIPT)
    assert page.locator(".prose a, details a").evaluate_all("each => each.map(({href}) => href)") == [
        "https://example.org/"
    ]
    opens_page(page, "/activity")
    expect(page.locator(".feed")).to_contain_text(SCRIPT)
    assert page.locator("main script, main img").count() == 0
    assert dialogs == []


def test_a_copy_is_taken_along_and_then_the_account_goes(enters: Enters, tmp_path: Path) -> None:
    page = enters("leaver", "/library")
    write(page, "One", "text")
    expect(page.locator(".content")).to_have_count(1)
    opens_page(page, "/account")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    download.value.save_as(tmp_path / "copy")
    lines = [json.loads(line) for line in (tmp_path / "copy").read_text().splitlines()]
    assert sorted(line.get("kind", "") for line in lines) == ["", "SavedContent", "UserProfile"]
    assert lines[-1] == {"end": True, "items": 2}
    page.get_by_role("button", name="Delete account").click()
    page.get_by_label("Write leaver to confirm").fill("leave")
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Write leaver to confirm").fill("leaver")
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_text("All 2 items are deleted. You are signed out.")).to_be_visible()
    opens_page(page, "/sign-in")
    page.get_by_label("User").fill("leaver")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("is needed, because there is no user of this name yet")).to_be_visible()
    sign_in(page, "leaver")
    opens_page(page, "/library")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_is_wrong_with_any_page_at_any_width(enters: Enters, width: int) -> None:
    page = enters("june", "/", width=width)
    for name in NAMES:
        if name == "sign-in":
            continue
        opens_page(page, f"/{name}")
        assert wide(page) <= width, name
        assert width != 1280 or findings(page) == [], name


def test_the_whole_of_it_is_used_by_keyboard_on_a_phone(enters: Enters) -> None:
    page = enters("june", "/training", width=390)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "view"
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Plans")).to_be_visible()
    page.get_by_role("link", name="Plans").press("Enter")
    page.locator(READY).wait_for()
    page.get_by_role("button", name="New plan").press("Enter")
    page.keyboard.type("Call | Because | Phone | /account")
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.locator(".tasks li").first).to_contain_text("Call")
    page.locator(".tasks input").first.press("Space")
    expect(page.locator(".done").first).to_have_text("Call")
