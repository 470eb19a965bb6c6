"""What tests of an application need: fresh databases, a clock that stands still, planned faults, calls with their cost.

All of it works without pytest; `dynalayer.testing.plugin` makes fixtures of it.
"""

from ._async import AsyncFaults
from ._sync import Faults
from .access import Undeclared, assert_access_patterns, undeclared
from .calls import Call, Calls, Units
from .clock import START, FrozenClock
from .engines import fresh_names
from .fresh import fresh_async_database, fresh_database
from .plan import Attempt, Failure, Fault, FaultPlan
from .serving import serving

__all__ = [
    "START",
    "AsyncFaults",
    "Attempt",
    "Call",
    "Calls",
    "Failure",
    "Fault",
    "FaultPlan",
    "Faults",
    "FrozenClock",
    "Undeclared",
    "Units",
    "assert_access_patterns",
    "fresh_async_database",
    "fresh_database",
    "fresh_names",
    "serving",
    "undeclared",
]
