from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_translation.demo.accounting import Account, Caption, Fault, Spoken, Stay, Trouble, account, percentile

from tests.live_translation.demo.worlds import World, caption, worlds


def tally(world: World) -> Account:
    return account(world.finals, world.stays)


def hour() -> World:
    """Three finals, one listener who is there for all of them."""
    finals = [Spoken(f"s{n}", float(n), n + 0.5, n) for n in (1, 2, 3)]
    return World(finals, [Stay(0, "ca", 0.0, 0.5, None, [caption(each, "ca") for each in finals])])


@given(worlds())
def test_a_world_in_which_all_went_well_has_no_fault_and_all_that_was_due_was_made(world: World) -> None:
    result = tally(world)
    assert result.faults == ()
    assert result.expected == result.made == len(world.due())
    assert result.made + result.extra == sum(len(stay.captions) for stay in world.stays)


@given(worlds(dues=1), st.data())
def test_every_planted_loss_is_found(world: World, data: st.DataObject) -> None:
    stay, position = data.draw(st.sampled_from(world.due()))
    lost = world.finals[position].segment_id
    stay.captions = [each for each in stay.captions if each.segment_id != lost]
    result = tally(world)
    assert Fault(Trouble.lost, lost, stay.listener) in result.faults
    assert (result.expected - result.made, result.count(Trouble.lost)) == (1, 1)


@given(worlds(dues=1), st.data())
def test_every_planted_double_is_found(world: World, data: st.DataObject) -> None:
    stay = data.draw(st.sampled_from([each for each in world.stays if each.captions]))
    position = data.draw(st.integers(0, len(stay.captions) - 1))
    again = data.draw(st.integers(position, len(stay.captions)))
    stay.captions.insert(again, stay.captions[position])
    doubled = stay.captions[position].segment_id
    result = tally(world)
    assert Fault(Trouble.doubled, doubled, stay.listener) in result.faults
    assert (result.count(Trouble.doubled), result.count(Trouble.lost)) == (1, 0)


@given(worlds(finals=3, dues=1), st.data())
def test_every_planted_gap_is_found(world: World, data: st.DataObject) -> None:
    stay = data.draw(st.sampled_from([each for each in world.stays if len(each.captions) > 2]))
    position = data.draw(st.integers(1, len(stay.captions) - 2))
    after = stay.captions[position + 1].segment_id
    del stay.captions[position]
    assert Fault(Trouble.gap, after, stay.listener) in tally(world).faults


@given(worlds(finals=2, dues=1), st.data())
def test_every_planted_change_of_order_is_found(world: World, data: st.DataObject) -> None:
    stay = data.draw(st.sampled_from([each for each in world.stays if len(each.captions) > 1]))
    position = data.draw(st.integers(0, len(stay.captions) - 2))
    captions = stay.captions
    captions[position], captions[position + 1] = captions[position + 1], captions[position]
    result = tally(world)
    assert Fault(Trouble.out_of_order, captions[position + 1].segment_id, stay.listener) in result.faults
    assert result.count(Trouble.lost) == 0


def in_another_language(planted: Caption) -> Caption:
    return replace(planted, language="xx")


def under_another_number(planted: Caption) -> Caption:
    return replace(planted, sequence_number=planted.sequence_number + 100)


def of_an_unknown_segment(planted: Caption) -> Caption:
    return replace(planted, segment_id="other")


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        (in_another_language, Trouble.wrong_language),
        (under_another_number, Trouble.wrong_number),
        (of_an_unknown_segment, Trouble.stray),
    ],
)
@given(world=worlds(dues=1), data=st.data())
def test_every_caption_that_was_tampered_with_is_found(
    change: Callable[[Caption], Caption], trouble: Trouble, world: World, data: st.DataObject
) -> None:
    stay = data.draw(st.sampled_from([each for each in world.stays if each.captions]))
    position = data.draw(st.integers(0, len(stay.captions) - 1))
    stay.captions[position] = change(stay.captions[position])
    assert Fault(trouble, stay.captions[position].segment_id, stay.listener) in tally(world).faults


def test_a_caption_of_before_the_listener_even_asked_is_a_stray() -> None:
    world = hour()
    world.stays.append(Stay(1, "it", 1.6, 1.7, None, [caption(each, "it") for each in world.finals]))
    assert tally(world).faults == (Fault(Trouble.stray, "s1", 1),)


def test_who_joins_while_a_final_is_under_way_may_get_it_or_not() -> None:
    for first in (0, 1):
        world = hour()
        world.stays.append(Stay(1, "it", 0.9, 1.2, None, [caption(each, "it") for each in world.finals[first:]]))
        result = tally(world)
        assert (result.faults, result.expected, result.made, result.extra) == ((), 5, 5, 1 - first)


def test_who_leaves_while_a_final_is_under_way_may_get_it_or_not() -> None:
    for last in (2, 3):
        world = hour()
        world.stays.append(Stay(1, "it", 0.1, 0.2, 3.2, [caption(each, "it") for each in world.finals[:last]]))
        result = tally(world)
        assert (result.faults, result.expected, result.made, result.extra) == ((), 5, 5, last - 2)


def test_who_leaves_right_after_a_final_was_processed_must_have_it() -> None:
    world = hour()
    world.stays[0].leaving_at = 3.5
    world.stays[0].captions.pop()
    assert tally(world).faults == (Fault(Trouble.lost, "s3", 0),)


def test_a_final_that_was_never_processed_is_a_fault_and_due_to_who_stayed() -> None:
    world = hour()
    world.finals[2] = Spoken("s3", 3.0)
    world.stays[0].captions.pop()
    assert set(tally(world).faults) == {Fault(Trouble.unprocessed, "s3"), Fault(Trouble.lost, "s3", 0)}


def test_finals_processed_in_another_order_are_a_fault() -> None:
    world = hour()
    world.stays.clear()
    world.finals[0].sequence_number, world.finals[1].sequence_number = 2, 1
    assert tally(world).count(Trouble.misordered_final) > 0


def test_the_same_person_may_hear_a_final_in_two_stays() -> None:
    world = hour()
    world.stays[0].leaving_at = 3.1
    world.stays.append(Stay(0, "ca", 3.2, 3.3, None, [caption(world.finals[2], "ca")]))
    assert tally(world).faults == ()


def test_a_fault_says_what_which_and_to_whom() -> None:
    assert str(Fault(Trouble.lost, "s007", 12)) == "s007: not delivered (listener 12)"
    assert str(Fault(Trouble.unprocessed, "s007")) == "s007: never reported as processed"


def test_latencies_are_from_final_to_caption() -> None:
    assert tally(hour()).latencies == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [((), 0.5, None), ((3.0,), 0.99, 3.0), ((1.0, 2.0), 0.5, 1.0), ((1.0, 2.0, 3.0), 0.5, 2.0), ((1.0, 2.0), 1.0, 2.0)],
)
def test_percentiles(values: tuple[float, ...], share: float, expected: float | None) -> None:
    assert percentile(values, share) == expected


def test_the_99th_percentile_of_a_thousand_leaves_ten_above_it() -> None:
    assert percentile(range(1, 1001), 0.99) == 990
