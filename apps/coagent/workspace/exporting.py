"""A copy of everything that is a user's, item by item, for whoever wants to take it along."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

from coagent.entities import (
    BrandAudit,
    Competitor,
    MarketingPlan,
    OAuthToken,
    Project,
    RealEstateAgentProfile,
    ResearchReport,
    Review,
    ReviewAnalysis,
    SavedContent,
    TrainingProgress,
    UserProfile,
)
from coagent.workspace.context import Context
from dynalayer import Collection, Entity, UnknownItem, collection

KINDS: Final = (
    UserProfile,
    RealEstateAgentProfile,
    BrandAudit,
    Competitor,
    MarketingPlan,
    Project,
    ResearchReport,
    ReviewAnalysis,
    SavedContent,
    TrainingProgress,
)
"""What is in the partition of the user itself."""
_SECRET: Final = frozenset({"accessToken", "refreshToken", "refreshingUntil"})
"""What is of use only to whoever acts in the user's name elsewhere."""


def of_user(user_id: str) -> Collection[Any]:
    """Everything in the partition of the user itself, from the first of the known kinds to the last."""
    parts: list[Any] = [kind.key.partition(user_id) for kind in KINDS]
    return collection(*parts).unknown()


async def export(context: Context) -> AsyncGenerator[tuple[str, dict[str, Any]]]:
    """The kind and the fields of each item, by the names of the wire; of tokens all but the tokens.

    What lies among them and is of no known kind comes as it is stored: others write this table as well.
    """
    user, database = context.user_id, context.database
    async for item in database.query(of_user(user)):
        if isinstance(item, UnknownItem):
            yield str(item.item.get("EntityType", {}).get("S", "")), _without_secrets(item.item)
        else:
            yield type(item).__name__, _plain(item)
    async for review in database.query(Review.newest(user).descending()):
        yield "Review", _plain(review)
    async for token in database.query(OAuthToken.key.partition(user)):
        yield "OAuthToken", _without_secrets(_plain(token))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_secrets(member) for name, member in value.items() if name not in _SECRET}
    return value


def _plain(entity: Entity) -> dict[str, Any]:
    return {_camel(name): _value(value) for name, value in vars(entity).items() if value is not None}


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        return [_value(each) for each in value]
    return dict(_members(value)) if is_dataclass(value) else value


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    for each in fields(value):
        found = getattr(value, each.name)
        if found is not None:
            yield each.metadata.get("name", each.name), _value(found)


def _camel(name: str) -> str:
    if name == "photo_url":
        return "photoURL"
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
