"""ORDER BY: by key attributes only, for that is the order in which items are stored (guide, "PartiQL select")."""

from __future__ import annotations

from dynalayer.engines.embedded.evaluation.operands import Values
from dynalayer.engines.embedded.grammar.syntax import Placeholder
from dynalayer.engines.embedded.items.access import Source
from dynalayer.engines.embedded.partiql.planning import Partitions
from dynalayer.engines.embedded.partiql.syntax import Select
from dynalayer.protocol import ValidationError, messages


def check(source: Source, statement: Select, *, has_partition: bool = True) -> None:
    """Refuse an order that the keys do not give."""
    if not statement.order:
        return
    if statement.where is None:
        raise ValidationError(messages.ORDER_WHERE)
    if not has_partition:
        raise ValidationError(messages.ORDER_HASH)
    own = {part.name for part in source.own_parts()}
    for attribute, _ in statement.order:
        if attribute not in own:
            raise ValidationError(messages.ORDER_KEY.format(attribute))


def is_forward(statement: Select, found: Partitions) -> bool:
    """Whether the items of a partition are wanted in the order of their sort key.

    Raises `ValidationError` for several attributes of a sort key that are wanted in another order than the key's.
    """
    sorting = [part.name for part in found.source.ranges.parts]
    free = [name for name in sorting if not found.is_fixed(name)]
    wanted = [(name, ascending) for name, ascending in statement.order if name in free]
    if [name for name, _ in wanted] != free[: len(wanted)] or len({ascending for _, ascending in wanted}) > 1:
        raise ValidationError(messages.ORDER_INDEX)
    if wanted:
        return wanted[0][1]
    return next((ascending for name, ascending in statement.order if name in sorting), True)


def is_across(source: Source, statement: Select) -> bool:
    """Whether the order goes across partitions: by the sort key before, or without, the partition key."""
    return bool(statement.order) and statement.order[0][0] in {part.name for part in source.ranges.parts}


def arranged(statement: Select, found: Partitions, values: Values) -> tuple[tuple[Placeholder, ...], ...]:
    """The partitions in the order asked for: that of the statement, unless it orders by the partition key."""
    hashes = {part.name for part in found.source.hashes.parts}
    ascending = next((ascending for attribute, ascending in statement.order if attribute in hashes), None)
    if ascending is None or len(found.keys) == 1:
        return found.keys

    def place(key: tuple[Placeholder, ...]) -> bytes:
        parts = found.source.hashes.parts
        try:
            return found.source.hashes.at({part.name: values[v.name] for part, v in zip(parts, key, strict=True)})
        except KeyError:
            raise ValidationError(messages.KEY_CONDITION_TYPE) from None

    return tuple(sorted(found.keys, key=place, reverse=not ascending))
