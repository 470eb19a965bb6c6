"""The records of DynamoDB Streams as typed changes, and a Lambda function's answer about them; no I/O."""

from .batches import Failure, Failures, handle_batch, handle_batch_async
from .decoding import Decoder, Event, Source, decode_stream
from .lineage import childless, ready, without_passed
from .position import BEGINNING, ENDED, SINCE, Position, table_of
from .records import Inserted, Modified, Record, Removed, StreamRecord, Unknown

__all__ = [
    "BEGINNING",
    "ENDED",
    "SINCE",
    "Decoder",
    "Event",
    "Failure",
    "Failures",
    "Inserted",
    "Modified",
    "Position",
    "Record",
    "Removed",
    "Source",
    "StreamRecord",
    "Unknown",
    "childless",
    "decode_stream",
    "handle_batch",
    "handle_batch_async",
    "ready",
    "table_of",
    "without_passed",
]
