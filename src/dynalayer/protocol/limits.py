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
TOKEN_SECONDS: Final = 600

EXPRESSION_BYTES: Final = 4096
EXPRESSION_OPERATORS: Final = 300
IN_OPERANDS: Final = 100

GLOBAL_INDEXES: Final = 20
PROJECTED_ATTRIBUTES: Final = 100
TABLES_PER_LIST: Final = 100
SCAN_SEGMENTS: Final = 1_000_000

TTL_PAST_SECONDS: Final = 5 * 365 * 86400
"""Items whose expiry lies further in the past than five years are left alone (guide, "Time to Live")."""
