"""Tables and entities as users declare them; no I/O."""

from .attributes import Attr, attr, created, revision, updated, write_shard
from .changes import Bound, Change
from .codecs import Codec, Wire, codec_for
from .conditions import Between, Call, Comparison, Condition, Joined, Membership, Negated, Size
from .declaring import index, primary
from .definition import Definition, definition_of, entities_of, kin_condition, refuse_overlaps
from .entity import Entity, unknown_attributes
from .expressions import Kind, Path, shards
from .generate import Page
from .identifiers import SortableIds, moment_of_id
from .indexes import AnyIndex, Index, KeyAttribute, KeyShape, LocalIndex
from .key_text import ESCAPES as KEY_SEPARATORS
from .keys import BoundIndex, BoundKey, Key, key_of, texts_of
from .lifecycle import VERSION_NAME, Lifecycle, Upgrade, moment_of, shard_number, shard_of, stamp, upgrade
from .markers import is_marker, marker_key
from .paths import AccessPath, KeyPart, SortCondition
from .query import Query, Then
from .recognition import recognise
from .selection import Columns, Names, Selectable, Selected
from .stored import MISSING, AttributeDefinition
from .stored_keys import stored_key
from .table import StreamView, Table, binary, number
from .templates import may_meet
from .templates import parse_template as parse_key_template

__all__ = [
    "KEY_SEPARATORS",
    "MISSING",
    "VERSION_NAME",
    "AccessPath",
    "AnyIndex",
    "Attr",
    "AttributeDefinition",
    "Between",
    "Bound",
    "BoundIndex",
    "BoundKey",
    "Call",
    "Change",
    "Codec",
    "Columns",
    "Comparison",
    "Condition",
    "Definition",
    "Entity",
    "Index",
    "Joined",
    "Key",
    "KeyAttribute",
    "KeyPart",
    "KeyShape",
    "Kind",
    "Lifecycle",
    "LocalIndex",
    "Membership",
    "Names",
    "Negated",
    "Page",
    "Path",
    "Query",
    "Selectable",
    "Selected",
    "Size",
    "SortCondition",
    "SortableIds",
    "StreamView",
    "Table",
    "Then",
    "Upgrade",
    "Wire",
    "attr",
    "binary",
    "codec_for",
    "created",
    "definition_of",
    "entities_of",
    "index",
    "is_marker",
    "key_of",
    "kin_condition",
    "marker_key",
    "may_meet",
    "moment_of",
    "moment_of_id",
    "number",
    "parse_key_template",
    "primary",
    "recognise",
    "refuse_overlaps",
    "revision",
    "shard_number",
    "shard_of",
    "shards",
    "stamp",
    "stored_key",
    "texts_of",
    "unknown_attributes",
    "updated",
    "upgrade",
    "write_shard",
]
