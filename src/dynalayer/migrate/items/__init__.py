"""Items made of rows: the one conversion that backfill, live writes, comparison and verification share; pure."""

from .converting import Policies
from .keys import digest_of, key_from, key_text, shown_key
from .making import Fetched, Maker, Rejected
from .texts import Unconvertible, text_of

__all__ = [
    "Fetched",
    "Maker",
    "Policies",
    "Rejected",
    "Unconvertible",
    "digest_of",
    "key_from",
    "key_text",
    "shown_key",
    "text_of",
]
