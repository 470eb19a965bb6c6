"""Opening a SQL database by its URL, read only, in UTC, every value as it is stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from msgspec import Struct

from dynalayer.protocol import DynalayerError

from .schema import Dialect, SourceSchema

if TYPE_CHECKING:
    from sqlalchemy import Engine

_SCHEMES: Final[dict[str, Dialect]] = {
    "mysql": "mysql",
    "mariadb": "mysql",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "sqlite": "sqlite",
}
_MYSQL_MODE: Final = "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION"
"""Nothing is cut off or replaced: keys that are 0 and dates such as 0000-00-00 stay what they are."""
_exact_json: Final = msgspec.json.Decoder(float_hook=Decimal).decode


class SourceUnavailable(DynalayerError):
    """The SQL database cannot be opened; the text holds no password."""


class Source(Struct, frozen=True):
    """Where a SQL database is."""

    dialect: Dialect
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = ""
    database: str = ""
    query: str = ""

    @property
    def shown(self) -> str:
        """The place without the password."""
        if self.dialect == "sqlite":
            return f"sqlite:{self.database}"
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.dialect}://{user}{self.host}{port}/{self.database}"

    def connect(self) -> Any:
        """A connection of the database's own driver; raises `SourceUnavailable`."""
        try:
            return _CONNECT[self.dialect](self)
        except ModuleNotFoundError as error:
            raise SourceUnavailable(f"{self.shown} needs {error.name}: pip install 'dynalayer[migrate]'") from None
        except Exception as error:
            raise SourceUnavailable(f"{self.shown} cannot be opened: {_reason(error, self.password)}") from None

    def connect_to_write(self) -> Any:
        """A connection in autocommit that may write, and that refuses what a column does not keep exactly.

        Raises `SourceUnavailable`.
        """
        if self.dialect == "sqlite":
            try:
                return sqlite3.connect(self.database, isolation_level=None, check_same_thread=False)
            except sqlite3.Error as error:
                raise SourceUnavailable(f"{self.shown} cannot be opened: {_reason(error, '')}") from None
        connection = self.connect()
        if self.dialect == "mysql":
            with closing(connection.cursor()) as cursor:
                cursor.execute(f"SET SESSION sql_mode = '{_MYSQL_MODE}'")
        return connection

    def engine(self) -> Engine:
        """What SQLAlchemy inspects, on connections of the same kind."""
        from sqlalchemy import create_engine

        drivers = {"mysql": "mysql+pymysql://", "postgresql": "postgresql+psycopg://", "sqlite": "sqlite://"}
        return create_engine(drivers[self.dialect], creator=self.connect)

    def has_table(self, name: str) -> bool:
        """True if there is a table of that name; raises `SourceUnavailable`."""
        from sqlalchemy import inspect

        self.connect().close()
        engine = self.engine()
        try:
            return bool(inspect(engine).has_table(name))
        finally:
            engine.dispose()

    def schema(self) -> SourceSchema:
        """What there is; raises `SourceUnavailable`."""
        from .inspecting import inspect_schema

        self.connect().close()
        engine = self.engine()
        try:
            return inspect_schema(engine, self.dialect)
        finally:
            engine.dispose()


def parse_source(url: str) -> Source:
    """Read a URL such as `mysql://user:password@host:3306/shop`, `postgresql://...` or `sqlite:shop.db`.

    A `socket` in the query of a MySQL URL is the path of its Unix socket. Raises `SourceUnavailable`.
    """
    parts = urlsplit(url)
    dialect = _SCHEMES.get(parts.scheme.partition("+")[0])
    if dialect is None:
        raise SourceUnavailable(
            f"{parts.scheme or 'this'!r} is no source: mysql://, mariadb://, postgresql:// or sqlite:file"
        )
    if dialect == "sqlite":
        return Source("sqlite", database=unquote(url.partition(":")[2]).removeprefix("//") or ":memory:")
    try:
        port = parts.port
    except ValueError:
        raise SourceUnavailable("the port of the source is no number") from None
    database = unquote(parts.path.removeprefix("/"))
    if not database:
        raise SourceUnavailable(f"{parts.scheme}://{parts.hostname or ''} names no database: end it with /name")
    return Source(
        dialect,
        parts.hostname or "localhost",
        port,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        database,
        parts.query,
    )


def _reason(error: Exception, password: str) -> str:
    text = str(error.args[-1] if error.args else error).strip().split("\n")[0] or type(error).__name__
    return text.replace(password, "***") if password else text


def _mysql(source: Source) -> Any:
    import pymysql

    query = dict(parse_qsl(source.query))
    options: dict[str, Any] = {"port": source.port} if source.port else {}
    if "socket" in query:
        # Nothing to keep secret on a socket, and reading the machine's certificates for it takes 30 ms a connection.
        options |= {"unix_socket": query["socket"], "ssl_disabled": True}
    return pymysql.connect(
        host=source.host,
        user=source.user or None,
        password=source.password,
        database=source.database,
        charset="utf8mb4",
        autocommit=True,
        # Moments are read in UTC, whatever the zone of the server is.
        init_command="SET SESSION time_zone = '+00:00'",
        **options,
    )


def _postgresql(source: Source) -> Any:
    import psycopg
    from psycopg.types.json import set_json_loads

    # A host in the query is the directory of a Unix socket, as libpq has it.
    connection = psycopg.connect(
        host=dict(parse_qsl(source.query)).get("host") or source.host,
        port=source.port,
        user=source.user or None,
        password=source.password or None,
        dbname=source.database,
        autocommit=True,
        options="-c TimeZone=UTC",
    )
    set_json_loads(_exact_json, connection)
    return connection


def _sqlite(source: Source) -> Any:
    return sqlite3.connect(f"file:{source.database}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)


_CONNECT: Final[dict[Dialect, Callable[[Source], Any]]] = {
    "mysql": _mysql,
    "postgresql": _postgresql,
    "sqlite": _sqlite,
}
