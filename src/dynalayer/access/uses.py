"""What a statement takes: which entities it reads and writes, by which table or index, and how many units."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dynalayer.protocol import InvalidValue
from dynalayer.schema import Query
from dynalayer.statements import (
    BatchGet,
    BatchWrite,
    Collection,
    Delete,
    Get,
    Put,
    Scan,
    TransactGet,
    Transaction,
    Update,
)

from .reads import of_collection, of_key, of_query, of_scan
from .subjects import Asked, subject_of
from .takings import Amount, Sizes, Use, times
from .writes import of_batched, of_single, of_transaction


def uses(asked: Asked, amount: Amount, sizes: Sizes) -> list[Use]:
    """What a call takes at most, if its items have these sizes.

    An index whose key may change counts a deletion and a write. Raises `InvalidValue` for statements whose reads and
    writes cannot be told.
    """
    subject = subject_of(asked)
    bounded = replace(amount, items=subject.size) if amount.items is None else amount
    return _uses(subject.asked, subject.whole, bounded, sizes)


def _uses(asked: Any, whole: bool, amount: Amount, sizes: Sizes) -> list[Use]:
    match asked:
        case Query():
            return [of_query(asked, whole, amount, sizes)]
        case Scan():
            return list(of_scan(asked, amount, sizes))
        case Collection():
            return list(of_collection(asked, amount, sizes))
        case Get():
            return [of_key(asked.key, sizes, consistent=asked.consistent)]
        case BatchGet():
            reads = [of_key(key, sizes, consistent=asked.consistent) for key in asked.keys]
            return times(amount.batches(len(reads)), reads)
        case TransactGet():
            return times(2, [of_key(key, sizes, consistent=True) for key in dict.fromkeys(asked.keys)])
        case BatchWrite():
            written = [use for each in asked.actions for use in of_batched(each, sizes)]
            return times(amount.batches(len(asked.actions)), written)
        case Transaction():
            return list(of_transaction(asked.actions, sizes))
        case Put() | Update() | Delete():
            return list(of_single(asked, sizes))
        case _:
            raise InvalidValue(f"what a {type(asked).__name__} takes cannot be told: declare the statements it makes")
