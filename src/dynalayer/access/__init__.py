"""Access patterns as data: what a program reads and writes, checked and priced before it runs; no I/O but imports."""

from dynalayer.statements import ON_DEMAND, Prices

from .check import MAX_WASTE, check
from .loading import CannotCheck
from .patterns import Accepted, AccessPattern
from .placeholders import any_
from .report import Finding, Report, Row
from .undeclared import Recorded, Undeclared, undeclared

__all__ = [
    "MAX_WASTE",
    "ON_DEMAND",
    "Accepted",
    "AccessPattern",
    "CannotCheck",
    "Finding",
    "Prices",
    "Recorded",
    "Report",
    "Row",
    "Undeclared",
    "any_",
    "check",
    "undeclared",
]
