"""Items made of rows: the one conversion that backfill, live writes, comparison and verification share; pure."""

from .checking import Rejected, check_size, key_rule
from .converting import Notes, Policies, convert, native_of
from .keys import digest_of, key_from, key_text, shown_key
from .making import Fetched, Maker
from .returning import from_json, json_of, returned, why_not_returned
from .texts import TOKEN, Unconvertible, moved, text_of

__all__ = [
    "TOKEN",
    "Fetched",
    "Maker",
    "Notes",
    "Policies",
    "Rejected",
    "Unconvertible",
    "check_size",
    "convert",
    "digest_of",
    "from_json",
    "json_of",
    "key_from",
    "key_rule",
    "key_text",
    "moved",
    "native_of",
    "returned",
    "shown_key",
    "text_of",
    "why_not_returned",
]
