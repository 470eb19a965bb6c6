"""What is wrong with a contract before anything is created: against the schema, and against the rows."""

from __future__ import annotations

from dynalayer.migrate.contract import Contract, Findings
from dynalayer.migrate.queries import EntityPlan, compile_contract
from dynalayer.migrate.source import SourceSchema

from .coverage import check_coverage
from .keys import check_keys
from .lint import check_meaning
from .survey import Survey, survey
from .types import check_types

__all__ = ["Survey", "survey", "validate"]


def validate(contract: Contract, schema: SourceSchema) -> tuple[tuple[EntityPlan, ...], Findings]:
    """Check a contract against the schema of its source; gives the plans of what fits, and what was found."""
    findings = Findings()
    findings.extend(check_meaning(contract))
    plans = compile_contract(contract, schema, findings)
    for plan in plans:
        findings.extend(check_types(plan))
        findings.extend(check_keys(plan))
    if len(plans) == sum(1 for _ in contract.entities()):
        findings.extend(check_coverage(contract, schema, plans))
    return plans, findings
