"""No argument of any operation of one user's workspace reaches a partition of another user."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from coagent.entities import (
    AuditResult,
    AuditStatus,
    Competitor,
    MarketingPlan,
    OAuthToken,
    PlanTask,
    RealEstateAgentProfile,
    Review,
    SavedContent,
    Sentiment,
    Source,
    UserProfile,
)
from coagent.tables import TABLES
from coagent.workspace import Refreshed, Refused, Token, Workspace, Workspaces
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import AsyncDatabase, ConditionFailed, InvalidValue
from dynalayer.sealing import Secret
from dynalayer.testing import AsyncFaults, FrozenClock, fresh_async_database
from tests.coagent.conftest import SEALER
from tests.coagent.strategies import ids

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = [PlanTask("a", "b", "c")]


async def renew(token: Token) -> Refreshed:
    return Refreshed(Secret("new"), 9_999_999_999_999)


async def everything(listing: Any) -> None:
    await listing.page(1)
    await listing.all()


Operation = Callable[[Workspace, str, str], Awaitable[Any]]
OPERATIONS: dict[str, Operation] = {
    "account": lambda of, a, b: of.account.get(),
    "account changed": lambda of, a, b: of.account.change(UserProfile.display_name.set(a)),
    "photo": lambda of, a, b: of.account.set_photo("https://example.org/a"),
    "agent": lambda of, a, b: of.agent.save(RealEstateAgentProfile.name.set(a)),
    "agent read": lambda of, a, b: of.agent.get(),
    "reviews": lambda of, a, b: everything(of.reviews.newest_first()),
    "review kept": lambda of, a, b: of.reviews.add(
        author=b, source=Source.yelp, rating=Decimal(1), comment=b, date=MOMENT, review_id=a
    ),
    "review read": lambda of, a, b: of.reviews.get(a),
    "review deleted": lambda of, a, b: of.reviews.delete(a),
    "analysis": lambda of, a, b: of.analysis.save(sentiment=Sentiment.mixed, summary=a),
    "audit": lambda of, a, b: of.audits.save([AuditResult(a, AuditStatus.consistent)], keep=True),
    "audits": lambda of, a, b: everything(of.audits.history()),
    "competitor added": lambda of, a, b: of.competitors.add(
        name=a, agency=a, review_count=1, avg_rating=Decimal(1), social_followers=1, domain_authority=Decimal(1),
        competitor_id=b,
    ),
    "competitor changed": lambda of, a, b: of.competitors.change(a, Competitor.name.set(b)),
    "competitor read": lambda of, a, b: of.competitors.get(a),
    "competitor deleted": lambda of, a, b: of.competitors.delete(a),
    "competitors": lambda of, a, b: everything(of.competitors.most_reviewed_first()),
    "report kept": lambda of, a, b: of.reports.add(topic=a, report=b, report_id=a),
    "report read": lambda of, a, b: of.reports.get(a),
    "report deleted": lambda of, a, b: of.reports.delete(a),
    "reports": lambda of, a, b: everything(of.reports.newest_first()),
    "plan kept": lambda of, a, b: of.plans.add(STEPS, plan_id=a),
    "plan changed": lambda of, a, b: of.plans.change(a, MarketingPlan.name.set(b)),
    "plan ticked": lambda of, a, b: of.plans.tick(a, 0, True, revision=1),
    "plan deleted": lambda of, a, b: of.plans.delete(a),
    "newest plan": lambda of, a, b: of.plans.latest(),
    "training": lambda of, a, b: of.training.set(a, True),
    "training counted": lambda of, a, b: of.training.count(),
    "project made": lambda of, a, b: of.projects.add(b, project_id=a),
    "project read": lambda of, a, b: of.projects.get(a),
    "project renamed": lambda of, a, b: of.projects.rename(a, b),
    "project deleted": lambda of, a, b: of.projects.delete(a),
    "projects": lambda of, a, b: everything(of.projects.newest_first()),
    "content kept": lambda of, a, b: of.contents.add(content_type=a, content=b, content_id=a, project_id=b),
    "content kept alone": lambda of, a, b: of.contents.add(content_type=a, content=b, content_id=a),
    "content moved": lambda of, a, b: of.contents.move(a, b),
    "content taken out": lambda of, a, b: of.contents.move(a, None),
    "content renamed": lambda of, a, b: of.contents.rename(a, b),
    "content replaced": lambda of, a, b: of.contents.replace(a, b),
    "content edited": lambda of, a, b: of.contents.edit(a, name=b),
    "content deleted": lambda of, a, b: of.contents.delete(a),
    "contents": lambda of, a, b: everything(of.contents.newest_first()),
    "contents of a project": lambda of, a, b: everything(of.contents.of_project(a)),
    "contents of none": lambda of, a, b: everything(of.contents.of_no_project()),
    "token stored": lambda of, a, b: of.tokens.store(
        access_token=Secret(a), refresh_token=Secret(b), expiry_date=0, provider=a
    ),
    "token changed": lambda of, a, b: of.tokens.change(a, scope=b),
    "token renewed": lambda of, a, b: of.tokens.valid(renew, a),
    "token forgotten": lambda of, a, b: of.tokens.forget(a),
    "tokens": lambda of, a, b: everything(of.tokens.all()),
    "dashboard": lambda of, a, b: of.dashboard(),
    "activity": lambda of, a, b: of.activity(2),
    "adopted": lambda of, a, b: of.adopt(),
    "counted": lambda of, a, b: of.count_everything(),
    "everything deleted": lambda of, a, b: of.delete_everything(),
}  # fmt: skip
"""Every operation, with two texts that somebody else may have chosen."""


def test_every_operation_of_a_workspace_is_here() -> None:
    """So that a new part of a workspace is not forgotten: its parts are counted."""
    of = Workspaces(AsyncDatabase("memory:")).of("ada")
    parts = {name for name in vars(of) if not name.startswith("_")} - {"user_id"}
    assert parts == {
        "account", "agent", "reviews", "analysis", "audits", "competitors", "reports", "projects", "contents", "plans",
        "training", "tokens",
    }  # fmt: skip


def partitions_of(call: Any) -> Iterator[tuple[str, str]]:
    """Every partition that a request names: of the table, and of an index."""
    request = json.loads(call.body)
    for statement in [request, *(each for outer in request.get("TransactItems", []) for each in outer.values())]:
        for holder in (statement.get("Key", {}), statement.get("Item", {})):
            yield from ((name, holder[name]["S"]) for name in ("PK", "GSI1PK", "GSI2PK") if name in holder)
        if "KeyConditionExpression" in statement:
            name, value = re.match(r"(#\w+) = (:\w+)", statement["KeyConditionExpression"]).groups()  # type: ignore[union-attr]
            values = statement["ExpressionAttributeValues"]
            yield statement["ExpressionAttributeNames"][name], values[value]["S"]
    for requests in request.get("RequestItems", {}).values():
        for each in requests if isinstance(requests, list) else requests["Keys"]:
            key = each.get("DeleteRequest", {}).get("Key") or each.get("PutRequest", {}).get("Item") or each
            yield "PK", key["PK"]["S"]


def allowed(user_id: str, name: str, partition: str) -> bool:
    own = SavedContent.key(user_id, "x").wire["PK"]["S"]
    agent = Review.key(user_id, "x").wire["PK"]["S"]
    if name == "PK":
        return partition in {own, agent, OAuthToken.key(user_id, "x").wire["PK"]["S"], "POPULATION#users"}
    if name == "GSI1PK":
        return partition == own or partition.startswith("REVIEW#")  # the reviews with one id, whoever they are of
    projects = SavedContent.of_project(user_id, "x").partition[0]["S"].removesuffix("x")
    return partition == agent or partition.startswith((projects, "USERS#"))


async def attempt(user_id: str, names: list[str], texts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    clock = FrozenClock()
    async with fresh_async_database(*TABLES, clock=clock) as inner:
        calls = AsyncFaults(inner.connection)
        database = AsyncDatabase(calls, clock=clock, sleep=clock.async_sleep)
        of = Workspaces(database, clock=clock, sleep=clock.async_sleep, sealer=SEALER).of(user_id)
        for name, (first, second) in zip(names, texts, strict=True):
            with suppress(Refused, InvalidValue, ConditionFailed):
                await OPERATIONS[name](of, first, second)
        assert not [call for call in calls.calls if call.operation == "Scan"]
        return [found for call in calls.calls for found in partitions_of(call)]


@settings(max_examples=120, deadline=None)
@given(
    st.tuples(ids, ids).filter(lambda users: users[0] != users[1]),
    st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), ids, ids), min_size=1, max_size=6),
)
def test_no_argument_leads_to_a_partition_of_another_user(
    users: tuple[str, str], steps: list[tuple[str, str, str]]
) -> None:
    mine, other = users
    found = asyncio.run(attempt(mine, [name for name, _, _ in steps], [(a, b) for _, a, b in steps]))
    assert all(allowed(mine, name, partition) for name, partition in found)
    theirs = [(name, partition) for name, partition in found if allowed(other, name, partition)]
    shared = [
        (name, partition)
        for name, partition in theirs
        if (name, partition.partition("#")[0]) not in {("GSI1PK", "REVIEW"), ("GSI2PK", "USERS"), ("PK", "POPULATION")}
    ]
    assert shared == []


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_each_operation_stays_in_its_users_partitions(name: str) -> None:
    hostile = "ada#PROJECT#USER#eve"
    found = asyncio.run(attempt("ada", ["content kept alone", "project made", name], [(hostile, "USER#eve")] * 3))
    assert found
    assert all(allowed("ada", each, partition) for each, partition in found)
    assert not [partition for _, partition in found if partition in {"USER#eve", "REVIEW#eve", "OAUTH#eve"}]


@pytest.mark.parametrize("user_id", ["", "x" * 257, "\ud800", None, 7])
def test_a_user_without_a_proper_id_has_no_workspace(user_id: Any) -> None:
    with pytest.raises(InvalidValue):
        Workspaces(AsyncDatabase("memory:")).of(user_id)
