"""How values of earlier writers are mended: fields out of any place, moments in any form, numbers that are text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from coagent.entities.envelope import DATA
from dynalayer import Attr, Entity, InvalidValue, Table, attr, primary

Item = dict[str, Any]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_JSON: Final = msgspec.json.Decoder(float_hook=Decimal)
UNCHECKED: Final = "unchecked"
"""Where values are kept that earlier writers did not check."""
_BESIDE: Final = re.compile(
    r"PK|SK|GSI\d+[PS]K|EntityType|CreatedAt|UpdatedAt|Revision|TTL|Shard|DeletingSince|RefreshingUntil"
)
"""What stands beside the fields of an item."""
_MOMENTS: Final = ("createdAt", "lastRun", "analyzedAt", "completedAt", "date")
"""Fields that tell when an item was made, where its envelope does not."""


def in_its_map(bring: Callable[[Item], Item]) -> Callable[[Item], Item]:
    """The whole item of what `bring` makes of its fields."""

    def brought(item: Item) -> Item:
        new = bring(item)
        beside = {name: value for name, value in item.items() if _BESIDE.fullmatch(name) and value is not None}
        moments = (_moment_of(new.get(name)) for name in _MOMENTS)
        made = next((moment for moment in moments if moment is not None), _EPOCH)
        beside.setdefault("CreatedAt", (made - _EPOCH) // timedelta(milliseconds=1))
        beside.setdefault("UpdatedAt", beside["CreatedAt"])
        return {**beside, DATA: new}

    return brought


def flat(item: Item) -> Item:
    """The fields, wherever they are; what is null is left out."""
    data = item.get(DATA)
    fields = data if isinstance(data, dict) else _told_as_json(data)
    beside = {name: value for name, value in item.items() if name != DATA and not _BESIDE.fullmatch(name)}
    return {name: value for name, value in {**beside, **fields}.items() if value is not None}


def _told_as_json(data: Any) -> Item:
    """The fields of a payload that somebody wrote as text, as the documents of before have it."""
    if data is None:
        return {}
    with suppress(msgspec.DecodeError, TypeError):
        found: Any = _JSON.decode(data)
        if isinstance(found, dict):
            return found
    return {UNCHECKED: {DATA: data}}


def set_aside(new: Item, name: str, check: Callable[[Any], object]) -> None:
    """Keep a value that its field may not have under another name, so that the rest can be read and nothing is lost."""
    try:
        if name in new:
            check(new[name])
    except (ValueError, TypeError, AttributeError, ArithmeticError):
        new.setdefault(UNCHECKED, {})[name] = new.pop(name)


def maps(value: Any) -> Iterable[Item]:
    """The maps in a list; none where there is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def owned(item: Item) -> Item:
    """The fields of what is in a user's partition, with the ids that the key tells."""
    new = flat(item)
    new["userId"] = owner(item)
    new["id"] = new.get("id") or new.get("moduleId") or id_of(item)
    return new


def owner(item: Item) -> str:
    """The id of whom the partition is of."""
    return id_in(str(item["PK"]).partition("#")[2])


def id_of(item: Item) -> str:
    """The id that the sort key tells."""
    return id_in(str(item["SK"]).partition("#")[2])


class _Part(Entity, table=Table("parts", pk="part")):
    """An id as keys hold it; none is ever stored."""

    id: Attr[str] = attr()
    key = primary(id, pk="#{id}")


def id_in(text: str) -> str:
    """The id that a key holds as this text: the one whose key it is, or the text itself where no id has such a key."""
    template = _Part.key.definition.primary.parts[0].template
    assert template is not None
    try:
        return str(template.parse(f"#{text}")["id"])
    except InvalidValue:
        return text


def created(item: Item) -> datetime:
    """When the envelope says that the item was made; 1970 where it does not."""
    return _moment_of(item.get("CreatedAt")) or _EPOCH


def to_moment(new: Item, name: str, default: datetime | None = None) -> None:
    """Make a field a moment as the entities store it; one that cannot be read is set aside for the default, or none."""
    set_aside(new, name, _refuse_no_moment)
    moment = _moment_of(new.pop(name, None)) or default
    if moment is not None:
        new[name] = _text(moment)


def to_number(new: Item, name: str) -> None:
    """Make a text a number; one that is none is set aside, unless it is empty."""
    if new.get(name) == "":
        del new[name]
    if isinstance(new.get(name), str):
        set_aside(new, name, _number)
    if name in new:
        new[name] = _number(new[name])


def _number(value: Any) -> Any:
    """A number that is told as text, such as `12` or `10+`."""
    number = Decimal(value.strip().rstrip("+")) if isinstance(value, str) else value
    if isinstance(number, Decimal) and not number.is_finite():
        raise ValueError("expected a finite number")
    return number


def _refuse_no_moment(value: Any) -> None:
    if _moment_of(value) is None:
        raise ValueError("expected a moment")


def moment_text(value: Any) -> str:
    """A moment in any form as the entities store it; 1970 for what is none."""
    return _text(_moment_of(value) or _EPOCH)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def milliseconds(value: Any, item: Item) -> int:
    """A moment in any form as ms since 1970; that of the envelope for what is none."""
    moment = _moment_of(value) or _moment_of(item.get("CreatedAt")) or _EPOCH
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _moment_of(value: Any) -> datetime | None:
    """A moment told as text, as milliseconds, or as the map of seconds that Firestore's clients made of it."""
    try:
        if isinstance(value, dict):
            seconds, nanoseconds = (
                _first(value, ("seconds", "_seconds")),
                _first(value, ("nanoseconds", "_nanoseconds")),
            )
            return _EPOCH + timedelta(seconds=int(seconds), microseconds=int(nanoseconds) // 1000)
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            return _EPOCH + timedelta(milliseconds=int(value))
    except (ValueError, OverflowError):
        pass
    return None


def _first(value: Item, names: Iterable[str]) -> Any:
    return next((value[name] for name in names if name in value), 0)
