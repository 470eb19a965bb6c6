"""Everything a user can ask for, as immutable values that do no I/O."""

from .batches.batch import BatchGet, BatchWrite, batch_gets, batch_writes
from .batches.batching import BatchRead, BatchWritten, EncodedBatch, NotWritten, Patience, read_batch, write_batch
from .explaining.costs import ON_DEMAND, Prices
from .explaining.explain import Explainable, Explanation, explain
from .items.items import Check, Create, Delete, Get, GetRow, Put, Update, changed
from .plan import At, Clock, Pause, Plan, Step, Steps, Together, ask
from .raw import Raw
from .reading.collection import Collection, CollectionPage, collection
from .reading.counting import counted
from .reading.cursors import Cursors, cursors
from .reading.membership import UnknownItem
from .reading.pages import Page, PageOf
from .reading.query import QueryPage
from .reading.reading import Pages, first_page
from .reading.scan import Scan, ScanPage, scan, scan_page, segments
from .reading.transact_get import TransactGet, transact_get
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
from .tables.differences import Difference, Found, differences
from .tables.provision import (
    IndexProgress,
    add_index,
    bring_up,
    create_tables,
    delete_tables,
    look_at,
    settle,
    table_differences,
)
from .tables.settings import (
    CreateIndex,
    DescribeRecovery,
    DescribeTags,
    EnableProtection,
    EnableRecovery,
    EnableStream,
    WriteTags,
)
from .tables.tables import (
    CreateTable,
    DeleteTable,
    DescribeExpiry,
    DescribeTable,
    Description,
    EnableExpiry,
    ListTables,
)
from .writing.once import exactly_once
from .writing.repeating import judged, may_repeat, outcome_unknown
from .writing.transaction import Action, Transaction, transaction
from .writing.writing import holder_of, plan_of

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
    "Found",
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
    "bring_up",
    "changed",
    "collection",
    "counted",
    "create_tables",
    "cursors",
    "delete_tables",
    "differences",
    "exactly_once",
    "explain",
    "first_page",
    "holder_of",
    "judged",
    "look_at",
    "may_repeat",
    "outcome_unknown",
    "plan_of",
    "read_batch",
    "scan",
    "scan_page",
    "segments",
    "settle",
    "table_differences",
    "transact_get",
    "transaction",
    "write_batch",
]
