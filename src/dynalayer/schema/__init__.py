"""Tables and entities as users declare them; no I/O."""

from .attributes import Attr, attr, created, revision, updated, write_shard
from .codecs import Codec, Wire
from .definition import Definition, definition_of, entities_of
from .entity import Entity
from .expressions import (
    Between,
    Call,
    Change,
    Comparison,
    Condition,
    Joined,
    Membership,
    Negated,
    Path,
    shards,
)
from .generate import Page
from .keys import BoundIndex, BoundKey, Key, index, key_of, primary
from .lifecycle import Lifecycle, Upgrade, moment_of, shard_number, stamp, upgrade
from .paths import AccessPath, KeyPart, SortCondition
from .query import Query
from .recognition import recognise
from .stored import AttributeDefinition
from .table import Index, KeyAttribute, Table, binary, number

__all__ = [
    "AccessPath",
    "Attr",
    "AttributeDefinition",
    "Between",
    "BoundIndex",
    "BoundKey",
    "Call",
    "Change",
    "Codec",
    "Comparison",
    "Condition",
    "Definition",
    "Entity",
    "Index",
    "Joined",
    "Key",
    "KeyAttribute",
    "KeyPart",
    "Lifecycle",
    "Membership",
    "Negated",
    "Page",
    "Path",
    "Query",
    "SortCondition",
    "Table",
    "Upgrade",
    "Wire",
    "attr",
    "binary",
    "created",
    "definition_of",
    "entities_of",
    "index",
    "key_of",
    "moment_of",
    "number",
    "primary",
    "recognise",
    "revision",
    "shard_number",
    "shards",
    "stamp",
    "updated",
    "upgrade",
    "write_shard",
]
