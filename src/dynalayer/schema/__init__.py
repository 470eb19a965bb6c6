"""Tables and entities as users declare them; no I/O."""

from .access import AccessPath, KeyPart, Query, SortCondition
from .attributes import Attr, AttributeDefinition, attr
from .codecs import Codec, Wire
from .definition import Definition
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
)
from .generate import Page
from .keys import BoundIndex, BoundKey, Key, index, key_of, primary
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
    "Membership",
    "Negated",
    "Page",
    "Path",
    "Query",
    "SortCondition",
    "Table",
    "Wire",
    "attr",
    "binary",
    "index",
    "key_of",
    "number",
    "primary",
]
