"""The target's tables as Dynalayer declares them."""

from __future__ import annotations

from dynalayer.migrate.contract import Contract, TableSpec
from dynalayer.schema import Index, KeyAttribute, Table
from dynalayer.schema import binary as binary_key
from dynalayer.schema import number as number_key


def declared(contract: Contract, *, prefix: str = "", protected: bool = False) -> tuple[Table, ...]:
    """The tables of a contract, each name after `prefix`.

    With `protected` they have point-in-time recovery, deletion protection and a stream with both images, as the
    tables of a migration in production should: the stream is what the way back is made from.
    """
    return tuple(_table(table, prefix, protected=protected) for table in contract.tables)


def _table(table: TableSpec, prefix: str, *, protected: bool) -> Table:
    return Table(
        prefix + table.name,
        pk=_key(table, table.pk),
        sk=None if table.sk is None else _key(table, table.sk),
        indexes=[
            Index(
                index.name,
                pk=_key(table, index.pk),
                sk=None if index.sk is None else _key(table, index.sk),
                projection=index.projected_attributes if index.projection == "INCLUDE" else index.projection,
            )
            for index in table.indexes
        ],
        stream="NEW_AND_OLD_IMAGES" if protected else None,
        point_in_time_recovery=protected,
        deletion_protection=protected,
    )


def _key(table: TableSpec, name: str) -> str | KeyAttribute:
    kinds = {"N": number_key, "B": binary_key}
    make = kinds.get(str(table.type_of(name)))
    return name if make is None else make(name)


def key_of(table: TableSpec, item: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """The key of an item."""
    return {name: item[name] for name in table.key_names}
