"""Joined conditions mean on the engine what they mean in Python, however few parentheses they are written with."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import Attr, Condition, ConditionFailed, Database, Entity, Table, attr, primary

table = Table("joined", pk="id")


class Point(Entity, table=table):
    id: Attr[str] = attr()
    x: Attr[int] = attr(default=0)
    y: Attr[int] = attr(default=0)
    names: Attr[list[str]] = attr(factory=list)
    key = primary(id)


Case = tuple[Condition[Point], Callable[[Point], bool]]
numbers = st.integers(-2, 2)
simple: st.SearchStrategy[Case] = st.one_of(
    numbers.map(lambda n: (Point.x == n, lambda p: p.x == n)),
    numbers.map(lambda n: (Point.y < n, lambda p: p.y < n)),
    numbers.map(lambda n: (Point.x.between(n, n + 1), lambda p: n <= p.x <= n + 1)),
    numbers.map(lambda n: (Point.names.size() >= n, lambda p: len(p.names) >= n)),
    st.lists(numbers, min_size=1, max_size=3).map(lambda n: (Point.y.is_in(n), lambda p: p.y in n)),
    st.just((Point.x <= Point.y, lambda p: p.x <= p.y)),
    st.just((Point.names.at(lambda n: n[0]) == "a", lambda p: p.names[:1] == ["a"])),
)


def joined(inner: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    return st.one_of(
        st.tuples(inner, inner).map(lambda c: (c[0][0] & c[1][0], lambda p: c[0][1](p) and c[1][1](p))),
        st.tuples(inner, inner).map(lambda c: (c[0][0] | c[1][0], lambda p: c[0][1](p) or c[1][1](p))),
        inner.map(lambda c: (~c[0], lambda p: not c[1](p))),
    )


@settings(max_examples=300, deadline=None)
@given(
    case=st.recursive(simple, joined, max_leaves=8),
    point=st.builds(Point, id=st.just("1"), x=numbers, y=numbers, names=st.lists(st.sampled_from("ab"), max_size=3)),
)
def test_a_condition_holds_where_python_says_so(case: Case, point: Point) -> None:
    condition, holds = case
    with Database("memory:") as db:
        db.create_tables(table)
        db.put(point)
        try:
            db.update(Point.key("1"), Point.x.add(1), if_=condition)
            met = True
        except ConditionFailed:
            met = False
    assert met is holds(point)
