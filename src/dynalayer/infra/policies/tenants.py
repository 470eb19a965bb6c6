"""The partitions of one tenant, as IAM can say them."""

from __future__ import annotations

from collections.abc import Sequence

from dynalayer.access import Shape
from dynalayer.infra.grant import Tenant
from dynalayer.protocol import DefinitionError
from dynalayer.schema import AccessPath, Definition


def leading_keys(shape: Shape, reached: Sequence[Definition], pattern: str, tenant: Tenant) -> tuple[str, ...]:
    """What the partition keys of a tenant's items are, for the calls of one shape.

    Raises `DefinitionError` where the calls reach partitions that are not the tenant's alone.
    """
    if shape.operation == "Scan":
        raise DefinitionError(f"access pattern {pattern!r} scans, which reads the items of every tenant")
    paths = [(entity, path) for entity in reached for path in _paths(entity, shape.index)]
    if not paths:
        raise DefinitionError(
            f"access pattern {pattern!r} reaches no declared entity, so it cannot be held to a tenant"
        )
    return tuple(sorted({_leading_key(entity, path, pattern, tenant) for entity, path in paths}))


def _paths(entity: Definition, index: str | None) -> list[AccessPath]:
    return [path for path in (entity.primary, *entity.paths.values()) if path.index == index]


def _leading_key(entity: Definition, path: AccessPath, pattern: str, tenant: Tenant) -> str:
    where = f"access pattern {pattern!r}: the partitions of {entity.name}"
    where += "" if path.index is None else f" in index {path.index!r}"
    part, *others = path.partition
    if others:
        raise DefinitionError(f"{where} have several attributes, of which IAM sees the first only")
    known = f"${{{tenant.known_by}}}"
    if tenant.attribute not in [source.name for source in part.sources]:
        raise DefinitionError(
            f"{where} are made of {', '.join(source.name for source in part.sources) or 'no attribute'}, not of "
            f"{tenant.attribute}: a policy cannot hold a tenant to their own"
        )
    if part.template is None:
        return known
    return "".join(
        _literal(each) if isinstance(each, str) else known if each.name == tenant.attribute else "*"
        for each in part.template.parts
    )


def _literal(text: str) -> str:
    """Text as IAM takes it: its wildcards and the sign of a variable by name (IAM guide, "Policy variables")."""
    return "".join({"*": "${*}", "?": "${?}", "$": "${$}"}.get(letter, letter) for letter in text)
