"""Finding out the tables, columns and keys of a SQL database, by SQLAlchemy's inspector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from .schema import ColumnInfo, Dialect, ForeignKeyInfo, Kind, SourceSchema, TableInfo

if TYPE_CHECKING:
    from sqlalchemy import Engine

_KINDS: Final[Mapping[str, Kind]] = {
    "ARRAY": "array",
    "BIGINT": "integer",
    "BINARY": "binary",
    "BIT": "bit",
    "BLOB": "binary",
    "BOOL": "bool",
    "BOOLEAN": "bool",
    "BYTEA": "binary",
    "CHAR": "text",
    "CITEXT": "text",
    "DATE": "date",
    "DATETIME": "datetime",
    "DECIMAL": "decimal",
    "DOUBLE": "float",
    "DOUBLE_PRECISION": "float",
    "ENUM": "enum",
    "FLOAT": "float",
    "INTEGER": "integer",
    "INT": "integer",
    "INTERVAL": "time",
    "JSON": "json",
    "JSONB": "json",
    "LONGBLOB": "binary",
    "LONGTEXT": "text",
    "MEDIUMBLOB": "binary",
    "MEDIUMINT": "integer",
    "MEDIUMTEXT": "text",
    "NCHAR": "text",
    "NUMERIC": "decimal",
    "NVARCHAR": "text",
    "REAL": "float",
    "SET": "set",
    "SMALLINT": "integer",
    "STRING": "text",
    "TEXT": "text",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TINYBLOB": "binary",
    "TINYINT": "integer",
    "TINYTEXT": "text",
    "UUID": "uuid",
    "VARBINARY": "binary",
    "VARCHAR": "text",
    "YEAR": "year",
}
_POSTGRESQL_FRACTION: Final = 6


OWN_TABLES: Final = "dynalayer_"
"""So begin the tables that a migration keeps in the source."""


def inspect_schema(engine: Engine, dialect: Dialect) -> SourceSchema:
    """The tables and views of the database that the engine is connected to, without those of a migration itself."""
    from sqlalchemy import inspect

    inspector = inspect(engine)
    folded = _folded(engine) if dialect == "mysql" else frozenset[tuple[str, str]]()
    checked = _json_columns(engine) if dialect == "mysql" else frozenset[tuple[str, str]]()
    names = [*inspector.get_table_names(), *inspector.get_view_names()]
    names = [name for name in names if not name.startswith(OWN_TABLES)]
    tables: list[TableInfo] = []
    for name in names:
        key = tuple(inspector.get_pk_constraint(name).get("constrained_columns") or ())
        found = [_column(each, dialect, name, folded, checked) for each in inspector.get_columns(name)]
        # SQLite says of a key's columns that they may be null; as a table's only key they never are.
        columns = tuple(replace(each, nullable=each.nullable and each.name not in key) for each in found)
        tables.append(TableInfo(name, columns, key, _uniques(inspector, name), _foreign_keys(inspector, name)))
    return SourceSchema(dialect, tuple(tables))


def _uniques(inspector: Any, name: str) -> tuple[tuple[str, ...], ...]:
    constraints: Iterable[Mapping[str, Any]] = inspector.get_unique_constraints(name)
    found = [tuple(each["column_names"]) for each in constraints]
    # An index over an expression has no name for it, and one over a part of the rows allows more than one of a kind.
    found += [
        tuple(each["column_names"])
        for each in inspector.get_indexes(name)
        if each["unique"] and None not in each["column_names"] and not _is_partial(each)
    ]
    return tuple(dict.fromkeys(found))


def _is_partial(index: Mapping[str, Any]) -> bool:
    options: Mapping[str, Any] = index.get("dialect_options") or {}
    return any(name.endswith("_where") and value is not None for name, value in options.items())


def _foreign_keys(inspector: Any, name: str) -> tuple[ForeignKeyInfo, ...]:
    return tuple(
        ForeignKeyInfo(tuple(each["constrained_columns"]), str(each["referred_table"]), tuple(each["referred_columns"]))
        for each in inspector.get_foreign_keys(name)
    )


def _column(
    found: Mapping[str, Any],
    dialect: Dialect,
    table: str,
    folded: frozenset[tuple[str, str]],
    checked: frozenset[tuple[str, str]],
) -> ColumnInfo:
    type_, name = found["type"], str(found["name"])
    kind = "json" if (table, name) in checked else _kind(type_, dialect)
    length = getattr(type_, "length", None)
    return ColumnInfo(
        name,
        kind,
        _declared(type_),
        bool(found.get("nullable", True)),
        getattr(type_, "precision", None) if kind in ("decimal", "float") else None,
        getattr(type_, "scale", None) if kind == "decimal" else None,
        length if isinstance(length, int) else None,
        _fraction(type_, kind, dialect),
        (table, name) in folded or type(type_).__name__ == "CITEXT",
        found.get("default") is not None or found.get("autoincrement") is True or bool(found.get("identity")),
        bool(found.get("computed")),
    )


def _declared(type_: Any) -> str:
    if type(type_).__name__ == "NullType":
        return "unknown"
    # SQLAlchemy tells of an array that it is one, and not of what.
    return f"{type_.item_type}[]" if type(type_).__name__ == "ARRAY" else str(type_)


def _kind(type_: Any, dialect: Dialect) -> Kind:
    name = type(type_).__name__.upper()
    if dialect == "mysql" and name == "TINYINT" and getattr(type_, "display_width", None) == 1:
        return "bool"
    if name == "BIT" and getattr(type_, "length", 1) in (1, None):
        return "bool" if dialect == "postgresql" else "bit"
    if name == "TIMESTAMP" and dialect == "postgresql" and not getattr(type_, "timezone", False):
        return "datetime"
    return _KINDS.get(name, "other")


def _fraction(type_: Any, kind: Kind, dialect: Dialect) -> int:
    if kind not in ("datetime", "timestamp", "time"):
        return 0
    if dialect == "postgresql":
        precision = getattr(type_, "precision", None)
        return _POSTGRESQL_FRACTION if precision is None else int(precision)
    return int(getattr(type_, "fsp", None) or 0)


def _folded(engine: Engine) -> frozenset[tuple[str, str]]:
    """The columns that compare texts without regard to case, as their collation says."""
    from sqlalchemy import text

    query = text(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND collation_name LIKE '%\\_ci'"
    )
    with engine.connect() as connection:
        return frozenset((str(row[0]), str(row[1])) for row in connection.execute(query))


def _json_columns(engine: Engine) -> frozenset[tuple[str, str]]:
    """MariaDB's JSON columns: texts with a check that they are valid JSON."""
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    query = text(
        "SELECT table_name, check_clause FROM information_schema.check_constraints"
        " WHERE constraint_schema = DATABASE() AND check_clause LIKE 'json_valid(%'"
    )
    try:
        with engine.connect() as connection:
            rows = [(str(row[0]), str(row[1])) for row in connection.execute(query)]
    except DBAPIError:
        # MySQL's table of checks names no tables; its JSON columns say so themselves.
        return frozenset()
    return frozenset((table, clause[len("json_valid(") :].rstrip(")").strip("`")) for table, clause in rows)
