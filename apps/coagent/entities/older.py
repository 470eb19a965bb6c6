"""Items in the shapes that earlier writers left, brought into the one that the entities declare.

Each function gets an item of version 1 as plain values and gives the new one. An item may lack any attribute of the
envelope but its key; its fields may be in the map `Data` or beside it. Done twice it changes nothing more, because a
service of before may replace an item that was brought forward already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from coagent.entities.envelope import DATA
from coagent.entities.formats import between, email_or_nothing, uri, uri_reference, uris

Item = dict[str, Any]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_JSON: Final = msgspec.json.Decoder(float_hook=Decimal)
UNCHECKED: Final = "unchecked"
"""Where values are kept that earlier writers did not check."""
_BESIDE: Final = re.compile(
    r"PK|SK|GSI\d+[PS]K|EntityType|CreatedAt|UpdatedAt|Revision|TTL|Shard|[A-Z][a-z]+(Since|Until)"
)
"""What stands beside the fields of an item."""
_MOMENTS: Final = ("createdAt", "lastRun", "analyzedAt", "completedAt", "date")
"""Fields that tell when an item was made, where its envelope does not."""


def _in_its_map(bring: Callable[[Item], Item]) -> Callable[[Item], Item]:
    """The whole item of what `bring` makes of its fields."""

    def brought(item: Item) -> Item:
        new = bring(item)
        beside = {name: value for name, value in item.items() if _BESIDE.fullmatch(name) and value is not None}
        moments = (_moment_of(new.get(name)) for name in _MOMENTS)
        made = next((moment for moment in moments if moment is not None), _EPOCH)
        beside.setdefault("CreatedAt", (made - _EPOCH) // timedelta(milliseconds=1))
        beside.setdefault("UpdatedAt", beside["CreatedAt"])
        return {**beside, DATA: new}

    return brought


@_in_its_map
def user_profile(item: Item) -> Item:
    """`userId` is `id`; the moment of registration is in the item, in its envelope, or unknown (0)."""
    new = _flat(item)
    new["id"] = new.pop("userId", None) or new.get("id") or _owner(item)
    new["createdAt"] = _milliseconds(new.get("createdAt"), item)
    _set_aside(new, "photoURL", uri)
    if "updatedAt" in new:
        new["updatedAt"] = _milliseconds(new["updatedAt"], {"CreatedAt": item.get("UpdatedAt", 0)})
    return new


@_in_its_map
def agent_profile(item: Item) -> Item:
    """`certifications` may be one text, and numbers may be text."""
    new = _owned(item)
    for name in ("certifications", "licenses"):
        if isinstance(new.get(name), str):
            new[name] = [part.strip() for part in new[name].split(",") if part.strip()]
    for name in ("yearsOfExperience", "transactionHistory", "domainAuthority", "websiteOptimizationScore"):
        _to_number(new, name)
    _set_aside(new, "photoURL", uri)
    _set_aside(new, "zillowEmail", email_or_nothing)
    _set_aside(new, "websiteOptimizationScore", between(0, 100))
    if isinstance(new.get("adminSince"), (int, Decimal)):
        new["adminSince"] = _moment(new["adminSince"])
    _to_moment(new, "websiteOptimizationAnalyzedAt")
    return new


@_in_its_map
def review(item: Item) -> Item:
    """An importer wrote `userId` for `agentId`; the date may be a map of seconds."""
    new = _flat(item)
    new["agentId"] = new.get("agentId") or new.pop("userId", None) or _owner(item)
    new["id"] = new.get("id") or _id(item)
    if isinstance(new.get("author"), str):
        new["author"] = {"name": new["author"]}
    _to_moment(new, "date", _created(item))
    _to_moment(new, "importedAt")
    _to_number(new, "rating")
    _set_aside(new, "avatarUrl", uri)
    new.setdefault("comment", "")
    return new


@_in_its_map
def review_analysis(item: Item) -> Item:
    """The moment may be a map of seconds."""
    new = _owned(item)
    _to_moment(new, "analyzedAt", _created(item))
    return new


@_in_its_map
def brand_audit(item: Item) -> Item:
    """The moment may be a map of seconds."""
    new = _owned(item)
    _to_moment(new, "lastRun", _created(item))
    for result in _maps(new.get("results")):
        _set_aside(result, "platformUrl", uri)
    return new


@_in_its_map
def competitor(item: Item) -> Item:
    """A second writer kept name, website and description alone; what only a view showed is dropped."""
    new = _owned(item)
    new.pop("isYou", None)
    new.setdefault("agency", "")
    for name in ("reviewCount", "avgRating", "socialFollowers", "domainAuthority"):
        new.setdefault(name, 0)
        _to_number(new, name)
    _to_moment(new, "createdAt")
    _to_moment(new, "updatedAt")
    return new


@_in_its_map
def research_report(item: Item) -> Item:
    """A writer of another language kept `title` and `content` beside the envelope."""
    new = _owned(item)
    for before, now in (("title", "topic"), ("content", "report")):
        if now not in new:
            new[now] = new.pop(before, "")
    _set_aside(new, "citations", uris)
    _to_moment(new, "createdAt", _created(item))
    return new


@_in_its_map
def project(item: Item) -> Item:
    """The first writer left the id out."""
    new = _owned(item)
    _to_moment(new, "createdAt", _created(item))
    return new


@_in_its_map
def saved_content(item: Item) -> Item:
    """The moment may be a map of seconds; a project that is null is none."""
    new = _owned(item)
    _to_moment(new, "createdAt", _created(item))
    return new


@_in_its_map
def training_progress(item: Item) -> Item:
    """A later writer kept `moduleId` for `id`, under another name of the entity."""
    new = _owned(item)
    new.pop("moduleId", None)  # _owned has made it the id
    new["completed"] = bool(new.get("completed"))
    _to_moment(new, "completedAt")
    return new


@_in_its_map
def marketing_plan(item: Item) -> Item:
    """The steps were called `steps`, or were one text."""
    new = _owned(item)
    steps = new.pop("steps", None)
    plan: Any = new.get("plan", steps)
    if isinstance(plan, str):
        plan = [{"task": plan}]
    new["plan"] = [_task(each) for each in (plan or [])]
    for step in new["plan"]:
        _set_aside(step, "toolLink", uri_reference)
    _to_moment(new, "createdAt", _created(item))
    return new


@_in_its_map
def oauth_token(item: Item) -> Item:
    """A later writer called the expiry `expiresAt`; the provider may be in the key alone."""
    new = _flat(item)
    new["userId"] = new.get("userId") or _owner(item)
    new["provider"] = new.get("provider") or str(item.get("SK", ""))
    expires = new.pop("expiresAt", None)
    new["expiryDate"] = _milliseconds(new.get("expiryDate", expires), {})
    new.setdefault("accessToken", "")
    new.setdefault("refreshToken", "")
    for name in ("createdAt", "updatedAt"):
        new.pop(name, None)  # the envelope has them
    return new


def _flat(item: Item) -> Item:
    """The fields, wherever they are; what is null is left out."""
    data = item.get(DATA)
    fields = data if isinstance(data, dict) else _told_as_json(data)
    beside = {name: value for name, value in item.items() if name != DATA and not _BESIDE.fullmatch(name)}
    return {name: value for name, value in {**beside, **fields}.items() if value is not None}


def _told_as_json(data: Any) -> Item:
    """The fields of a payload that somebody wrote as text, as the documents of before have it."""
    if data is None:
        return {}
    with suppress(msgspec.DecodeError, TypeError):
        found: Any = _JSON.decode(data)
        if isinstance(found, dict):
            return found
    return {UNCHECKED: {DATA: data}}


def _set_aside(new: Item, name: str, check: Callable[[Any], object]) -> None:
    """Keep a value that its field may not have under another name, so that the rest can be read and nothing is lost."""
    try:
        if name in new:
            check(new[name])
    except (ValueError, TypeError, AttributeError, ArithmeticError):
        new.setdefault(UNCHECKED, {})[name] = new.pop(name)


def _maps(value: Any) -> Iterable[Item]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _owned(item: Item) -> Item:
    """The fields of what is in a user's partition, with the ids that the key tells."""
    new = _flat(item)
    new["userId"] = _owner(item)
    new["id"] = new.get("id") or new.get("moduleId") or _id(item)
    return new


def _owner(item: Item) -> str:
    return str(item["PK"]).partition("#")[2]


def _id(item: Item) -> str:
    return str(item["SK"]).partition("#")[2]


def _created(item: Item) -> datetime:
    return _moment_of(item.get("CreatedAt")) or _EPOCH


def _to_moment(new: Item, name: str, default: datetime | None = None) -> None:
    """Make a field a moment as the entities store it; one that cannot be read becomes the default, or none."""
    moment = _moment_of(new.pop(name, None)) or default
    if moment is not None:
        new[name] = _text(moment)


def _to_number(new: Item, name: str) -> None:
    if isinstance(new.get(name), str):
        text = new.pop(name).strip().rstrip("+")
        with suppress(InvalidOperation):
            new[name] = Decimal(text)


def _moment(value: Any) -> str:
    return _text(_moment_of(value) or _EPOCH)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _milliseconds(value: Any, item: Item) -> int:
    moment = _moment_of(value) or _moment_of(item.get("CreatedAt")) or _EPOCH
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _moment_of(value: Any) -> datetime | None:
    """A moment told as text, as milliseconds, or as the map of seconds that Firestore's clients made of it."""
    try:
        if isinstance(value, dict):
            seconds, nanoseconds = (
                _first(value, ("seconds", "_seconds")),
                _first(value, ("nanoseconds", "_nanoseconds")),
            )
            return _EPOCH + timedelta(seconds=int(seconds), microseconds=int(nanoseconds) // 1000)
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            return _EPOCH + timedelta(milliseconds=int(value))
    except (ValueError, OverflowError):
        pass
    return None


def _first(value: Item, names: Iterable[str]) -> Any:
    return next((value[name] for name in names if name in value), 0)


def _task(given: Any) -> Item:
    """A step with all that is required of it."""
    step = dict(given) if isinstance(given, dict) else {"task": str(given)}
    for name in ("task", "rationale", "tool"):
        step[name] = str(step.get(name) or "")
    return step
