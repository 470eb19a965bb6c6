from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dynalayer.migrate.reverse.patterns import Pattern, Slot

slots = st.sampled_from([Slot(None, ""), Slot(None, "-0123456789"), Slot(None, "-.:T0123456789")])
parts = st.lists(st.one_of(st.text("#-a1", min_size=1, max_size=2), slots), max_size=6)


def merged(found: list[str | Slot]) -> Pattern:
    """Literal texts that follow each other are one, as templates have it."""
    kept: list[str | Slot] = []
    for part in found:
        if isinstance(part, str) and kept and isinstance(kept[-1], str):
            kept[-1] += part
        else:
            kept.append(part)
    return Pattern(tuple(kept))


@given(found=parts, data=st.data())
def test_a_text_that_is_said_to_fit_in_one_way_gives_back_what_it_was_made_of(
    found: list[str | Slot], data: st.DataObject
) -> None:
    pattern = merged(found)
    values = [data.draw(st.text(slot.characters or "#-a1T", max_size=4)) for slot in pattern.slots]
    given = iter(values)
    text = "".join(part if isinstance(part, str) else next(given) for part in pattern.parts)
    if pattern.is_unambiguous:
        assert pattern.read(text) == tuple(values)
    else:
        assert pattern.read(text) is not None


def test_what_does_not_fit_is_no_text_of_the_pattern() -> None:
    pattern = Pattern(("BOOK#", Slot(None, "0123456789")))
    assert pattern.read("BOOK#12") == ("12",)
    assert pattern.read("BOOK#1x") is None
    assert pattern.read("BOOKS#12") is None
