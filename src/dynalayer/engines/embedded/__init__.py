"""DynamoDB in process: the API's operations on a SQLite database in memory or in a file."""

from dynalayer.engines.embedded.connection import AsyncEmbeddedConnection, EmbeddedConnection
from dynalayer.engines.embedded.storage import CannotOpen, Durability, NotOurFile

__all__ = ["AsyncEmbeddedConnection", "CannotOpen", "Durability", "EmbeddedConnection", "NotOurFile"]
