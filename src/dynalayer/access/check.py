"""Checks the access patterns of modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Final

from dynalayer.protocol import DynalayerError
from dynalayer.schema import Definition, entities_of
from dynalayer.statements import ON_DEMAND, Prices

from .entity_rules import entity_findings
from .loading import Declared, declared_by
from .patterns import AccessPattern
from .report import Finding, Report, Row
from .statement_rules import statement_findings
from .subjects import subject_of
from .table_rules import Used, table_findings
from .takings import Amount, Sizes, Use
from .uses import uses
from .words import tell

MAX_WASTE: Final = 0.5
MONTH_SECONDS: Final = 730 * 3600
"""A month as the service's own calculator counts it."""


def check(*modules: ModuleType | str, prices: Prices = ON_DEMAND, max_waste: float = MAX_WASTE) -> Report:
    """Check the access patterns that modules declare, and tell what each costs; nothing is sent anywhere.

    A module given by its name is imported. `max_waste` is the share of the items read that filters may drop. Raises
    `CannotCheck` for modules that cannot be imported, and when none has an access pattern.
    """
    declared = declared_by(modules)
    findings = list(declared.refused)
    used: list[Used] = []
    for pattern in declared.patterns:
        try:
            findings += statement_findings(pattern, max_waste)
            used.append((pattern, _uses(pattern)))
        except DynalayerError as error:
            findings.append(Finding("error", "statement", pattern.name, str(error), "correct the statement"))
    entities = _entities(declared, used)
    for entity in entities:
        findings += entity_findings(entity)
    findings += table_findings(entities, used)
    rows = tuple(_row(pattern, takes, prices) for pattern, takes in used)
    return Report(rows, tuple(_without_accepted(findings, declared)), prices)


def _uses(pattern: AccessPattern) -> list[Use]:
    return uses(pattern.asked, Amount(pattern.items, pattern.keeps), Sizes(pattern.item_bytes))


def _entities(declared: Declared, used: Iterable[Used]) -> list[Definition]:
    """The entities of the modules and of every table that a pattern reaches, each once."""
    found = [*declared.entities, *(use.definition for _, takes in used for use in takes)]
    of_tables = [entity for each in found for entity in entities_of(each.table)]
    return list(dict.fromkeys([*found, *of_tables]))


def _row(pattern: AccessPattern, takes: Iterable[Use], prices: Prices) -> Row:
    told = tell(subject_of(pattern.asked).asked)
    reads = sum(use.units for use in takes if use.kind == "read")
    writes = sum(use.units for use in takes if use.kind == "write")
    rate = pattern.per_second
    month = None if rate is None else prices.cost(reads * rate * MONTH_SECONDS, writes * rate * MONTH_SECONDS)
    return Row(pattern.name, told.operation, told.where, told.by, pattern.items, reads, writes, rate, month)


def _without_accepted(findings: Iterable[Finding], declared: Declared) -> Iterator[Finding]:
    reasons = {(accepted.code, accepted.name): accepted.because for accepted in declared.accepted}
    for finding in findings:
        names = (finding.name, *finding.name.split(" and "))
        because = next((reasons[finding.code, name] for name in names if (finding.code, name) in reasons), None)
        way_out = finding.way_out if because is None else f"accepted: {because}"
        yield finding if because is None else replace(finding, severity="hint", way_out=way_out)
