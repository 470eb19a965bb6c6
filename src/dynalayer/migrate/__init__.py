"""Migration from SQL by contract: validate, plan, create, backfill, verify, repair."""

from .backfill import Options as BackfillOptions
from .backfill import OtherMigration, Summary, TargetRefuses, TooManyRejects
from .contract import Contract, ContractInvalid, Finding, load_contract, normalised, read_contract
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
    "Difference",
    "Exported",
    "Finding",
    "Migration",
    "OtherMigration",
    "Outlook",
    "Policies",
    "Report",
    "SourceUnavailable",
    "Summary",
    "TargetRefuses",
    "TooManyRejects",
    "check_contract",
    "create_tables",
    "load_contract",
    "normalised",
    "read_contract",
    "shown_difference",
]
