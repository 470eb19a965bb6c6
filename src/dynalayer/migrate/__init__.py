"""Migration from SQL by contract: validate, plan, create, backfill, verify, repair."""

from .backfill import Options as BackfillOptions
from .backfill import OtherMigration, Summary, TargetRefuses, TooManyRejects
from .contract import Contract, ContractInvalid, Finding, load_contract, normalised, read_contract
from .dual import (
    Counts,
    Discrepancy,
    DualReader,
    DualWriteFailed,
    DualWriter,
    Figures,
    GateShut,
    IllegalTransition,
    Limits,
    Move,
    Phase,
    Readers,
    RepairNotNoted,
    SqlIsOver,
    SqlQueue,
    State,
    Status,
    StoredQueue,
    Transition,
    as_lines,
    phase,
)
from .exporting import Exported
from .items import Policies
from .migration import Migration, Outlook, check_contract, create_tables
from .source import SourceUnavailable
from .verify import CannotTellOrphans, Difference, Report
from .verify import shown as shown_difference

__all__ = [
    "BackfillOptions",
    "CannotTellOrphans",
    "Contract",
    "ContractInvalid",
    "Counts",
    "Difference",
    "Discrepancy",
    "DualReader",
    "DualWriteFailed",
    "DualWriter",
    "Exported",
    "Figures",
    "Finding",
    "GateShut",
    "IllegalTransition",
    "Limits",
    "Migration",
    "Move",
    "OtherMigration",
    "Outlook",
    "Phase",
    "Policies",
    "Readers",
    "RepairNotNoted",
    "Report",
    "SourceUnavailable",
    "SqlIsOver",
    "SqlQueue",
    "State",
    "Status",
    "StoredQueue",
    "Summary",
    "TargetRefuses",
    "TooManyRejects",
    "Transition",
    "as_lines",
    "check_contract",
    "create_tables",
    "load_contract",
    "normalised",
    "phase",
    "read_contract",
    "shown_difference",
]
