from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dynalayer.migrate.verify import differing, item_hash

scalars = st.one_of(
    st.builds(lambda text: {"S": text}, st.text(max_size=5)),
    st.builds(lambda number: {"N": str(number)}, st.integers(-999, 999)),
    st.builds(lambda truth: {"BOOL": truth}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda texts: {"SS": texts}, st.lists(st.text(max_size=3), min_size=1, max_size=4, unique=True)),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.builds(lambda elements: {"L": elements}, st.lists(inner, max_size=3)),
        st.builds(lambda members: {"M": members}, st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    ),
    max_leaves=6,
)
NAMES = ("a", "b", "c")
items = st.dictionaries(st.sampled_from(NAMES), values, max_size=3)


@given(items, items)
def test_hashes_are_alike_just_when_nothing_differs(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (item_hash(one, NAMES) == item_hash(other, NAMES)) is (differing(one, other, NAMES) == ())


@given(items)
def test_the_order_of_sets_and_members_is_no_difference(item: dict[str, Any]) -> None:
    turned = dict(reversed(deepcopy(item).items()))
    for value in turned.values():
        if "SS" in value:
            value["SS"].reverse()
    assert differing(item, turned, NAMES) == ()
    assert item_hash(item, NAMES) == item_hash(turned, NAMES)


def test_numbers_are_compared_by_what_they_are_worth() -> None:
    assert differing({"a": {"N": "1.0"}}, {"a": {"N": "1"}}, NAMES) == ()
    assert differing({"a": {"NS": ["1.0", "2"]}}, {"a": {"NS": ["2", "1"]}}, NAMES) == ()


def test_a_number_is_not_its_text() -> None:
    assert differing({"a": {"N": "1"}}, {"a": {"S": "1"}}, NAMES) == ("a",)


def test_only_the_names_that_are_known_count() -> None:
    assert differing({"a": {"N": "1"}, "x": {"N": "1"}}, {"a": {"N": "1"}}, NAMES) == ()
