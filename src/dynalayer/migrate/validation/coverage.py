"""What of the source the contract leaves behind, and which of its rules the target does not keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from sqlglot import exp, parse_one

from dynalayer.migrate.contract import Contract, Finding, did_you_mean
from dynalayer.migrate.queries import SQLGLOT, Bounds, EntityPlan
from dynalayer.migrate.source import SourceSchema, TableInfo

from .keys import columns_of


def check_coverage(contract: Contract, schema: SourceSchema, plans: Sequence[EntityPlan]) -> Iterator[Finding]:
    """Tables and columns that nothing is made of, unless the contract ignores them; unique sets that are not kept."""
    used = _used(plans)
    yield from _unknown(contract, schema)
    for table in schema.tables:
        if _is_ignored(contract, table.name):
            continue
        columns = used.get(table.name)
        if columns is None:
            yield Finding("warning", "/ignore", f"nothing is made of the table {table.name!r}", _hint(table.name))
            continue
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            if column.name not in columns and not _is_ignored(contract, name):
                yield Finding("warning", "/ignore", f"nothing is made of the column {name!r}", _hint(name))
    for plan in plans:
        yield from _uniques(plan)


def _hint(name: str) -> str:
    return f"map it, or put {name!r} into 'ignore'"


def _is_ignored(contract: Contract, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in contract.ignored)


def _unknown(contract: Contract, schema: SourceSchema) -> Iterator[Finding]:
    names = [table.name for table in schema.tables]
    names += [f"{table.name}.{column.name}" for table in schema.tables for column in table.columns]
    for number, pattern in enumerate(contract.ignored):
        if not any(fnmatchcase(name, pattern) for name in names):
            hint = did_you_mean(pattern, names)
            yield Finding("warning", f"/ignore/{number}", f"{pattern!r} is nothing in the source", hint)


def _used(plans: Sequence[EntityPlan]) -> dict[str, set[str]]:
    """The columns of each table that the queries speak of."""
    used: dict[str, set[str]] = {}
    for plan in plans:
        queries = [plan.page(Bounds(), None), *plan.children(Bounds())]
        for query in queries:
            sql = query.sql.replace("%%", "%")
            tree = parse_one(sql, read=SQLGLOT[plan.dialect])
            aliases = {table.alias: table.name for table in tree.find_all(exp.Table)}
            for column in tree.find_all(exp.Column):
                table = aliases.get(column.table)
                if table is not None:
                    used.setdefault(table, set()).add(column.name)
            for table in aliases.values():
                used.setdefault(table, set())
    return used


def _uniques(plan: EntityPlan) -> Iterator[Finding]:
    keys = {
        column.name
        for made in plan.made
        if made.attribute.name in plan.table.key_names
        for column, _ in columns_of(made.recipe, plan)
    }
    for unique in plan.source.uniques:
        if not set(unique) <= keys or not _is_whole_key(unique, keys, plan.source):
            names = ", ".join(unique)
            reason = f"({names}) is unique in {plan.source.name!r}, and no key of {plan.entity.name!r} keeps it so"
            yield Finding("warning", plan.entity.pointer, reason, "keep a lookup item for it, written in a transaction")


def _is_whole_key(unique: Sequence[str], keys: set[str], source: TableInfo) -> bool:
    """True if items of one key have one value of the unique set, and nothing else tells them apart."""
    return set(unique) == keys & {column.name for column in source.columns}
