"""What an update must change besides: the index keys that templates make of the changed attributes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dynalayer.protocol import InvalidValue
from dynalayer.schema import MISSING, VERSION_NAME, AccessPath, Change, Definition, Key, KeyPart, Wire, stamp


def derived_keys(key: Key[Any], changes: Sequence[Change[Any]], *, upsert: bool = False) -> dict[str, Wire | None]:
    """Index keys that follow from the changes: to set, or to remove where None.

    An upsert, which may make the item, also sets those that have one text for all items. Raises `InvalidValue` when a
    change touches the primary key, when an attribute is changed twice, and when an index key would be left half known.
    """
    _refuse_wrong_changes(key, changes)
    derived: dict[str, Wire | None] = {}
    known = {**key.values, **_values_after(changes)}
    removed = {c.path.attribute.name for c in changes if _removes(c) and c.path.attribute.optional}
    touched = {c.path.attribute.name for c in changes}
    for path in key.definition.paths.values():
        if touched.isdisjoint(path.source_names):
            continue
        leaves = not removed.isdisjoint(path.source_names)
        for part in _parts_to_write(path, touched, upsert):
            if leaves:
                # A key attribute that several indexes share stays, unless it is itself made of what goes.
                own = any(source.name in removed for source in part.sources)
                if own or part.attribute.name not in key.definition.shared_keys:
                    derived[part.attribute.name] = None
                continue
            _refuse_half_known(key, part, {source.name for source in part.sources} - known.keys())
            derived[part.attribute.name] = part.write(known)
    return derived


def _values_after(changes: Iterable[Change[Any]]) -> dict[str, Any]:
    """The values of whole attributes after these changes, as far as they do not depend on the item.

    An attribute that is read as its default when it is absent has that default once it is removed.
    """
    values: dict[str, Any] = {}
    for change in changes:
        attribute = change.path.attribute
        if change.action == "SET" and not change.path.steps:
            values[attribute.name] = change.value
        elif _removes(change) and attribute.default is not MISSING and not attribute.optional:
            values[attribute.name] = attribute.default
    return values


def _removes(change: Change[Any]) -> bool:
    return change.action == "REMOVE" and not change.path.steps


def implied_changes(key: Key[Any], changes: Sequence[Change[Any]], now: float, *, upsert: bool) -> list[Change[Any]]:
    """What an update changes besides: the moment, the revision, and shards of attributes that it sets.

    Raises `InvalidValue` for a change of what the layer fills in, and for one that leaves a shard half known.
    """
    definition = key.definition
    implied: list[Change[Any]] = []
    lifecycle = definition.lifecycle
    if lifecycle is None and not definition.shards:
        return implied
    for change in changes:
        attribute = change.path.attribute
        if attribute.role is not None and attribute.name not in key.values:
            raise InvalidValue(f"{change.path!r} is filled in by the layer and cannot be changed by an update")
        implied += _shard_changes(definition, change)
    if lifecycle is None:
        return implied
    if lifecycle.created is not None and upsert:
        implied.append(definition.path(lifecycle.created.name).set_if_missing(stamp(lifecycle.created, now)))
    if lifecycle.updated is not None:
        implied.append(definition.path(lifecycle.updated.name).set(stamp(lifecycle.updated, now)))
    if lifecycle.revision is not None:
        implied.append(definition.path(lifecycle.revision.name).add(1))
    return implied


def _shard_changes(definition: Definition, change: Change[Any]) -> list[Change[Any]]:
    """The shards made of a changed attribute."""
    made: list[Change[Any]] = []
    for name, source in definition.shards.items():
        if source.name != change.path.attribute.name:
            continue
        if change.action != "SET":
            raise InvalidValue(f"{change.path!r} decides the shard {name!r}, so an update can only set it")
        made.append(definition.path(name).set(definition.shard(name, change.value)))
    return made


def fixed_attributes(definition: Definition) -> dict[str, Wire]:
    """What every item of an entity carries: its name and the version of its schema, where declared."""
    fixed: dict[str, Wire] = {}
    if definition.table.discriminator is not None:
        fixed[definition.table.discriminator] = {"S": definition.name}
    if definition.lifecycle is not None and definition.lifecycle.version is not None:
        fixed[VERSION_NAME] = {"N": str(definition.lifecycle.version)}
    return fixed


def _parts_to_write(path: AccessPath, touched: set[str], upsert: bool) -> Sequence[KeyPart]:
    """The derived parts made of touched attributes; all of the path's if one of these may have been missing."""
    if any(source.optional and source.name in touched for source in path.sources):
        return path.derived
    return [p for p in path.derived if any(source.name in touched for source in p.sources) or _is_new(p, upsert)]


def _is_new(part: KeyPart, upsert: bool) -> bool:
    """True for a key that has one text for all items, if the item may be a new one."""
    return upsert and not part.sources


def _refuse_half_known(key: Key[Any], part: KeyPart, unknown: set[str]) -> None:
    if unknown:
        raise InvalidValue(
            f"{key.definition.name}: the index key {part.attribute.name!r} is made of {_names(part)}; this update does "
            f"not set {', '.join(sorted(unknown))}, so the key would be left half known: set all of them"
        )


def _names(part: KeyPart) -> str:
    return ", ".join(source.name for source in part.sources)


def _refuse_wrong_changes(key: Key[Any], changes: Iterable[Change[Any]]) -> None:
    seen: dict[str, list[Change[Any]]] = {}
    for change in changes:
        attribute = change.path.attribute
        if attribute.owner != key.definition.name:
            raise InvalidValue(f"{change.path!r} is not an attribute of {key.definition.name}")
        is_key_value = attribute.name in key.values and change.value == key.values[attribute.name]
        if attribute.name in key.definition.key_sources and not is_key_value:
            raise InvalidValue(f"{change.path!r} is part of the primary key, which cannot change: put a new item")
        if _removes(change) and not attribute.optional:
            _refuse_to_leave(key, change)
        for other in seen.setdefault(attribute.name, []):
            _refuse_overlap(change, other)
        seen[attribute.name].append(change)


def _refuse_to_leave(key: Key[Any], change: Change[Any]) -> None:
    """An attribute that is read as its default and is an index key itself would take the item out of the index."""
    for path in key.definition.paths.values():
        for part in path.parts:
            if part.is_native and part.sources[0] is change.path.attribute:
                raise InvalidValue(
                    f"{change.path!r} is a key of index {path.index!r}, which an item without it is not in: set it to "
                    "its default instead of removing it"
                )


def _refuse_overlap(change: Change[Any], other: Change[Any]) -> None:
    ours, theirs = change.path.steps, other.path.steps
    shorter = min(len(ours), len(theirs))
    if ours[:shorter] != theirs[:shorter]:
        return
    if len(ours) == len(theirs):
        raise InvalidValue(f"{change.path!r} is changed twice in one update")
    whole, part = sorted((change.path, other.path), key=lambda path: len(path.steps))
    raise InvalidValue(f"{part!r} is a part of {whole!r}, and one update cannot change both: set the whole")


def upsert_changes(key: Key[Any], changes: Sequence[Change[Any]]) -> tuple[list[Change[Any]], list[Change[Any]]]:
    """What a new item needs besides the changes: the attributes of its key, and defaults for those it may lack.

    Raises `InvalidValue` naming the required attributes that the changes do not give.
    """
    definition = key.definition
    for change in changes:
        if change.path.steps or change.action == "COPY":
            raise InvalidValue(f"{change!r} needs an item that is there, but an upsert may make one: set the whole")
    given = {change.path.attribute.name for change in changes}
    of_key: list[Change[Any]] = []
    defaults: list[Change[Any]] = []
    missing: list[str] = []
    for name, attribute in definition.attributes.items():
        if name in given or attribute.top_name in definition.table.key_names or attribute.role not in (None, "shard"):
            continue
        if name in definition.shards and name not in key.values:
            if definition.shards[name].name in key.values:
                of_key.append(
                    definition.path(name).set(definition.shard(name, key.values[definition.shards[name].name]))
                )
        elif name in key.values:
            of_key.append(definition.path(name).set(key.values[name]))
        elif attribute.required:
            missing.append(name)
        elif attribute.has_default and (initial := attribute.initial()) not in (None, set()):
            if attribute.optional or attribute.is_set:
                # Its absence in an item that is there means None or the empty set, which must stay.
                missing.append(name)
            else:
                defaults.append(definition.path(name).set_if_missing(initial))
    if missing:
        raise InvalidValue(f"{definition.name}: an upsert may make the item, so it must also set {', '.join(missing)}")
    return of_key, defaults


def default_keys(key: Key[Any], changes: Sequence[Change[Any]], defaults: Sequence[Change[Any]]) -> dict[str, Wire]:
    """The index keys of a new item that are made of defaults; an item that is there keeps its own."""
    if not defaults:
        return {}
    known = {c.path.attribute.name: c.value for c in defaults}
    fixed = {**key.values, **_values_after(changes)}
    keys: dict[str, Wire] = {}
    for path in key.definition.paths.values():
        if not all(source.name in known or source.name in fixed for source in path.sources):
            continue
        for part in path.derived:
            if any(source.name in known for source in part.sources) or not part.sources:
                keys[part.attribute.name] = part.write({**known, **fixed})
    return keys
