"""What came out of a run: figures, what failed in words, and both as a table or as JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from live_translation.demo.accounting import Account, Trouble, percentile
from live_translation.demo.audit import Check

_FAULTS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A finished run; sizes in bytes, times in seconds."""

    session_id: str
    listeners: int
    languages: int
    seed: int
    segments: int
    partials: int
    translated: int
    from_cache: int
    untranslated: tuple[str, ...]
    leaves: int
    stays: int
    account: Account
    checks: tuple[Check, ...]
    file_size: int
    engine: str
    seconds: float

    @property
    def failures(self) -> list[str]:
        """Everything that is wrong, in words; empty if nothing is."""
        faults = [str(fault) for fault in self.account.faults]
        disagreeing = [f"the counts do not agree {check}" for check in self.checks if not check.agrees]
        silent = [] if self.account.expected else ["no delivery was expected, so nothing has been shown"]
        return [*faults, *self.untranslated, *disagreeing, *silent]

    @property
    def is_good(self) -> bool:
        """True if nothing was lost, doubled or otherwise wrong and all counts agree."""
        return not self.failures

    def to_json(self) -> dict[str, Any]:
        """The figures and failures; times in milliseconds."""
        return {
            "ok": self.is_good,
            "failures": self.failures,
            "sessionId": self.session_id,
            "engine": self.engine,
            "seed": self.seed,
            "listeners": self.listeners,
            "languages": self.languages,
            "stays": self.stays,
            "leaves": self.leaves,
            "segments": self.segments,
            "partials": self.partials,
            "translations": {"asked": self.translated + self.from_cache, "fromCache": self.from_cache},
            "deliveries": {
                "expected": self.account.expected,
                "made": self.account.made,
                "extra": self.account.extra,
                "lost": self.account.count(Trouble.lost),
                "doubled": self.account.count(Trouble.doubled),
            },
            "latencyMs": {"p50": _milliseconds(self, 0.5), "p99": _milliseconds(self, 0.99)},
            "counts": [
                {
                    "moment": check.moment,
                    "sockets": check.sockets,
                    "listenerCount": check.counted,
                    "connections": check.items,
                    "agree": check.agrees,
                }
                for check in self.checks
            ],
            "fileBytes": self.file_size,
            "seconds": round(self.seconds, 1),
        }

    def to_table(self) -> str:
        """The figures as aligned lines, and below them what failed."""
        rows = [*self._figures(), *self._counts()]
        width = max(len(name) for name, _ in rows)
        lines = [f"  {name:<{width}}  {value}" for name, value in rows]
        return "\n".join([*lines, "", *self._verdict()])

    def _figures(self) -> list[tuple[str, str]]:
        account, asked = self.account, self.translated + self.from_cache
        return [
            ("engine", self.engine),
            ("listeners", f"{self.listeners} in {self.languages} languages, {self.leaves} left and came back"),
            ("segments", f"{self.segments:,} finals, {self.partials:,} partial results"),
            ("translations", f"{asked:,} asked, {self.from_cache:,} answered from cache"),
            ("deliveries expected", f"{account.expected:,}"),
            ("deliveries made", f"{account.made:,} (and {account.extra:,} to listeners coming or going)"),
            ("lost", f"{account.count(Trouble.lost):,}"),
            ("doubled", f"{account.count(Trouble.doubled):,}"),
            ("final to caption", f"p50 {_shown(self, 0.5)}, p99 {_shown(self, 0.99)}"),
            ("database file", f"{self.file_size / 1024:,.0f} KiB"),
            ("wall time", f"{self.seconds:.1f} s"),
        ]

    def _counts(self) -> list[tuple[str, str]]:
        rows: list[tuple[str, str]] = []
        for position, check in enumerate(self.checks):
            verdict = "agree" if check.agrees else "DISAGREE"
            rows.append(("" if position else "listener count", f"{verdict} {check}"))
        return rows

    def _verdict(self) -> list[str]:
        if self.is_good:
            return ["Nothing lost, nothing doubled, all counts agree."]
        failures = self.failures
        more = len(failures) - _FAULTS_SHOWN
        kinds = Counter(fault.trouble.value for fault in self.account.faults)
        summary = [f"  {number:,} × {kind}" for kind, number in kinds.most_common()]
        shown = [f"  {failure}" for failure in failures[:_FAULTS_SHOWN]]
        return ["FAILED:", *summary, *shown, *([f"  and {more:,} more"] if more > 0 else [])]


def _milliseconds(report: Report, share: float) -> float | None:
    value = percentile(report.account.latencies, share)
    return None if value is None else round(1000 * value, 1)


def _shown(report: Report, share: float) -> str:
    value = _milliseconds(report, share)
    return "unknown" if value is None else f"{value:,.1f} ms"
