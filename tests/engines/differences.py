"""Where DynamoDB Local (2020) is not the service: the one list, each with the reason why the engine is right.

What is never generated, because the two engines would go different ways from there:
- `type of an index key`: UpdateItem in Local gives an index's key attribute another type; the service refuses it
  (guide, "Using Global Secondary Indexes in DynamoDB").
- `not projected`: Local reads attributes from the table that a global index does not project; the service refuses to
  (API reference, Query, Select).
- `empty values`: Local refuses empty text and binary outside of keys, which the service has taken since May 2020.
- `attributes named twice`: Local takes AttributesToGet with a name twice in a Scan.
- `updates after conditions`: Local looks at what AttributeUpdates may not do after the condition; the service refuses
  a request before it looks at any item.
- `a partition of one`: Local ends a Query with Limit 1 on a table without sort keys; a page that is full has a key to
  go on from in the service (API reference, Query, LastEvaluatedKey).
- `two faults`: of two faults in one request, Local may find another one first.
- `size as a name`: Local takes it for an attribute; the guide lists it among the reserved words.

What is told apart here:
- `order`: nobody promises the order of a scan, of a batch, of a set's elements, or of items with equal index keys.
- `words`: texts of errors differ (Local has its own short ones for keys and numbers); codes must not.
- `broken`: Local answers InternalFailure to comparisons that are no key conditions and to malformed binary; the
  service refuses these with ValidationException or SerializationException.
- `numbers`: Local gives numbers within lists and maps, and sums, back as they were written ("-5.0"); the service gives
  their normal form (guide, "Naming rules and data types").
- `nested updates`: Local returns whole attributes for UPDATED_OLD and UPDATED_NEW of nested paths, the service only
  what changed, so only updates of whole attributes ask for these.
- `cancelled`: an update that cannot be made cancels a transaction with a reason in the service; Local answers with the
  bare ValidationException.
"""

from __future__ import annotations

from typing import Any

from dynalayer.protocol import numbers

_BROKEN = "InternalFailure"
_REFUSALS = ("ValidationException", "SerializationException")


def same(ours: Any, local: Any) -> bool:
    """Whether two outcomes are equal but for the differences of this module."""
    if local == [_BROKEN]:
        return isinstance(ours, list) and ours[0] in _REFUSALS
    return bool(plain(ours) == plain(local))


def plain(value: Any) -> Any:
    """An outcome with its sets in one order and its numbers in normal form."""
    if isinstance(value, dict):
        if value.keys() == {"N"}:
            return {"N": numbers.normal(value["N"])}
        return {name: sorted(member) if name in ("SS", "NS", "BS") else plain(member) for name, member in value.items()}
    return [plain(member) for member in value] if isinstance(value, list) else value


def unordered(items: list[Any]) -> list[Any]:
    """Items whose order nobody promises, in some order."""
    return sorted(map(plain, items), key=lambda item: str(sorted(item.items())))
