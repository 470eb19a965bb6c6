"""The SQL database that is migrated."""

from .connecting import Source, SourceUnavailable, parse_source
from .schema import ColumnInfo, Dialect, ForeignKeyInfo, Kind, SourceSchema, TableInfo

__all__ = [
    "ColumnInfo",
    "Dialect",
    "ForeignKeyInfo",
    "Kind",
    "Source",
    "SourceSchema",
    "SourceUnavailable",
    "TableInfo",
    "parse_source",
]
