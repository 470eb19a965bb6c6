"""What tests of an application need: a connection that fails as planned and keeps what it was asked."""

from ._async import AsyncFaults
from ._sync import Faults
from .access import assert_access_patterns
from .plan import Call

__all__ = ["AsyncFaults", "Call", "Faults", "assert_access_patterns"]
