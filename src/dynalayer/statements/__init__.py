"""Everything a user can ask for, as immutable values that do no I/O."""

from .batch import BatchGet, BatchWrite, batch_gets, batch_writes
from .counting import counted
from .cursors import Cursors, cursors
from .explain import Explanation, explain
from .items import Check, Create, Delete, Get, GetRow, Put, Update, changed
from .pages import Page, PageOf
from .plan import Clock, Pause, Plan, Step, Steps, ask
from .query import QueryPage
from .raw import Raw
from .reading import Pages, first_page
from .scan import Scan, ScanPage, scan, scan_page, segments
from .statement import Statement
from .tables import (
    CreateTable,
    DeleteTable,
    DescribeExpiry,
    DescribeTable,
    Description,
    EnableExpiry,
    ListTables,
)
from .transaction import Action, Transaction, transaction

__all__ = [
    "Action",
    "BatchGet",
    "BatchWrite",
    "Check",
    "Clock",
    "Create",
    "CreateTable",
    "Cursors",
    "Delete",
    "DeleteTable",
    "DescribeExpiry",
    "DescribeTable",
    "Description",
    "EnableExpiry",
    "Explanation",
    "Get",
    "GetRow",
    "ListTables",
    "Page",
    "PageOf",
    "Pages",
    "Pause",
    "Plan",
    "Put",
    "QueryPage",
    "Raw",
    "Scan",
    "ScanPage",
    "Statement",
    "Step",
    "Steps",
    "Transaction",
    "Update",
    "ask",
    "batch_gets",
    "batch_writes",
    "changed",
    "counted",
    "cursors",
    "explain",
    "first_page",
    "scan",
    "scan_page",
    "segments",
    "transaction",
]
