"""The items of a page of rows, and which of them have the key of another row's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from dynalayer.migrate.items import Rejected, digest_of
from dynalayer.migrate.ports import ItemMaker, Planned
from dynalayer.protocol import Item

from .journal import Claim, Journal


class Claimed(Struct, frozen=True):
    """A row's key in the source and its item; `owner` is the entity and key of another row whose key the item has."""

    source: tuple[Any, ...]
    item: Item
    owner: tuple[str, tuple[Any, ...]] | None


class Refused(Struct, frozen=True):
    """A row's key in the source, and why it cannot become an item."""

    source: tuple[Any, ...]
    error: Rejected


def claimed(
    plan: Planned, maker: ItemMaker, rows: Sequence[Any], journal: Journal
) -> tuple[list[Claimed], list[Refused]]:
    """Make the items of rows and note in the journal whose keys they are; to be called within one of its steps."""
    name = plan.name
    made: list[tuple[Claim, Item]] = []
    refused: list[Refused] = []
    for row in rows:
        source = maker.key_of(row)
        try:
            item = maker.make(row)
        except Rejected as error:
            refused.append(Refused(source, error))
            continue
        made.append((Claim(digest_of(plan.table, item), source), item))
    taken = journal.claim(name, [claim for claim, _ in made])
    return [Claimed(claim.source, item, _other(taken.get(claim.digest), name, claim)) for claim, item in made], refused


def _other(owner: tuple[str, tuple[Any, ...]] | None, name: str, claim: Claim) -> tuple[str, tuple[Any, ...]] | None:
    """The owner if it is another row: two rows of one page may have one key, and the first of them has it."""
    return None if owner == (name, claim.source) else owner
