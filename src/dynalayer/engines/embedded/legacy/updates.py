"""AttributeUpdates and AttributesToGet, translated into a compiled update and a projection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dynalayer.engines.embedded.evaluation.operands import Values, compile_operand, compile_path
from dynalayer.engines.embedded.evaluation.paths import Projection
from dynalayer.engines.embedded.evaluation.updates import Apply, Step, compile_update
from dynalayer.engines.embedded.expressions import ProjectionExpression, UpdateExpression
from dynalayer.engines.embedded.grammar import Scope
from dynalayer.engines.embedded.grammar.syntax import Call, Path, Placeholder
from dynalayer.engines.embedded.legacy.arguments import check_name
from dynalayer.engines.embedded.legacy.shapes import AttributeUpdate, AttributeUpdates
from dynalayer.protocol import Item, ValidationError, check_value, messages

_SETS: Final = ("SS", "NS", "BS")
_NO_ELEMENTS: Final = "no elements"


def attribute_updates(given: AttributeUpdates) -> tuple[UpdateExpression | None, Values]:
    """The update that AttributeUpdates stand for, and its values; None for an empty one."""
    for name, each in given.items():
        check_name(name)
        _check(each)
    if not given:
        return None, {}
    values = {f"update {name}": each.value for name, each in given.items() if each.value is not None}
    update = UpdateExpression(
        parameter="AttributeUpdates",
        names=frozenset(),
        values=tuple(values),
        apply=_worded(compile_update([_step(name, each) for name, each in given.items()])),
        touched=Projection([Path((name,)) for name in given]),
        attributes=frozenset(given),
    )
    return update, {**values, _NO_ELEMENTS: {"L": []}}


def attributes_to_get(given: Sequence[str]) -> ProjectionExpression:
    """The projection that AttributesToGet stand for; the names are those of whole attributes."""
    for name in given:
        if given.count(name) > 1:
            raise ValidationError(messages.LEGACY_NAME_TWICE.format(name))
    paths = [Path((name,)) for name in given]
    return ProjectionExpression(parameter="AttributesToGet", names=frozenset(), values=(), projection=Projection(paths))


def _check(given: AttributeUpdate) -> None:
    if given.value is None:
        if given.action != "DELETE":
            raise ValidationError(messages.LEGACY_ONLY_DELETE)
        return
    check_value(given.value)
    (kind,) = given.value
    if given.action == "DELETE" and kind not in _SETS:
        raise ValidationError(messages.LEGACY_DELETE_TYPE.format(kind))
    if given.action == "ADD" and kind not in ("N", "L", *_SETS):
        raise ValidationError(messages.LEGACY_ADD_TYPE.format(kind))


def _step(name: str, given: AttributeUpdate) -> Step:
    path, scope = Path((name,)), Scope({})
    if given.value is None:
        return "REMOVE", path.elements, compile_path(path.elements)
    value = Placeholder(f"update {name}")
    if given.action == "ADD" and "L" in given.value:
        # ADD of a list appends to one, which the ADD of expressions does not.
        present = Call("if_not_exists", (path, Placeholder(_NO_ELEMENTS)))
        return "SET", path.elements, compile_operand(Call("list_append", (present, value)), scope)
    section = "SET" if given.action == "PUT" else given.action
    return section, path.elements, compile_operand(value, scope)


def _worded(apply: Apply) -> Apply:
    """The same changes, but a type that does not fit is told as the service tells it for AttributeUpdates."""

    def applied(old: Item, values: Values) -> Item:
        try:
            return apply(old, values)
        except ValidationError as error:
            if error.message == messages.UPDATE_TYPE:
                raise ValidationError(messages.LEGACY_UPDATE_TYPE) from None
            raise

    return applied
