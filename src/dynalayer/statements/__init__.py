"""Everything a user can ask for, as immutable values that do no I/O."""

from .batch import BatchGet, BatchWrite, batch_gets, batch_writes
from .batching import BatchRead, BatchWritten, EncodedBatch, NotWritten, Patience, read_batch, write_batch
from .collection import Collection, CollectionPage, collection
from .costs import ON_DEMAND, Prices
from .counting import counted
from .cursors import Cursors, cursors
from .differences import Difference
from .explain import Explainable, Explanation, explain
from .items import Check, Create, Delete, Get, GetRow, Put, Update, changed
from .membership import UnknownItem
from .once import exactly_once
from .pages import Page, PageOf
from .plan import At, Clock, Pause, Plan, Step, Steps, Together, ask
from .provision import IndexProgress, add_index, create_tables, delete_tables, table_differences
from .query import QueryPage
from .raw import Raw
from .reading import Pages, first_page
from .repeating import judged, may_repeat, outcome_unknown
from .scan import Scan, ScanPage, scan, scan_page, segments
from .settings import (
    CreateIndex,
    DescribeRecovery,
    DescribeTags,
    EnableProtection,
    EnableRecovery,
    EnableStream,
    WriteTags,
)
from .statement import Statement
from .streams import (
    DescribeStream,
    GetRecords,
    GetShardIterator,
    IteratorKind,
    ListStreams,
    RecordsPage,
    Shard,
    StreamName,
    StreamPage,
)
from .tables import (
    CreateTable,
    DeleteTable,
    DescribeExpiry,
    DescribeTable,
    Description,
    EnableExpiry,
    ListTables,
)
from .transact_get import TransactGet, transact_get
from .transaction import Action, Transaction, transaction
from .writing import holder_of, plan_of

__all__ = [
    "ON_DEMAND",
    "Action",
    "At",
    "BatchGet",
    "BatchRead",
    "BatchWrite",
    "BatchWritten",
    "Check",
    "Clock",
    "Collection",
    "CollectionPage",
    "Create",
    "CreateIndex",
    "CreateTable",
    "Cursors",
    "Delete",
    "DeleteTable",
    "DescribeExpiry",
    "DescribeRecovery",
    "DescribeStream",
    "DescribeTable",
    "DescribeTags",
    "Description",
    "Difference",
    "EnableExpiry",
    "EnableProtection",
    "EnableRecovery",
    "EnableStream",
    "EncodedBatch",
    "Explainable",
    "Explanation",
    "Get",
    "GetRecords",
    "GetRow",
    "GetShardIterator",
    "IndexProgress",
    "IteratorKind",
    "ListStreams",
    "ListTables",
    "NotWritten",
    "Page",
    "PageOf",
    "Pages",
    "Patience",
    "Pause",
    "Plan",
    "Prices",
    "Put",
    "QueryPage",
    "Raw",
    "RecordsPage",
    "Scan",
    "ScanPage",
    "Shard",
    "Statement",
    "Step",
    "Steps",
    "StreamName",
    "StreamPage",
    "Together",
    "TransactGet",
    "Transaction",
    "UnknownItem",
    "Update",
    "WriteTags",
    "add_index",
    "ask",
    "batch_gets",
    "batch_writes",
    "changed",
    "collection",
    "counted",
    "create_tables",
    "cursors",
    "delete_tables",
    "exactly_once",
    "explain",
    "first_page",
    "holder_of",
    "judged",
    "may_repeat",
    "outcome_unknown",
    "plan_of",
    "read_batch",
    "scan",
    "scan_page",
    "segments",
    "table_differences",
    "transact_get",
    "transaction",
    "write_batch",
]
