"""What an update must change besides: the index keys that templates make of the changed attributes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dynalayer.protocol import InvalidValue
from dynalayer.schema import AccessPath, Change, Key, KeyPart, Wire


def derived_keys(key: Key[Any], changes: Sequence[Change[Any]]) -> dict[str, Wire | None]:
    """Index keys that follow from the changes: to set, or to remove where None.

    Raises `InvalidValue` when a change touches the primary key, when an attribute is changed twice, and when an index
    key would be left half known.
    """
    _refuse_wrong_changes(key, changes)
    derived: dict[str, Wire | None] = {}
    known = {**key.values, **{c.path.attribute.name: c.value for c in changes if c.action == "SET"}}
    removed = {c.path.attribute.name for c in changes if c.action == "REMOVE"}
    touched = {c.path.attribute.name for c in changes}
    shared = _shared_parts(key.definition.paths.values())
    for path in key.definition.paths.values():
        leaves = any(source.name in removed for source in path.sources)
        for part in _parts_to_write(path, touched):
            own = any(source.name in removed for source in part.sources)
            if leaves and (own or part.attribute.name not in shared):
                derived[part.attribute.name] = None
            if leaves:
                continue
            _refuse_half_known(key, part, {source.name for source in part.sources} - known.keys())
            derived[part.attribute.name] = part.write(known)
    return derived


def _shared_parts(paths: Iterable[AccessPath]) -> set[str]:
    """The derived key attributes that several indexes share: an item that leaves one index may stay in another."""
    names = [part.attribute.name for path in paths for part in path.derived]
    return {name for name in names if names.count(name) > 1}


def _parts_to_write(path: AccessPath, touched: set[str]) -> list[KeyPart]:
    """The derived parts made of touched attributes; all of the path's if one of these may have been missing."""
    if any(source.optional and source.name in touched for source in path.sources):
        return path.derived
    return [part for part in path.derived if any(source.name in touched for source in part.sources)]


def _refuse_half_known(key: Key[Any], part: KeyPart, unknown: set[str]) -> None:
    if unknown:
        raise InvalidValue(
            f"{key.definition.name}: the index key {part.attribute.name!r} is made of {_names(part)}; this update does "
            f"not set {', '.join(sorted(unknown))}, so the key would be left half known: set all of them"
        )


def _names(part: KeyPart) -> str:
    return ", ".join(source.name for source in part.sources)


def _refuse_wrong_changes(key: Key[Any], changes: Iterable[Change[Any]]) -> None:
    seen: set[str] = set()
    for change in changes:
        attribute = change.path.attribute
        if attribute.owner != key.definition.name:
            raise InvalidValue(f"{change.path!r} is not an attribute of {key.definition.name}")
        is_key_value = attribute.name in key.values and change.value == key.values[attribute.name]
        if attribute.name in key.definition.key_sources and not is_key_value:
            raise InvalidValue(f"{change.path!r} is part of the primary key, which cannot change: put a new item")
        if attribute.name in seen:
            raise InvalidValue(f"{change.path!r} is changed twice in one update")
        seen.add(attribute.name)


def upsert_changes(key: Key[Any], changes: Sequence[Change[Any]]) -> tuple[list[Change[Any]], list[Change[Any]]]:
    """What a new item needs besides the changes: the attributes of its key, and defaults for those it may lack.

    Raises `InvalidValue` naming the required attributes that the changes do not give.
    """
    definition = key.definition
    given = {change.path.attribute.name for change in changes}
    of_key: list[Change[Any]] = []
    defaults: list[Change[Any]] = []
    missing: list[str] = []
    for name, attribute in definition.attributes.items():
        if name in given or attribute.wire_name in definition.table.key_names:
            continue
        if name in key.values:
            of_key.append(definition.path(name).set(key.values[name]))
        elif attribute.required:
            missing.append(name)
        elif attribute.has_default and attribute.when_absent() not in (None, set()):
            defaults.append(definition.path(name).set_if_missing(attribute.when_absent()))
    if missing:
        raise InvalidValue(f"{definition.name}: an upsert may make the item, so it must also set {', '.join(missing)}")
    return of_key, defaults


def default_keys(key: Key[Any], changes: Sequence[Change[Any]], defaults: Sequence[Change[Any]]) -> dict[str, Wire]:
    """The index keys of a new item that are made of defaults; an item that is there keeps its own."""
    known = {c.path.attribute.name: c.path.attribute.when_absent() for c in defaults}
    fixed = {**key.values, **{c.path.attribute.name: c.value for c in changes if c.action == "SET"}}
    keys: dict[str, Wire] = {}
    for path in key.definition.paths.values():
        if not all(source.name in known or source.name in fixed for source in path.sources):
            continue
        for part in path.derived:
            if any(source.name in known for source in part.sources):
                keys[part.attribute.name] = part.write({**known, **fixed})
    return keys
