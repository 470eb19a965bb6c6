"""Bringing what the service of before wrote into the indexes, where lists are read from."""

from __future__ import annotations

from typing import Any, Final

from coagent.entities import (
    BrandAudit,
    Competitor,
    MarketingPlan,
    Project,
    ResearchReport,
    Review,
    SavedContent,
    UserProfile,
)
from coagent.workspace.context import Context
from coagent.workspace.tokens import Tokens
from dynalayer import ConditionFailed, Entity, Query

_INDEXED: Final[tuple[Any, ...]] = (BrandAudit, Competitor, MarketingPlan, Project, ResearchReport, SavedContent)
"""Those in a user's partition that lists read from an index."""


async def adopt(context: Context) -> int:
    """Write anew what has no revision, which is what the service of before wrote; gives how many items that were.

    Tokens that it left where nobody looks are put where they belong.

    What it or others change meanwhile is left to the next call. Doing it again is harmless.
    """
    adopted = 0
    for query in _without_revision(context.user_id):
        async for item in context.database.query(query):
            adopted += await _adopted(context, item)
    adopted += await Tokens(context).adopt()
    account = await context.database.get(UserProfile.key(context.user_id), consistent=True)
    if account is not None and not account.revision:
        adopted += await _adopted(context, account)
    return adopted


def _without_revision(user_id: str) -> list[Query[Any, Any]]:
    queries: list[Query[Any, Any]] = [Review.key.partition(user_id).where(Review.revision.missing())]
    queries += [kind.key.partition(user_id).where(kind.revision.missing()) for kind in _INDEXED]
    return [query.consistent() for query in queries]


async def _adopted(context: Context, item: Entity) -> bool:
    try:
        await context.database.put(item)
    except ConditionFailed:
        return False
    return True
