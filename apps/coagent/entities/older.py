"""Items in the shapes that earlier writers left, brought into the one that the entities declare.

Each function gets an item of version 1 as plain values and gives the new one. An item may lack any attribute of the
envelope but its key; its fields may be in the map `Data` or beside it. Done twice it changes nothing more, because a
service of before may replace an item that was brought forward already.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from coagent.entities.formats import between, email_or_nothing, uri, uri_reference, uris
from coagent.entities.mending import (
    Item,
    created,
    flat,
    id_in,
    id_of,
    in_its_map,
    maps,
    milliseconds,
    moment_text,
    owned,
    owner,
    set_aside,
    to_moment,
    to_number,
)


@in_its_map
def user_profile(item: Item) -> Item:
    """`userId` is `id`; the moment of registration is in the item, in its envelope, or unknown (0)."""
    new = flat(item)
    new["id"] = new.pop("userId", None) or new.get("id") or owner(item)
    new["createdAt"] = milliseconds(new.get("createdAt"), item)
    set_aside(new, "photoURL", uri)
    if "updatedAt" in new:
        new["updatedAt"] = milliseconds(new["updatedAt"], {"CreatedAt": item.get("UpdatedAt", 0)})
    return new


@in_its_map
def agent_profile(item: Item) -> Item:
    """`certifications` may be one text, and numbers may be text."""
    new = owned(item)
    for name in ("certifications", "licenses"):
        if isinstance(new.get(name), str):
            new[name] = [part.strip() for part in new[name].split(",") if part.strip()]
    for name in ("yearsOfExperience", "transactionHistory", "domainAuthority", "websiteOptimizationScore"):
        to_number(new, name)
    set_aside(new, "photoURL", uri)
    set_aside(new, "zillowEmail", email_or_nothing)
    set_aside(new, "websiteOptimizationScore", between(0, 100))
    if isinstance(new.get("adminSince"), (int, Decimal)):
        new["adminSince"] = moment_text(new["adminSince"])
    to_moment(new, "websiteOptimizationAnalyzedAt")
    return new


@in_its_map
def review(item: Item) -> Item:
    """An importer wrote `userId` for `agentId`; the date may be a map of seconds."""
    new = flat(item)
    new["agentId"] = new.get("agentId") or new.pop("userId", None) or owner(item)
    new["id"] = new.get("id") or id_of(item)
    if isinstance(new.get("author"), str):
        new["author"] = {"name": new["author"]}
    to_moment(new, "date", created(item))
    to_moment(new, "importedAt")
    to_number(new, "rating")
    set_aside(new, "avatarUrl", uri)
    new.setdefault("comment", "")
    return new


@in_its_map
def review_analysis(item: Item) -> Item:
    """The moment may be a map of seconds."""
    new = owned(item)
    to_moment(new, "analyzedAt", created(item))
    return new


@in_its_map
def brand_audit(item: Item) -> Item:
    """The moment may be a map of seconds."""
    new = owned(item)
    to_moment(new, "lastRun", created(item))
    for result in maps(new.get("results")):
        set_aside(result, "platformUrl", uri)
    return new


@in_its_map
def competitor(item: Item) -> Item:
    """A second writer kept name, website and description alone; what only a view showed is dropped."""
    new = owned(item)
    new.pop("isYou", None)
    new.setdefault("agency", "")
    for name in ("reviewCount", "avgRating", "socialFollowers", "domainAuthority"):
        new.setdefault(name, 0)
        to_number(new, name)
    to_moment(new, "createdAt")
    to_moment(new, "updatedAt")
    return new


@in_its_map
def research_report(item: Item) -> Item:
    """A writer of another language kept `title` and `content` beside the envelope."""
    new = owned(item)
    for before, now in (("title", "topic"), ("content", "report")):
        if now not in new:
            new[now] = new.pop(before, "")
    set_aside(new, "citations", uris)
    to_moment(new, "createdAt", created(item))
    return new


@in_its_map
def project(item: Item) -> Item:
    """The first writer left the id out."""
    new = owned(item)
    to_moment(new, "createdAt", created(item))
    return new


@in_its_map
def saved_content(item: Item) -> Item:
    """The moment may be a map of seconds; a project that is null is none."""
    new = owned(item)
    to_moment(new, "createdAt", created(item))
    return new


@in_its_map
def training_progress(item: Item) -> Item:
    """A later writer kept `moduleId` for `id`, under another name of the entity."""
    new = owned(item)
    new.pop("moduleId", None)  # _owned has made it the id
    new["completed"] = bool(new.get("completed"))
    to_moment(new, "completedAt")
    return new


@in_its_map
def marketing_plan(item: Item) -> Item:
    """The steps were called `steps`, or were one text."""
    new = owned(item)
    steps = new.pop("steps", None)
    plan: Any = new.get("plan", steps)
    if isinstance(plan, str):
        plan = [{"task": plan}]
    new["plan"] = [_task(each) for each in (plan or [])]
    for step in new["plan"]:
        set_aside(step, "toolLink", uri_reference)
    to_moment(new, "createdAt", created(item))
    return new


@in_its_map
def oauth_token(item: Item) -> Item:
    """A later writer called the expiry `expiresAt`; the provider may be in the key alone."""
    new = flat(item)
    new["userId"] = new.get("userId") or owner(item)
    new["provider"] = new.get("provider") or id_in(str(item.get("SK", "")))
    expires = new.pop("expiresAt", None)
    new["expiryDate"] = milliseconds(new.get("expiryDate", expires), {})
    new.setdefault("accessToken", "")
    new.setdefault("refreshToken", "")
    for name in ("createdAt", "updatedAt"):
        new.pop(name, None)  # the envelope has them
    return new


def _task(given: Any) -> Item:
    """A step with all that is required of it."""
    step = dict(given) if isinstance(given, dict) else {"task": str(given)}
    for name in ("task", "rationale", "tool"):
        step[name] = str(step.get(name) or "")
    return step
