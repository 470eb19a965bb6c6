"""The base class of all entities."""

from __future__ import annotations

import sys
import typing
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform, get_args, get_origin

from dynalayer.protocol import DefinitionError, to_plain

from .attributes import Attr, attr, created, revision, updated, write_shard
from .bounds import bounded, checked
from .building import Declared, build_primary, build_secondary, refuse_two_makings
from .codecs import EPOCH_SECONDS, Codec, codec_for, is_optional, without_none
from .definition import Definition, register
from .generate import UNKNOWN, generate
from .keys import Primary, Secondary
from .layout import Layout, layout_of
from .lifecycle import VERSION_NAME, Lifecycle, Upgrade, lifecycle_of
from .markers import check_uniques
from .paths import AccessPath
from .stored import AttributeDefinition
from .table import Table


@dataclass_transform(kw_only_default=True, field_specifiers=(attr, created, updated, revision, write_shard))
class Entity:
    """A kind of item: subclass it with `table=` and declare its attributes and its key.

    `name` is the entity's name (the class's by default); `camel_case` stores `session_id` as `sessionId`; `version` is
    the version of its schema, kept in every item, with an `upgrade` from each version below. With `inside` its
    attributes are kept in one map of that name, but for the expiry and those declared with `outside=True`. Raises
    `DefinitionError` when the class is made, for everything that cannot work.
    """

    __definition__: ClassVar[Definition]

    def __init_subclass__(
        cls,
        *,
        table: Table | None = None,
        name: str | None = None,
        camel_case: bool = False,
        version: int | None = None,
        inside: str | None = None,
    ) -> None:
        super().__init_subclass__()
        base: Definition | None = getattr(cls, "__definition__", None)
        if table is None and base is None:
            if inside is not None:
                raise DefinitionError(
                    f"{name or cls.__name__}: inside= is said where table= is, of each entity by itself"
                )
            return
        scope = _scope()
        if base is not None:
            table = _table_of_kin(base, table, name or cls.__name__)
            version = version or (base.lifecycle.version if base.lifecycle else None)
        assert table is not None
        layout = layout_of(name or cls.__name__, table, camel_case, inside, base)
        cls.__definition__ = _define(cls, layout, version, scope, base)
        generate(cls.__definition__)
        register(cls.__definition__)

    if not TYPE_CHECKING:

        def __init__(self, **values: Any) -> None:
            raise TypeError(f"{type(self).__name__} is not bound to a table: declare it with table=...")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment] # instances can change, so they must not be in sets

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items() if name != UNKNOWN)
        return f"{type(self).__name__}({values})"


def unknown_attributes(entity: Entity) -> dict[str, Any]:
    """What an item has that its class does not declare, as plain values by their names; it is written back as it is."""
    unknown: dict[str, Any] = vars(entity).get(UNKNOWN, {})
    return {name: to_plain(value) for name, value in unknown.items()}


def _scope() -> dict[str, Any]:
    """The local names where the class is written, so that annotations may name classes of a function's body."""
    frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
    return dict(frame.f_locals)


def _table_of_kin(base: Definition, table: Table | None, name: str) -> Table:
    if table not in (None, base.table):
        raise DefinitionError(f"{name} is derived from {base.name}, so it is in {base.table!r} as well")
    if base.table.discriminator is None:
        raise DefinitionError(
            f"{name} is derived from {base.name} and shares its keys, so the items must say which they are: "
            f"declare the table with discriminator=, Table({base.table.name!r}, ..., discriminator='type')"
        )
    return base.table


def _define(
    cls: type[Entity], layout: Layout, version: int | None, scope: dict[str, Any], base: Definition | None
) -> Definition:
    name, table = layout.entity, layout.table
    root = (base.root or base.name) if base is not None else ""
    attributes = _attributes(cls, layout, scope)
    keys = [value for value in _members(cls).values() if isinstance(value, Primary)]
    if len(keys) != 1:
        raise DefinitionError(f"{name} must declare its primary key once, as key = primary(...); found {len(keys)}")
    indexes = [value for value in _members(cls).values() if isinstance(value, Secondary)]
    _refuse_twice(name, [index.index for index in indexes])
    kept = [known for known in (table.discriminator, version and VERSION_NAME) if known]
    paths = _paths(table, keys[0], indexes, attributes, root or name, kept)
    check_uniques(name, table, paths[0], attributes)
    return Definition(
        name,
        cls,
        table,
        attributes,
        *paths,
        next((a for a in attributes.values() if a.top_name == table.ttl), None),
        _lifecycle(cls, name, attributes, version),
        root,
        layout.camel_case,
        layout.inside,
    )


def _lifecycle(
    cls: type[Entity], name: str, attributes: dict[str, AttributeDefinition], version: int | None
) -> Lifecycle | None:
    steps = [value for value in _members(cls).values() if isinstance(value, Upgrade)]
    lifecycle = lifecycle_of(name, attributes, version, steps)
    return lifecycle if lifecycle.is_needed else None


def _paths(
    table: Table,
    key: Declared,
    indexes: list[Secondary[..., Any]],
    attributes: dict[str, AttributeDefinition],
    name: str,
    kept: list[str],
) -> tuple[AccessPath, dict[str, AccessPath]]:
    primary = build_primary(table, key, attributes, name)
    paths: dict[str, AccessPath] = {}
    for index in indexes:
        path = build_secondary(table, index, attributes, name, (key, primary), kept)
        for other in paths.values():
            refuse_two_makings(f"{name}.{index.name}", other, path)
        paths[index.name] = path
    return primary, paths


def _members(cls: type[Entity]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        found.update(vars(base))
    return found


def _refuse_twice(name: str, indexes: list[str | None]) -> None:
    twice = {index for index in indexes if indexes.count(index) > 1}
    if twice:
        raise DefinitionError(f"{name} fills index {min(filter(None, twice))!r} twice")


def _attributes(cls: type[Entity], layout: Layout, scope: dict[str, Any]) -> dict[str, AttributeDefinition]:
    attributes: dict[str, AttributeDefinition] = {}
    for attribute_name, annotation in _annotations(cls, layout.entity, scope).items():
        declared = _members(cls).get(attribute_name)
        if not isinstance(declared, Attr):
            declared = attr() if declared is None else attr(default=declared)
            declared.__set_name__(cls, attribute_name)
            setattr(cls, attribute_name, declared)
        attributes[attribute_name] = _attribute(declared, annotation, layout, scope)
    layout.check(attributes)
    return attributes


def _annotations(cls: type[Entity], name: str, scope: dict[str, Any]) -> dict[str, Any]:
    try:
        hints = typing.get_type_hints(cls, localns={**vars(sys.modules[cls.__module__]), **scope})
    except NameError as error:
        raise DefinitionError(f"{name}: an annotation names something that is not there: {error}") from None
    return {key: get_args(hint)[0] for key, hint in hints.items() if get_origin(hint) is Attr}


def _attribute(declared: Attr[Any], annotation: Any, layout: Layout, scope: dict[str, Any]) -> AttributeDefinition:
    options, table, entity = declared.options, layout.table, layout.entity
    wire_name = layout.wire_name(declared.name, options)
    if options.ttl and table.ttl != wire_name:
        raise DefinitionError(
            f"{entity}.{declared.name} is marked ttl, but {table!r} is declared with ttl={table.ttl!r}"
        )
    if isinstance(options.default, (list, dict, set)):
        raise DefinitionError(f"{entity}.{declared.name}: give a mutable default as factory=")
    codec = _codec(declared, annotation, wire_name == table.ttl, entity, scope)
    return AttributeDefinition(
        entity,
        declared.name,
        wire_name,
        annotation,
        codec,
        options.default,
        options.factory,
        is_optional(annotation),
        codec.is_set,
        options.role,
        options.unit,
        options.unique,
        options.sharding.count if options.sharding else 0,
        options.sharding.of.name if options.sharding else "",
        options.max_bytes,
        layout.holder(declared.name, options),
    )


def _codec(declared: Attr[Any], annotation: Any, is_ttl: bool, entity: str, scope: dict[str, Any]) -> Codec:
    try:
        codec = codec_for(without_none(annotation), scope)
        if codec.is_set and is_optional(annotation):
            raise TypeError(f"{codec.type_name} | None does not tell an empty set from None: leave out None")
    except TypeError as error:
        raise DefinitionError(f"{entity}.{declared.name}: {error}") from None
    role = declared.options.role
    allowed = ("datetime", "int") if role in ("created", "updated") else ("int",) if role else (codec.type_name,)
    if codec.type_name not in allowed or (role and is_optional(annotation)):
        raise DefinitionError(f"{entity}.{declared.name}: {role}() is a {' or '.join(allowed)}")
    if is_ttl and codec.type_name == "datetime":
        codec = EPOCH_SECONDS
    elif is_ttl and codec.type_name != "int":
        raise DefinitionError(f"{entity}.{declared.name}: an expiry is an int of seconds or a datetime")
    if declared.options.max_bytes is not None:
        codec = bounded(codec, declared.options.max_bytes, f"{entity}.{declared.name}")
    return codec if declared.options.check is None else checked(codec, declared.options.check)
