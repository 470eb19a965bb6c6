"""What is found in a contract: where, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Literal

from msgspec import Struct

from dynalayer.protocol import DynalayerError

Severity = Literal["error", "warning"]


class Finding(Struct, frozen=True):
    """One thing that is wrong, or may be: `pointer` is the place in the document, as RFC 6901 writes it."""

    severity: Severity
    pointer: str
    reason: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.severity} at {self.pointer or 'the root'}: {self.reason}{hint}"


class Findings:
    """Gathers findings in the order in which they are made."""

    def __init__(self) -> None:
        self._all: list[Finding] = []

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def errors(self) -> list[Finding]:
        """Those that forbid to go on."""
        return [finding for finding in self._all if finding.severity == "error"]

    def error(self, pointer: str, reason: str, hint: str = "") -> None:
        """Note what forbids to go on."""
        self._all.append(Finding("error", pointer, reason, hint))

    def warn(self, pointer: str, reason: str, hint: str = "") -> None:
        """Note what should be looked at."""
        self._all.append(Finding("warning", pointer, reason, hint))

    def extend(self, findings: Iterable[Finding]) -> None:
        """Take over what was found elsewhere."""
        self._all.extend(findings)


class ContractInvalid(DynalayerError):
    """A contract cannot be used; `findings` tells every place and reason, warnings too."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        errors = [str(finding) for finding in self.findings if finding.severity == "error"]
        super().__init__(f"the contract has {len(errors)} error(s):\n" + "\n".join(f"- {each}" for each in errors))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The hint for a name that does not exist: the ones most like it, or all there are."""
    names = sorted(set(known))
    if not names:
        return ""
    lower = {name.lower(): name for name in names}
    close = [lower[each] for each in get_close_matches(word.lower(), lower, n=3, cutoff=0.6)]
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    shown = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    return f"there are: {shown}"


def pointer_to(*parts: str | int) -> str:
    """The JSON pointer (RFC 6901) of these steps."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
