"""Moving an application over while it runs: phases, gates, writes to both databases, reads that compare."""

from ._async_counting import AsyncCounts
from ._async_queue import AsyncQueue, AsyncSqlQueue, AsyncStoredQueue
from ._async_reads import AsyncDualReader
from ._async_state import AsyncState
from ._async_writes import AsyncDualWriter
from ._sync_counting import Counts
from ._sync_queue import Queue, SqlQueue, StoredQueue
from ._sync_reads import DualReader
from ._sync_state import State
from ._sync_writes import DualWriter
from .comparing import Discrepancy, as_lines
from .entries import Entry
from .gates import Figures, Limits, WayBack, missing, missing_back
from .heartbeat import Heartbeat, Leftover, beat, last_beat
from .leftovers import Leftovers
from .moving import Move, NoTables, Status
from .phases import FIRST, LAST, PHASES, IllegalTransition, Phase, following, phase, phase_of_flags
from .readers import AsyncReaders, Readers
from .transitions import GateShut, Handover, Held, PhaseMoved, PhaseUnknown, Transition
from .writing import DualWriteFailed, Event, OnFailure, Repaired, RepairNotNoted, SqlIsOver, WriteTooLate

__all__ = [
    "FIRST",
    "LAST",
    "PHASES",
    "AsyncCounts",
    "AsyncDualReader",
    "AsyncDualWriter",
    "AsyncQueue",
    "AsyncReaders",
    "AsyncSqlQueue",
    "AsyncState",
    "AsyncStoredQueue",
    "Counts",
    "Discrepancy",
    "DualReader",
    "DualWriteFailed",
    "DualWriter",
    "Entry",
    "Event",
    "Figures",
    "GateShut",
    "Handover",
    "Heartbeat",
    "Held",
    "IllegalTransition",
    "Leftover",
    "Leftovers",
    "Limits",
    "Move",
    "NoTables",
    "OnFailure",
    "Phase",
    "PhaseMoved",
    "PhaseUnknown",
    "Queue",
    "Readers",
    "RepairNotNoted",
    "Repaired",
    "SqlIsOver",
    "SqlQueue",
    "State",
    "Status",
    "StoredQueue",
    "Transition",
    "WayBack",
    "WriteTooLate",
    "as_lines",
    "beat",
    "following",
    "last_beat",
    "missing",
    "missing_back",
    "phase",
    "phase_of_flags",
]
