"""Indexes of several attributes on the embedded engine against sorted lists of tuples."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import Attr, Database, Entity, Index, LocalIndex, Table, attr, index, number, primary

things = Table(
    "ordered",
    pk="PK",
    sk="SK",
    indexes=[
        Index("native", pk=("group", "part"), sk=("text", number("count"))),
        Index("templates", pk=("T1", "part"), sk=("T2", number("count"), "T3")),
        LocalIndex("local", sk="L1"),
    ],
)


class Thing(Entity, table=things):
    group: Attr[str] = attr()
    part: Attr[str] = attr()
    text: Attr[str] = attr()
    count: Attr[int] = attr()
    key = primary(group, part, text, count, pk="G#{group}", sk="{part}#{text}#{count}")
    native = index("native", (group, part), text, count)
    templates = index(
        "templates", (group, part), text, count, part, pk=("G#{group}", None), sk=("T#{text}", None, "P#{part}")
    )
    local = index("local", key, text, count, part, sk="L#{text}#{count}#{part}")


groups = st.sampled_from(["a", "a#", "b"])
texts = st.text(st.sampled_from("a#$|{~\u00e9\uffff\U0001f600 0"), min_size=1, max_size=3)
counts = st.integers(-12, 12) | st.sampled_from([10**30, -(10**30)])
rows = st.sets(st.tuples(groups, groups, texts, counts), max_size=25)
Row = tuple[str, str, str, int]

RANGES: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "after": operator.gt,
    "before": operator.lt,
    "equals": operator.eq,
}
names = st.sampled_from(sorted(RANGES))


def stored(rows: set[Row]) -> Database:
    db = Database("memory:")
    db.create_tables(things)
    db.batch_write(put=[Thing(group=g, part=p, text=t, count=c) for g, p, t, c in rows])
    return db


def found(db: Database, query: Any) -> list[tuple[str, int]]:
    got, cursor = list[tuple[str, int]](), None
    while True:
        page = db.page(query, size=3, after=cursor)
        got += [(thing.text, thing.count) for thing in page.items]
        cursor = page.cursor
        if cursor is None:
            return got


@settings(max_examples=150, deadline=None)
@given(
    rows=rows,
    group=groups,
    part=groups,
    text=texts,
    count=counts,
    name=names,
    d=st.booleans(),
)
def test_ranges_and_order_are_those_of_tuples(
    rows: set[Row], group: str, part: str, text: str, count: int, name: str, d: bool
) -> None:
    inside = sorted((t, c) for g, p, t, c in rows if (g, p) == (group, part))
    first = [row for row in inside if RANGES[name](row[0], text)]
    second = [row for row in inside if row[0] == text and RANGES[name](row[1], count)]
    with stored(rows) as db:
        for path in (Thing.native(group, part), Thing.templates(group, part)):
            query = path.descending() if d else path
            order = slice(None, None, -1) if d else slice(None)
            assert found(db, query) == inside[order]
            assert found(db, getattr(query, name)(text)) == first[order]
            assert found(db, getattr(query.equals(text), name)(count)) == second[order]


@settings(max_examples=100, deadline=None)
@given(rows=rows, group=groups, text=texts, low=counts, high=counts, part=groups, name=names)
def test_attributes_of_one_template_are_named_from_the_left_as_well(
    rows: set[Row], group: str, text: str, low: int, high: int, part: str, name: str
) -> None:
    inside = sorted((t, c, p) for g, p, t, c in rows if g == group)
    with stored(rows) as db:
        query = Thing.local(group).equals(text)
        low_end, high_end = min(low, high), max(low, high)
        between = [(t, c) for t, c, _ in inside if t == text and low_end <= c <= high_end]
        assert found(db, query.between(low_end, high_end)) == between
        ranged = [(t, c) for t, c, _ in inside if t == text and RANGES[name](c, low)]
        assert found(db, getattr(query, name)(low)) == ranged
        last = [(t, c) for t, c, p in inside if (t, c) == (text, low) and RANGES[name](p, part)]
        assert found(db, getattr(query.equals(low), name)(part)) == last


@settings(max_examples=100, deadline=None)
@given(rows=rows, group=groups, part=groups, prefix=texts)
def test_text_begins_as_python_says(rows: set[Row], group: str, part: str, prefix: str) -> None:
    inside = sorted((t, c) for g, p, t, c in rows if (g, p) == (group, part) and t.startswith(prefix))
    with stored(rows) as db:
        for path in (Thing.native(group, part), Thing.templates(group, part)):
            assert found(db, path.begins_with(prefix)) == inside
