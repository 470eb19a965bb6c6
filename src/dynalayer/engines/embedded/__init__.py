"""DynamoDB in process: the API's operations on a SQLite database in memory or in a file."""

from dynalayer.engines.embedded.connection import AsyncEmbeddedConnection, EmbeddedConnection
from dynalayer.engines.embedded.storage.failures import CannotOpen, NotOurFile, StorageFailed
from dynalayer.engines.embedded.storage.store import Durability

__all__ = ["AsyncEmbeddedConnection", "CannotOpen", "Durability", "EmbeddedConnection", "NotOurFile", "StorageFailed"]
