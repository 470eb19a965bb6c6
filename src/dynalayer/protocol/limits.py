"""The bounds that the DynamoDB API sets (developer guide, "Quotas in Amazon DynamoDB"); sizes are in bytes."""

from __future__ import annotations

from typing import Final

ITEM_BYTES: Final = 400 * 1024
PAGE_BYTES: Final = 1024 * 1024
BATCH_BYTES: Final = 16 * 1024 * 1024
TRANSACTION_BYTES: Final = 4 * 1024 * 1024

HASH_KEY_BYTES: Final = 2048
RANGE_KEY_BYTES: Final = 1024
ATTRIBUTE_NAME_BYTES: Final = 65535

READ_UNIT_BYTES: Final = 4096
WRITE_UNIT_BYTES: Final = 1024

NESTING: Final = 32
NUMBER_DIGITS: Final = 38
NUMBER_MAX_EXPONENT: Final = 125
NUMBER_MIN_EXPONENT: Final = -130

BATCH_GET_KEYS: Final = 100
BATCH_WRITES: Final = 25
TRANSACTION_ACTIONS: Final = 100
TOKEN_LENGTH: Final = 36
BATCH_STATEMENTS: Final = 25
STATEMENT_LENGTH: Final = 8192
STATEMENT_PARTITIONS: Final = 50
TOKEN_SECONDS: Final = 600

EXPRESSION_BYTES: Final = 4096
EXPRESSION_OPERATORS: Final = 300
PLACEHOLDER_CHARACTERS: Final = 255
PLACEHOLDERS_BYTES: Final = 2 * 1024 * 1024
IN_OPERANDS: Final = 100

GLOBAL_INDEXES: Final = 20
LOCAL_INDEXES: Final = 5
KEY_ATTRIBUTES: Final = 4
"""Attributes on each side, HASH and RANGE, of a global index's key."""
COLLECTION_BYTES: Final = 10 * 1024**3
"""Items with one partition key, and their entries in local indexes (guide, "Item collections")."""
PROJECTED_ATTRIBUTES: Final = 100
CAPACITY_UNITS: Final = 10**12
TABLES_PER_LIST: Final = 100
TAGS_PER_TABLE: Final = 50
SCAN_SEGMENTS: Final = 1_000_000

STREAM_SECONDS: Final = 86400
"""Records of a stream older than a day are trimmed (guide, "Change data capture for DynamoDB Streams")."""
ITERATOR_SECONDS: Final = 900
RECORDS_PER_PAGE: Final = 1000
STREAMS_PER_PAGE: Final = 100

TTL_PAST_SECONDS: Final = 5 * 365 * 86400
"""Items whose expiry lies further in the past than five years are left alone (guide, "Time to Live")."""
