"""Access patterns as data: what a program reads and writes, checked and priced before it runs; no I/O but imports."""

from dynalayer.statements import ON_DEMAND, Prices

from .check import MAX_WASTE, check
from .loading import CannotCheck, load, members_of
from .patterns import Accepted, AccessPattern
from .placeholders import any_
from .reached import definitions_of, first_statement, shapes_of
from .report import Finding, Report, Row
from .shapes import Shape
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
    "Shape",
    "Undeclared",
    "any_",
    "check",
    "definitions_of",
    "first_statement",
    "load",
    "members_of",
    "shapes_of",
    "undeclared",
]
