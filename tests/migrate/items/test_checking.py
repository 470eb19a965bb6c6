from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.migrate.items import Rejected, check_size
from dynalayer.migrate.items.checking import surely_below
from dynalayer.protocol import from_plain, item_size

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=3)
    | st.integers(-(10**37), 10**37)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
    | st.binary(max_size=30)
    | st.sets(st.integers(0, 10**6), min_size=1, max_size=3)
    | st.sets(st.text("aé🙂", min_size=1, max_size=4), min_size=1, max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("aé🙂", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text("aé🙂", min_size=1, max_size=4), plain, max_size=5))
def test_the_quick_bound_is_never_below_the_size(values: dict[str, Any]) -> None:
    item = {name: from_plain(value) for name, value in values.items()}
    assert item_size(item) <= surely_below(item)


@pytest.mark.parametrize("size", [409_600, 409_601])
def test_an_item_has_400_kb_at_most(size: int) -> None:
    item = {"PK": {"S": "a"}, "Data": {"M": {"text": {"S": "x" * (size - 15)}}}}
    assert item_size(item) == size
    if size > 409_600:
        with pytest.raises(Rejected, match=r"409601 bytes.*'Data.text' has the most"):
            check_size(item)
    else:
        check_size(item)
