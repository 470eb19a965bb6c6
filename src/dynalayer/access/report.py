"""What a check found: the table of patterns with their cost, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from dynalayer.statements import Prices

from .patterns import Code

Severity = Literal["error", "warning", "hint"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, will be, or is worth knowing (a hint, which fails no check)."""

    severity: Severity
    code: Code
    name: str
    """Of the pattern, entity, table or index that it is about."""
    reason: str
    way_out: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.code}: {self.name}: {self.reason}; {self.way_out}"


@dataclass(frozen=True, slots=True)
class Row:
    """One pattern and what a call of it takes at most; `month` is its price for a month at its rate."""

    pattern: str
    operation: str
    where: str
    by: str
    items: int | None
    read_units: float
    write_units: float
    per_second: float | None
    month: Decimal | None

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        return (
            self.pattern,
            self.operation,
            self.where,
            self.by,
            _number(self.items),
            _number(self.read_units or None),
            _number(self.write_units or None),
            _number(self.per_second),
            "" if self.month is None else f"{self.month:,.2f}",
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a check; printed it is what a person reads."""

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    prices: Prices

    @property
    def ok(self) -> bool:
        """True if nothing was found but hints."""
        return all(finding.severity == "hint" for finding in self.findings)

    @property
    def month(self) -> Decimal:
        """The price of all patterns for a month."""
        return sum((row.month for row in self.rows if row.month is not None), Decimal(0))

    def of(self, severity: Severity) -> list[Finding]:
        """The findings of one severity."""
        return [finding for finding in self.findings if finding.severity == severity]

    def __str__(self) -> str:
        return "\n".join([*self._table(), *self._told(), self._sum()])

    def _table(self) -> Iterator[str]:
        if self.rows:
            heads = ("pattern", "operation", "on", "by", "items", "RCU", "WCU", "a second")
            yield from columns(
                [(*heads, f"{self.prices.currency} a month"), *(row.cells() for row in self.rows)], left=4
            )
            yield f"total {self.month:,.2f} {self.prices.currency} a month ({self._priced()}; storage apart)"
            yield ""

    def _priced(self) -> str:
        prices = self.prices
        units = f"{prices.read} {prices.currency} for a million read units, {prices.write} for a million write"
        return f"{prices}: {units}"

    def _told(self) -> Iterator[str]:
        for severity in ("error", "warning", "hint"):
            for finding in self.findings:
                if finding.severity == severity:
                    yield f"{severity} [{finding.code}] {finding.name}: {finding.reason}"
                    yield f"    {finding.way_out}"

    def _sum(self) -> str:
        counts = [
            f"{len(self.of(severity))} {severity}{'' if len(self.of(severity)) == 1 else 's'}"
            for severity in ("error", "warning", "hint")
        ]
        patterns = f"{len(self.rows)} pattern{'' if len(self.rows) == 1 else 's'}"
        return f"{patterns}: {', '.join(counts)}"

    def as_json(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            "ok": self.ok,
            "patterns": [
                {
                    "pattern": row.pattern,
                    "operation": row.operation,
                    "on": row.where,
                    "by": row.by,
                    "items": row.items,
                    "read_units": row.read_units,
                    "write_units": row.write_units,
                    "per_second": row.per_second,
                    "month": None if row.month is None else float(round(row.month, 4)),
                }
                for row in self.rows
            ],
            "findings": [
                {
                    "severity": finding.severity,
                    "code": finding.code,
                    "name": finding.name,
                    "reason": finding.reason,
                    "way_out": finding.way_out,
                }
                for finding in self.findings
            ],
            "month": float(round(self.month, 4)),
            "prices": {
                "reads_per_million": float(self.prices.read),
                "writes_per_million": float(self.prices.write),
                "currency": self.prices.currency,
                "of": str(self.prices),
            },
        }


def columns(lines: Sequence[tuple[str, ...]], *, left: int) -> Iterator[str]:
    """Lines as aligned columns, of which the first `left` are flush left."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        cells = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2g}" if value < 1 else f"{value:,.1f}".removesuffix(".0")
