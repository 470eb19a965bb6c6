"""The end of an account: nothing that was a user's is left, however much it is and wherever it lies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from coagent.entities import OAuthToken, Population, Project, Review, UserProfile
from coagent.entities.stored import Stored
from coagent.workspace.context import CONDITION, Context
from dynalayer import ConditionFailed, Delete, Key, TransactionCanceled, Update

BATCH = 100


def partitions(user_id: str) -> dict[str, str]:
    """The partitions that are a user's, by what they hold."""
    keys: dict[str, Key[Review] | Key[OAuthToken] | Key[Project]] = {
        "reviews": Review.key(user_id, "x"),
        "tokens": OAuthToken.key(user_id, "x"),
        "user": Project.key(user_id, "x"),
    }
    return {name: key.wire["PK"]["S"] for name, key in keys.items()}


async def count_everything(context: Context) -> int:
    """How many items lie in a user's partitions."""
    counted = [context.database.count(Stored.key.partition(each)) for each in partitions(context.user_id).values()]
    return sum(await asyncio.gather(*counted))


async def delete_everything(context: Context) -> int:
    """Delete all that is a user's; gives how many items went. See `deleting`."""
    gone = 0
    async for so_far in deleting(context):
        gone = so_far
    return gone


async def deleting(context: Context) -> AsyncGenerator[int]:
    """Delete all that is a user's, the account last; gives now and then how many items went.

    It may be broken off anywhere and called again. It ends only when the partitions have been read, consistently, and
    found empty: what others write meanwhile goes as well.
    """
    gone = 0
    found = partitions(context.user_id)
    while True:
        swept = 0
        for partition in found.values():
            async for some in _sweep(context, partition):
                swept += some
                yield gone + swept
        swept += await _sweep_index(context, found["user"])
        swept += await _close(context)
        gone += swept
        yield gone
        if not swept:
            return


async def _sweep(context: Context, partition: str) -> AsyncGenerator[int]:
    """Delete all of a partition but the account itself; gives how many at a time."""
    account = UserProfile.key(context.user_id).wire["SK"]["S"]
    keys: list[Key[Stored]] = []
    query = Stored.key.partition(partition).consistent().select(Stored.pk, Stored.sk)
    async for pk, sk in context.database.query(query):
        if sk != account:
            keys.append(Stored.key(pk, sk))
        if len(keys) == BATCH:
            yield await _delete(context, keys)
            keys = []
    if keys:
        yield await _delete(context, keys)


async def _delete(context: Context, keys: list[Key[Stored]]) -> int:
    await context.database.batch_write(delete=keys)
    return len(keys)


async def _sweep_index(context: Context, partition: str) -> int:
    """Delete what only an index shows to be the user's: items of other partitions, if they still are."""
    gone = 0
    own = set(partitions(context.user_id).values())
    async for pk, sk in context.database.query(Stored.by_owner(partition).select(Stored.pk, Stored.sk)):
        if pk in own:
            continue  # the table itself has told, and an index may still show what is gone
        try:
            gone += await context.database.delete(Stored.key(pk, sk), if_=Stored.owner == partition) is not None
        except ConditionFailed:
            continue
    return gone


async def _close(context: Context) -> int:
    """Delete the account and count it out, once."""
    delete = Delete(UserProfile.key(context.user_id), UserProfile.id.exists())
    try:
        await context.database.transact(
            delete, Update(Population.key("users"), (Population.users.add(-1),), Population.users > 0)
        )
    except TransactionCanceled as error:
        if CONDITION not in [reason.code for reason in error.reasons]:
            raise
        # It is gone already, or was never counted.
        return int(await context.database.delete(UserProfile.key(context.user_id)) is not None)
    return 1
