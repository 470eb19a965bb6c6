"""Updates compiled to functions that make a new item of an old one, which stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from dynalayer.engines.embedded.evaluation.operands import Evaluate, Values, calculated, look_up, present
from dynalayer.engines.embedded.grammar.syntax import Element
from dynalayer.protocol import Item, ValidationError, Value, messages, numbers

_SETS: Final = ("SS", "NS", "BS")

Elements = tuple[Element, ...]
Step = tuple[str, Elements, Evaluate]
"""The section, the path and the operand of a clause; a REMOVE has an operand that is never used."""
Apply = Callable[[Item, Values], Item]


def compile_update(steps: Sequence[Step]) -> Apply:
    """A function that applies all clauses; their operands are evaluated on the item before the update.

    Assignments come first, by list position, so that those past a list's end append in that order; removals come
    last, from the highest position down, so that each means the position before the update.
    """
    assignments = sorted((step for step in steps if step[0] != "REMOVE"), key=_order)
    removals = sorted((step[1] for step in steps if step[0] == "REMOVE"), key=_path_order, reverse=True)

    if all(len(elements) == 1 for _, elements, _ in steps):
        return _flat([(section, str(path[0]), evaluate) for section, path, evaluate in steps])

    def apply(old: Item, values: Values) -> Item:
        new = dict(old)
        owned: set[int] = {id(new)}
        results = [
            (elements, _result(section, look_up(old, elements), present(evaluate(old, values))))
            for section, elements, evaluate in assignments
        ]
        for elements, result in results:
            if result is None:
                _remove(new, elements, owned)
            else:
                _assign(new, elements, result, owned)
        for elements in removals:
            _remove(new, elements, owned)
        return new

    return apply


def _flat(steps: Sequence[tuple[str, str, Evaluate]]) -> Apply:
    """The function for clauses on whole attributes, which most are."""

    def apply(old: Item, values: Values) -> Item:
        new = dict(old)
        for section, name, evaluate in steps:
            result = None
            if section != "REMOVE":
                result = _result(section, old.get(name), present(evaluate(old, values)))
            if result is None:
                new.pop(name, None)
            else:
                new[name] = result
        return new

    return apply


def _order(step: Step) -> tuple[tuple[int, int, str], ...]:
    return _path_order(step[1])


def _path_order(elements: Elements) -> tuple[tuple[int, int, str], ...]:
    return tuple((1, e, "") if isinstance(e, int) else (0, 0, e) for e in elements)


def _result(section: str, current: Value | None, operand: Value) -> Value | None:
    """The value that a clause gives its path; None when the path is to be removed."""
    if section == "SET":
        return operand
    if section == "ADD":
        return operand if current is None else _added(current, operand)
    return None if current is None else _without(current, operand)


def _added(current: Value, operand: Value) -> Value:
    ((kind, content),) = operand.items()
    if kind not in current:
        raise ValidationError(messages.UPDATE_TYPE)
    if kind == "N":
        return {"N": calculated(numbers.add, current, operand)}
    return {kind: list(dict.fromkeys([*current[kind], *content]))}


def _without(current: Value, operand: Value) -> Value | None:
    ((kind, content),) = operand.items()
    if kind not in current:
        raise ValidationError(messages.UPDATE_TYPE)
    gone = set(content)
    kept = [element for element in current[kind] if element not in gone]
    return {kind: kept} if kept else None


def _assign(item: Item, elements: Elements, value: Value, owned: set[int]) -> None:
    parent = _parent(item, elements, owned)
    last = elements[-1]
    if isinstance(last, int):
        if not isinstance(parent, list):
            raise ValidationError(messages.UPDATE_PATH)
        if last < len(parent):
            parent[last] = value
        else:
            parent.append(value)
    elif isinstance(parent, dict):
        parent[last] = value
    else:
        raise ValidationError(messages.UPDATE_PATH)


def _remove(item: Item, elements: Elements, owned: set[int]) -> None:
    parent = _parent(item, elements, owned)
    last = elements[-1]
    if isinstance(last, int):
        if not isinstance(parent, list):
            raise ValidationError(messages.UPDATE_PATH)
        if last < len(parent):
            del parent[last]
    elif isinstance(parent, dict):
        parent.pop(last, None)
    else:
        raise ValidationError(messages.UPDATE_PATH)


def _parent(item: Item, elements: Elements, owned: set[int]) -> Any:
    """The map or list that holds the path's last element, ours to change: what belongs to the old item is copied."""
    parent: Any = item
    for element in elements[:-1]:
        try:
            value = parent[element]
        except (KeyError, IndexError, TypeError):
            raise ValidationError(messages.UPDATE_PATH) from None
        kind = "M" if "M" in value else "L"
        if kind not in value:
            raise ValidationError(messages.UPDATE_PATH)
        child = value[kind]
        if id(child) not in owned:
            child = child.copy()
            owned.add(id(child))
            parent[element] = {kind: child}
        parent = child
    return parent
