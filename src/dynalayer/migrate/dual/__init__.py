"""Moving an application over while it runs: phases, gates, writes to both databases, reads that compare."""

from .comparing import Discrepancy, as_lines
from .counting import Counts
from .gates import Figures, Limits, missing
from .moving import Move, NoTables, Status
from .phases import FIRST, LAST, PHASES, IllegalTransition, Phase, following, phase, phase_of_flags
from .queue import Entry, Queue, SqlQueue, StoredQueue
from .readers import Readers
from .reads import DualReader
from .state import GateShut, Held, PhaseMoved, PhaseUnknown, State, Transition
from .writes import DualWriteFailed, DualWriter, Event, OnFailure, Repaired, RepairNotNoted, SqlIsOver

__all__ = [
    "FIRST",
    "LAST",
    "PHASES",
    "Counts",
    "Discrepancy",
    "DualReader",
    "DualWriteFailed",
    "DualWriter",
    "Entry",
    "Event",
    "Figures",
    "GateShut",
    "Held",
    "IllegalTransition",
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
    "as_lines",
    "following",
    "missing",
    "phase",
    "phase_of_flags",
]
