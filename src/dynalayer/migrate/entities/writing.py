"""The source of a module with the tables and entities of a contract, typed, and formatted as formatters leave it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dynalayer import Entity
from dynalayer.migrate.contract import Contract, TableSpec
from dynalayer.migrate.items import Policies
from dynalayer.migrate.queries import EntityPlan

from .keys import Keys, Path, Side, keys_of
from .naming import Names, words_of
from .types import Member, Typed, typed

_WIDTH: Final = 88
_INDENT: Final = "    "
_LIBRARY: Final = ("Attr", "Entity", "Index", "Table", "attr", "binary", "index", "number", "primary")
_TAKEN: Final = frozenset({*_LIBRARY, "Any", "Decimal", "Struct", "annotations", "field", "dict", "list", "set", "str"})
_OF_ENTITIES: Final = frozenset({"key", *dir(Entity)})


def entities_source(
    contract: Contract, plans: Sequence[EntityPlan], policies: Policies | None = None, *, prefix: str = ""
) -> str:
    """A Python module that declares the tables of a contract, each name after `prefix`, and an entity for each plan.

    Keys stand in templates where these give exactly what the migration writes, and are attributes where not. Moments
    are texts, as they are stored. Raises `EntitiesOverlap` where the keys of two entities of one table can meet.
    """
    module = _Module(Names(_TAKEN), policies or Policies(), prefix)
    for table in contract.tables:
        module.add(table, [plan for plan in plans if plan.table.name == table.name])
    return module.text()


class _Module:
    def __init__(self, names: Names, policies: Policies, prefix: str) -> None:
        self._names = names
        self._policies = policies
        self._prefix = prefix
        self._blocks: list[list[str]] = []

    def add(self, table: TableSpec, plans: Sequence[EntityPlan]) -> None:
        variable = self._names.attribute(table.name)
        self._blocks.append(_table(table, variable, self._prefix + table.name))
        keys = keys_of(table, plans)
        for plan in plans:
            self._add_entity(plan, keys[plan.entity.name], variable)

    def text(self) -> str:
        body = "".join("\n".join(["\n", "", *block]) for block in self._blocks)
        used = [name for name in _LIBRARY if f"{name}(" in body or f"{name}[" in body or f"({name}," in body]
        lines = ['"""Tables and entities, made of the contract of a migration."""', ""]
        standard = [
            line
            for name, line in (("Decimal", "from decimal import Decimal"), ("Any", "from typing import Any"))
            if f"[{name}" in body or f", {name}]" in body or f": {name}" in body
        ]
        if standard:
            lines += [*standard, ""]
        lines += [_import("dynalayer", used)]
        if "(Struct" in body:
            lines += [f"from msgspec import Struct{', field' if ' = field(' in body else ''}"]
        # The first block is a table, which has one blank line before it, and all after it have two.
        return "\n".join(lines) + body.removeprefix("\n") + "\n"

    def _add_entity(self, plan: EntityPlan, keys: Keys, table: str) -> None:
        own, fields = Names(_OF_ENTITIES), dict[str, str]()
        lines: list[str] = []
        class_ = self._names.class_(plan.entity.name)
        for made in plan.made:
            found = typed(plan, made, self._policies)
            if found is None or made.attribute.name in keys.made:
                continue
            name = made.attribute.name
            fields[name] = own.attribute(name)
            is_in_key = any(name in side.attributes for side in keys.primary.sides)
            lines += self._field(fields[name], name, found, lacks=found.may_lack and not is_in_key, class_=class_)
        lines += _call(f"{_INDENT}key = primary", _arguments(keys.primary, fields))
        for path in keys.indexes:
            variable = own.attribute(str(path.index))
            lines += _call(f"{_INDENT}{variable} = index", [_quoted(str(path.index)), *_arguments(path, fields)])
        for name, reason in keys.left_out:
            lines.append(f"{_INDENT}# Not in index {name}: {reason}.")
        head = [f"class {class_}(Entity, table={table}):"]
        head += [f'{_INDENT}"""What a row of {plan.source.name} became."""', ""]
        self._blocks.append(head + lines)

    def _field(self, variable: str, name: str, found: Typed, *, lacks: bool, class_: str) -> list[str]:
        text = found.type
        if found.members is not None:
            text = text.format(self._struct(_joined(class_, name), found.members))
        given = [] if variable == name else [f"name={_quoted(name)}"]
        if found.is_set:
            given.append("factory=set")
        elif lacks:
            text, given = f"{text} | None", [*given, "default=None"]
        return _call(f"{_INDENT}{variable}: Attr[{text}] = attr", given)

    def _struct(self, name: str, members: Sequence[Member]) -> str:
        class_, own = self._names.class_(name), Names()
        lines = [f"class {class_}(Struct, kw_only=True):"]
        for member in members:
            variable = own.attribute(member.name)
            may_lack = member.may_lack and member.type != "Any"
            text = f"{member.type} | None" if may_lack else member.type
            default = ["default=None"] if member.may_lack else []
            if variable != member.name:
                lines += _call(f"{_INDENT}{variable}: {text} = field", [*default, f"name={_quoted(member.name)}"])
            else:
                lines.append(f"{_INDENT}{variable}: {text}{' = None' if member.may_lack else ''}")
        self._blocks.append(lines)
        return class_


def _joined(class_: str, name: str) -> str:
    """The name of what an attribute holds: `OrderLines` for `lines`, and for `order_lines` as well."""
    first, second = words_of(class_), words_of(name)
    return "_".join(first + (second[len(first) :] if second[: len(first)] == first else second))


def _table(table: TableSpec, variable: str, name: str) -> list[str]:
    given = [_quoted(name), f"pk={_key(table, table.pk)}"]
    if table.sk is not None:
        given.append(f"sk={_key(table, table.sk)}")
    indexes: list[str] = []
    for index in table.indexes:
        sides = [f"pk={_key(table, index.pk)}", *([] if index.sk is None else [f"sk={_key(table, index.sk)}"])]
        if index.projection == "INCLUDE":
            sides.append(f"projection=[{', '.join(map(_quoted, index.projected_attributes))}]")
        elif index.projection != "ALL":
            sides.append(f"projection={_quoted(index.projection)}")
        indexes += _call(f"{_INDENT * 2}Index", [_quoted(index.name), *sides])
        indexes[-1] += ","
    if not indexes:
        return _call(f"{variable} = Table", given)
    opening = [f"{variable} = Table(", *(f"{_INDENT}{each}," for each in given)]
    return [*opening, f"{_INDENT}indexes=[", *indexes, f"{_INDENT}],", ")"]


def _key(table: TableSpec, name: str) -> str:
    make = {"N": "number", "B": "binary"}.get(str(table.type_of(name)))
    return _quoted(name) if make is None else f"{make}({_quoted(name)})"


def _arguments(path: Path, fields: dict[str, str]) -> Iterator[str]:
    partition, *sort = path.sides
    first = [fields[name] for name in partition.attributes]
    yield first[0] if len(first) == 1 else f"({', '.join(first)})"
    for side in sort:
        yield from (fields[name] for name in side.attributes)
    for role, side in zip(("pk", "sk"), path.sides, strict=False):
        if side.template is not None:
            yield f"{role}={_quoted(_written(side, fields))}"


def _written(side: Side, fields: dict[str, str]) -> str:
    return str(side.template).format(*(f"{{{fields[name]}:raw}}" for name in side.attributes))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if escaped.isprintable() else ascii(text)


def _call(start: str, arguments: Iterator[str] | Sequence[str]) -> list[str]:
    """A call on one line if it fits, else its arguments on one of their own, else one on each."""
    given = list(arguments)
    indent = start[: len(start) - len(start.lstrip())]
    whole = f"{start}({', '.join(given)})"
    if len(whole) <= _WIDTH:
        return [whole]
    inner = f"{indent}{_INDENT}{', '.join(given)}"
    if len(inner) <= _WIDTH:
        return [f"{start}(", inner, f"{indent})"]
    return [f"{start}(", *(f"{indent}{_INDENT}{each}," for each in given), f"{indent})"]


def _import(module: str, names: Sequence[str]) -> str:
    whole = f"from {module} import {', '.join(names)}"
    if len(whole) <= _WIDTH:
        return whole
    return f"from {module} import (\n" + "".join(f"{_INDENT}{name},\n" for name in names) + ")"
