"""The operator's page, on the figures of the real service."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.services.chromium import Opens

Joins = Callable[[str], Page]
BUCKET = {
    "sessions": 1,
    "listeners": 5,
    "latencyMs": {"p50": 10.0, "p95": 20.0, "p99": 1500.0},
    "captions": 20,
    "translations": 16,
    "cacheHitRate": 20.0,
    "failures": {"translate": 1, "synthesise": 0, "broadcast": 2, "released": 1},
    "overflowRate": None,
    "cpu": 12.5,
    "memoryMb": 640.0,
}
NOTHING = {**BUCKET, "latencyMs": {"p50": None, "p95": None, "p99": None}, "cacheHitRate": None}


@pytest.fixture
def operator(opens: Opens) -> Page:
    return opens("/operator", wait="#board:visible")


def test_the_figures_of_the_running_service_are_shown(operator: Page, joins: Joins) -> None:
    joins("Català")
    expect(operator.locator("#state")).to_have_text("Live")
    expect(operator.locator("#alarms")).to_contain_text("no alarm is on")
    expect(operator.locator("#tiles .tile").first).to_contain_text("Sessions")
    expect(operator.locator("#tiles .tile").nth(1).locator("dd")).not_to_have_text("0")
    expect(operator.locator(".chart svg path")).not_to_have_count(0)


def test_a_service_that_does_not_answer_is_told_and_comes_back(operator: Page) -> None:
    operator.route("**/operator/figures", lambda route: route.abort())
    expect(operator.locator("#state")).to_contain_text("No answer since")
    operator.unroute("**/operator/figures")
    expect(operator.locator("#state")).to_have_text("Live")


def figures(**more: object) -> dict[str, object]:
    buckets = [
        {"at": 1_000_000 + 5_000 * place, **each} for place, each in enumerate([BUCKET, NOTHING, BUCKET, BUCKET])
    ]
    return {"at": 1_020_000, "window": 60, **BUCKET, "alarms": [], "history": buckets, **more}


@pytest.fixture
def shows(opens: Opens) -> Callable[..., Page]:
    """A page that is given these figures: some states no service gets into within a test."""

    def show(**more: object) -> Page:
        def before(page: Page) -> None:
            page.route("**/operator/figures", lambda route: route.fulfill(json=figures(**more)))

        return opens("/operator", wait="#board:visible", before=before)

    return show


def test_alarms_are_told_in_words(shows: Callable[..., Page]) -> None:
    page = shows(alarms=["Few translations are cached: 12 %, should be at least 30 %", "<b>bad</b>"])
    expect(page.get_by_role("status", name="Alarms")).to_contain_text("2 alarms are on")
    expect(page.get_by_role("status", name="Alarms").get_by_role("listitem")).to_have_text(
        ["Few translations are cached: 12 %, should be at least 30 %", "<b>bad</b>"]
    )


def test_a_line_has_a_gap_where_nothing_was_measured(shows: Callable[..., Page]) -> None:
    path = shows().locator(".chart").nth(1).locator("g.s1 path").get_attribute("d")
    assert path is not None
    assert (path.count("M"), path.count("L")) == (2, 1)


def test_a_chart_tells_its_values_in_words_and_by_the_arrow_keys(shows: Callable[..., Page]) -> None:
    chart = shows().locator(".chart").nth(1)
    picture = chart.get_by_role("img")
    expect(picture).to_have_attribute("aria-label", "From what is said to its caption: p50 10 ms, p95 20 ms, p99 1.5 s")
    picture.focus()
    for _ in range(2):
        picture.press("ArrowLeft")
    expect(chart.locator(".legend")).to_contain_text("p50—")
    expect(chart.locator(".time")).not_to_be_empty()


def test_the_figures_are_a_table_too(shows: Callable[..., Page]) -> None:
    page = shows()
    page.get_by_text("The same figures as a table").click()
    expect(page.locator("tbody tr")).to_have_count(4)
    expect(page.locator("tbody tr").nth(2)).to_contain_text("—")


def test_failures_are_stacked_bars(shows: Callable[..., Page]) -> None:
    bars = shows().locator(".chart").filter(has_text="Failures").locator("rect")
    expect(bars).to_have_count(3 * 4)


def test_a_passcode_is_asked_for_and_kept_for_this_tab(opens: Opens) -> None:
    asked: list[str | None] = []

    def guard(route: Route) -> None:
        asked.append(route.request.headers.get("authorization"))
        route.fulfill(json=figures()) if asked[-1] == "Bearer olive" else route.fulfill(status=401)

    page = opens("/operator", wait="#locked:visible", before=lambda page: page.route("**/operator/figures", guard))
    for passcode in ("grape", "olive"):
        page.get_by_label("Passcode for operators").fill(passcode)
        page.get_by_role("button", name="Show the figures").click()
        if passcode == "grape":
            expect(page.get_by_role("alert").filter(has_text="This is not the passcode")).to_be_visible()
    expect(page.locator("#board")).to_be_visible()
    page.reload()
    expect(page.locator("#board")).to_be_visible()


def test_figures_that_are_closed_to_strangers_say_how_to_open_them(opens: Opens) -> None:
    def refuse(page: Page) -> None:
        page.route("**/operator/figures", lambda route: route.fulfill(status=403))

    page = opens("/operator", wait="#problem:visible", before=refuse)
    expect(page.get_by_role("alert").filter(has_text="OPERATOR_PASSCODE")).to_be_visible()


def test_axes_go_up_in_steps_of_one_two_or_five(shows: Callable[..., Page]) -> None:
    page = shows()
    script = "async (about) => (await import('/static/chart.js')).niceStep(about)"
    assert [page.evaluate(script, about) for about in (0.9, 1, 1.2, 3, 7, 333)] == [1, 1, 2, 5, 10, 500]
