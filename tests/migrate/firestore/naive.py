"""What a contract makes of a document, told once more in plain words and without any of the library's own code."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

from dynalayer.migrate.firestore import Document, GeoPoint, Reference, Timestamp, Vector


class Refused(Exception):
    pass


NOTHING = object()


def stored(value: Any) -> Any:
    """A value of Firestore as the target keeps it, in plain Python: a number is a Decimal, bytes are bytes."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, bytes)):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        if math.isnan(value) or math.isinf(value):
            raise Refused
        number = Decimal(repr(value))
        if number and not -130 <= number.adjusted() <= 125:
            raise Refused
        return number
    if isinstance(value, Timestamp):
        return moment(value)
    if isinstance(value, GeoPoint):
        return {"latitude": stored(value.latitude), "longitude": stored(value.longitude)}
    if isinstance(value, Reference):
        return value.path
    if isinstance(value, Vector):
        return [stored(each) for each in value.values]
    if isinstance(value, list):
        return [stored(each) for each in value]
    return {name: stored(each) for name, each in value.items()}


def moment(value: Timestamp) -> str:
    zero = datetime.datetime(1970, 1, 1)
    found = zero + datetime.timedelta(seconds=value.seconds, microseconds=value.nanoseconds // 1000)
    return (
        f"{found.year:04}-{found.month:02}-{found.day:02}T{found.hour:02}:{found.minute:02}:{found.second:02}"
        f".{found.microsecond:06}Z"
    )


def as_moment(value: Any) -> Timestamp:
    if isinstance(value, Timestamp):
        return value
    for one, other in (("seconds", "nanoseconds"), ("_seconds", "_nanoseconds")):
        is_pair = isinstance(value, dict) and set(value) == {one, other}
        if is_pair and type(value[one]) is int and type(value[other]) is int:
            return Timestamp(value[one] + value[other] // 10**9, value[other] % 10**9)
    raise Refused


def kind(value: Any) -> str:
    for type_, name in ((bool, "BOOL"), (str, "S"), (Decimal, "N"), (bytes, "B"), (list, "L"), (dict, "M")):
        if isinstance(value, type_):
            return name
    return "NULL"


def one_field(document: Document, name: str, rule: dict[str, Any]) -> Any:
    """The value of a declared field, or NOTHING."""
    sources = rule.get("from", [name])
    value: Any = NOTHING
    for source in [sources] if isinstance(sources, str) else sources:
        found = document.fields.get(source, NOTHING)
        if found is not NOTHING and (value is NOTHING or found is not None):
            value = found
        if value is not NOTHING and value is not None:
            break
    if value is None:
        if rule.get("null") == "refuse":
            raise Refused
        if rule.get("null") == "absent" or rule.get("required"):
            value = NOTHING
        else:
            return None
    if value is NOTHING and "default" in rule:
        value = rule["default"]
    if value is NOTHING:
        if rule.get("required"):
            raise Refused
        return NOTHING
    if value is None:
        return None
    return checked(in_form(value, rule), rule)


def in_form(value: Any, rule: dict[str, Any]) -> Any:
    form = rule.get("as")
    if form == "iso":
        return moment(as_moment(value))
    if form == "millis":
        if type(value) in (int, float):
            return value
        found = as_moment(value)
        return found.seconds * 1000 + found.nanoseconds // 10**6
    if form == "list":
        return value if isinstance(value, list) else [value]
    if form == "text":
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float) and math.isfinite(value):
            return format(Decimal(repr(value)).normalize(), "f")
        return str(value) if isinstance(value, int) else value
    if form == "number" and isinstance(value, str):
        try:
            return Decimal(value.strip())
        except ArithmeticError:
            raise Refused from None
    return value


def checked(value: Any, rule: dict[str, Any]) -> Any:
    if "one_of" in rule and not any(
        (type(value) is bool) == (type(each) is bool) and value == each for each in rule["one_of"]
    ):
        raise Refused
    made = value if isinstance(value, Decimal) else stored(value)
    if isinstance(made, Decimal) and not made.is_finite():
        raise Refused
    if "type" in rule and kind(made) != rule["type"]:
        raise Refused
    return made


def payload(document: Document, fields: dict[str, dict[str, Any]], id_: str | None, conflict: str) -> dict[str, Any]:
    """The map of all fields; raises Refused."""
    made: dict[str, Any] = {}
    taken: set[str] = set()
    for name, rule in fields.items():
        sources = rule.get("from", [name])
        taken |= set([sources] if isinstance(sources, str) else sources)
        value = one_field(document, name, rule)
        if value is not NOTHING:
            made[name] = value
    for name, value in document.fields.items():
        if name in taken or name == id_:
            continue
        if name in made and stored(value) not in (made[name], None):
            raise Refused
        made.setdefault(name, stored(value))
    if id_ is not None:
        own = document.path.split("/")[-1]
        held = made.get(id_)
        if held is None and id_ not in taken and id_ in document.fields:
            held = stored(document.fields[id_])
        if held is not None and held != own:
            if conflict == "refuse":
                raise Refused
            if conflict == "field":
                made[id_] = held
                return made
        made[id_] = own
    return made
