"""Who may do what: the access patterns of one part of a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dynalayer.access import AccessPattern


@dataclass(frozen=True, slots=True)
class Tenant:
    """The part of the keys that says whose an item is, and what knows it of the caller.

    `attribute` is the attribute of the entities that begins their partition keys, `known_by` an IAM condition key, such
    as `aws:PrincipalTag/tenant`, which only the one who issues the credentials may set.
    """

    attribute: str
    known_by: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What one part of a program, such as a function, may do: these access patterns and nothing else.

    With a `tenant` each call reaches only that tenant's partitions.
    """

    name: str
    patterns: Sequence[AccessPattern]
    tenant: Tenant | None = None
