"""Documents of every kind of value, as hypothesis makes them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from dynalayer.migrate.firestore import Document, GeoPoint, Reference, Timestamp, Vector

ids = st.text(st.characters(exclude_characters="/", exclude_categories=("Cs",)), min_size=1, max_size=12).filter(
    lambda text: text not in (".", "..") and not text.startswith("__")
)
numeric_ids = st.integers(1, 2**63 - 1).map(lambda number: f"__id{number}__")
names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=10).filter(
    lambda name: not name.startswith("__")
)
timestamps = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999).map(
    lambda micros: Timestamp.of_nanoseconds(micros * 1_000)
)
geopoints = st.builds(GeoPoint, st.floats(-90, 90, allow_nan=False), st.floats(-180, 180, allow_nan=False))
paths = st.lists(st.tuples(ids, ids | numeric_ids), min_size=1, max_size=3).map(
    lambda steps: "/".join(f"{kind}/{id_}" for kind, id_ in steps)
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
    | st.binary(max_size=20)
    | timestamps
    | geopoints
    | paths.map(Reference)
)
vectors = st.lists(st.floats(allow_nan=False), min_size=1, max_size=4).map(lambda each: Vector(tuple(each)))


def _maps(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(names, values, max_size=4)


# Firestore has no arrays directly within arrays.
values = st.recursive(
    scalars | vectors,
    lambda inner: _maps(inner) | st.lists(scalars | _maps(inner), max_size=4),
    max_leaves=8,
)
documents = st.builds(Document, paths, _maps(values))


def same(one: Any, other: Any) -> bool:
    """Equal, with NaN equal to NaN, and zeros told apart by their sign and numbers by their type."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, Vector):
        return same(list(one.values), list(other.values))
    if isinstance(one, GeoPoint):
        return same([one.latitude, one.longitude], [other.latitude, other.longitude])
    return repr(one) == repr(other)
