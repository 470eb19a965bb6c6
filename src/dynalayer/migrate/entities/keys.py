"""How an entity reaches its items: which of its keys are templates over attributes, which attributes as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from dynalayer.migrate.contract import TableSpec, parse_template
from dynalayer.migrate.contract.values import Column, Placeholder, Static, StringFormat, Template
from dynalayer.migrate.queries import EntityPlan, Made
from dynalayer.protocol import DynalayerError
from dynalayer.schema import KEY_SEPARATORS, may_meet, parse_key_template

from .types import column_of, is_whole

_MOST_ON_A_SIDE: Final = 3


class EntitiesOverlap(DynalayerError):
    """Two entities of a table have keys that nothing tells apart, so neither could be read alone."""


class Side(Struct, frozen=True):
    """One key attribute: made of other attributes by a template, or with none the attribute itself.

    Attributes are named as the contract names them, and in the template as `{0}`, `{1}` in their order.
    """

    name: str
    attributes: tuple[str, ...]
    template: str | None

    @property
    def shape(self) -> str:
        """The template with its own attributes' names; only for comparing it with another."""
        return "{any:raw}" if self.template is None else self.template.format(*("{any:raw}" for _ in self.attributes))


class Path(Struct, frozen=True):
    """The key of a table or of the index of that name."""

    index: str | None
    sides: tuple[Side, ...]


class Keys(Struct, frozen=True):
    """The access paths of an entity, and those of its table that it has to do without, each with the reason."""

    primary: Path
    indexes: tuple[Path, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def made(self) -> frozenset[str]:
        """The key attributes that templates make, which are no attributes of the entity."""
        paths = (self.primary, *self.indexes)
        return frozenset(side.name for path in paths for side in path.sides if side.template is not None)


def keys_of(table: TableSpec, plans: Sequence[EntityPlan]) -> dict[str, Keys]:
    """The keys of all entities of a table by their names; raises `EntitiesOverlap`."""
    found: dict[str, Keys] = {}
    for plan in plans:
        primary = Path(None, tuple(_side(plan, name) for name in table.key_names))
        for name, other in found.items():
            if _meet(primary, other.primary):
                raise EntitiesOverlap(
                    f"entities {name!r} and {plan.entity.name!r} of table {table.name!r} cannot be told apart by their "
                    "keys; give them sort keys by templates with different beginnings, such as 'ORDER#{id}'"
                )
        indexes: list[Path] = []
        left_out: list[tuple[str, str]] = []
        for path in _index_paths(table, plan):
            met = [name for name, other in found.items() if any(_meet(path, each) for each in other.indexes)]
            if met:
                left_out.append((str(path.index), f"its keys there cannot be told from those of {', '.join(met)}"))
            else:
                indexes.append(path)
        found[plan.entity.name] = Keys(primary, tuple(indexes), tuple(left_out))
    return found


def _index_paths(table: TableSpec, plan: EntityPlan) -> Iterator[Path]:
    for index in table.indexes:
        if all(plan.entity.attribute(name) is not None for name in index.key_names):
            yield Path(index.name, tuple(_side(plan, name) for name in index.key_names))


def _meet(path: Path, other: Path) -> bool:
    if path.index != other.index:
        return False
    return all(map(_sides_meet, path.sides, other.sides))


def _sides_meet(ours: Side, theirs: Side) -> bool:
    first, second = (parse_key_template(side.shape, {"any": str}) for side in (ours, theirs))
    # Without a beginning of its own an entity's keys are all keys.
    if any(template.fields and not template.prefix for template in (first, second)):
        return True
    return may_meet(first, second)


def _side(plan: EntityPlan, name: str) -> Side:
    """A template only where it gives exactly the text that the migration writes, for every value it can have."""
    made = {each.attribute.name: each for each in plan.made}
    template = _template(made[name])
    if template is None:
        alike = _alike(plan, made[name])
        template = None if alike is None else Template((Placeholder(alike),))
    if template is None or made[name].attribute.type != "S":
        return Side(name, (name,), None)
    sources = [_source(plan, made, each) for each in template.names]
    known = [each for each in sources if each is not None]
    is_sort = plan.table.key_names[0] != name and all(index.pk != name for index in plan.table.indexes)
    if len(known) < len(sources) or len(set(known)) < len(known) or not (known or is_sort):
        return Side(name, (name,), None)
    if len(known) > _MOST_ON_A_SIDE or not _is_parted(template):
        return Side(name, (name,), None)
    return Side(name, tuple(known), _text(template))


def _template(made: Made) -> Template | None:
    """The template that a key is made by, if it is."""
    transformation, value = made.attribute.transformation, made.attribute.value
    if isinstance(transformation, StringFormat):
        return parse_template(transformation.format)
    if transformation is None and isinstance(value, Static) and isinstance(value.value, str):
        return Template((value.value,))
    return value if transformation is None and isinstance(value, Template) else None


def _alike(plan: EntityPlan, key: Made) -> str | None:
    """Another attribute with the same value as a key that is taken from a column."""
    if key.attribute.transformation is not None or not isinstance(key.attribute.value, Column):
        return None
    keys = {*plan.table.key_names, *(name for index in plan.table.indexes for name in index.key_names)}
    for each in plan.made:
        if each.attribute.name not in keys and each.attribute.value == key.attribute.value and _is_plain(each):
            return each.attribute.name
    return None


def _source(plan: EntityPlan, made: dict[str, Made], name: str) -> str | None:
    """The attribute that holds what a placeholder stands for, if there is one whose text is the key's."""
    if name in made:
        return name if _is_plain(made[name]) and _template(made[name]) is None else None
    value = Column(plan.entity.source_table, name)
    return next((each.attribute.name for each in plan.made if each.attribute.value == value and _is_plain(each)), None)


def _is_plain(made: Made) -> bool:
    """True if the attribute's value, put into a text, is what the migration puts there."""
    if made.attribute.type == "S":
        return made.attribute.transformation is None
    column = column_of(made.recipe)
    is_number = made.attribute.type == "N" and made.attribute.transformation is None
    return is_number and is_whole(made) and column is not None and column.kind in ("integer", "decimal")


def _is_parted(template: Template) -> bool:
    """True if between two placeholders stands a separator that a template may have there."""
    for first, second in zip(template.parts, template.parts[1:], strict=False):
        if isinstance(first, Placeholder) and (isinstance(second, Placeholder) or second[0] not in KEY_SEPARATORS):
            return False
    return True


def _text(template: Template) -> str:
    text, number = "", 0
    for part in template.parts:
        if isinstance(part, Placeholder):
            text, number = f"{text}{{{number}}}", number + 1
        else:
            # Doubled once for Python's own formatting here, and once for the template that comes out of it.
            text += part.replace("{", "{{{{").replace("}", "}}}}")
    return text
