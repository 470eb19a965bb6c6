"""Everything a user can ask for, as immutable values that do no I/O."""

from .batch import BatchGet, BatchWrite, batch_gets, batch_writes
from .explain import Explanation, explain
from .items import Check, Create, Delete, Get, Put, Update, changed
from .plan import Clock, Pause, Plan, Step, Steps, ask
from .query import Page, QueryPage, first_page
from .raw import Raw
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
    "Delete",
    "DeleteTable",
    "DescribeExpiry",
    "DescribeTable",
    "Description",
    "EnableExpiry",
    "Explanation",
    "Get",
    "ListTables",
    "Page",
    "Pause",
    "Plan",
    "Put",
    "QueryPage",
    "Raw",
    "Statement",
    "Step",
    "Steps",
    "Transaction",
    "Update",
    "ask",
    "batch_gets",
    "batch_writes",
    "changed",
    "explain",
    "first_page",
    "transaction",
]
