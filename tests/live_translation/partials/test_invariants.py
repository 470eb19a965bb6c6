"""I-6 and I-7 over any sequence of results, lies, repeats, silences and jumps of the clock."""

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from live_translation.partials import (
    AudioHeard,
    Completed,
    Decision,
    Drop,
    Event,
    Final,
    Forward,
    Hold,
    Partial,
    PartialResults,
    PartialRules,
    Reason,
    Release,
    SpeakerPaused,
    Tick,
)

from tests.live_translation.partials.scripts import words

VOCABULARY = ["uno", "dos", "tres.", "cuatro", "cinco,", "seis!", "siete"]
SENTENCES = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=12)
STABILITIES = st.sampled_from([None, 0.1, 0.69, 0.85, 0.95, float("nan")])
RESULTS = [f"r{number}" for number in range(4)]
RULES = st.builds(
    PartialRules,
    enabled=st.booleans() | st.just(True),
    min_stability=st.sampled_from([0.70, 0.85, 0.95]),
    max_buffer_timeout=st.sampled_from([2.0, 5.0, 10.0]),
    waiting_words=st.sampled_from([3, 25]),
)

Step = tuple[str, int, int, float | None, bool, float]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["partial"] * 6 + ["final", "pause", "audio", "tick"]),
        st.integers(0, len(RESULTS) - 1),
        st.integers(1, 12),
        STABILITIES,
        st.booleans(),
        st.sampled_from([0.0, 0.01, 0.05, 0.2, 0.7, 2.0, 5.0, 16.0, -3.0]),
    ),
    max_size=60,
)


def play(machine: PartialResults, events: list[tuple[Event, float]]) -> list[tuple[float, Decision]]:
    """Every timer fires in time, except when the clock jumps over it or runs backwards."""
    now, decided = 0.0, list[tuple[float, Decision]]()
    for event, gap in events:
        target = now + gap
        while (due := machine.next_deadline) is not None and due <= target and gap < 10:
            decided += [(due, each) for each in machine.handle(Tick(), due)]
        now = target
        decided += [(now, each) for each in machine.handle(event, now)]
    return decided


def heard(said: dict[str, list[str]], steps: list[Step], alter: Callable[[list[str]], list[str]]) -> list:  # type: ignore[type-arg]
    """The steps as events: partials are beginnings of what is said, now and then altered."""
    events: list[tuple[Event, float]] = []
    for kind, index, length, stability, is_lie, gap in steps:
        result_id = RESULTS[index]
        spoken = said[result_id]
        beginning = spoken[:length]
        event: Event = Tick()
        if kind == "partial":
            event = Partial(result_id, " ".join(alter(beginning) if is_lie else beginning), stability)
        elif kind == "final":
            event = Final(result_id, " ".join(spoken))
        elif kind == "pause":
            event = SpeakerPaused()
        elif kind == "audio":
            event = AudioHeard()
        events.append((event, gap))
    return [*events, *((Final(each, " ".join(said[each])), 0.0) for each in RESULTS), (Tick(), 100.0)]


TALKS = st.fixed_dictionaries(dict.fromkeys(RESULTS, SENTENCES))


@settings(max_examples=300, deadline=None)
@given(TALKS, STEPS, RULES)
def test_what_was_heard_right_is_said_once_and_in_order_i6(
    said: dict[str, list[str]], steps: list[Step], rules: PartialRules
) -> None:
    machine = PartialResults(rules)
    decided = play(machine, heard(said, steps, lambda right: right))
    for result_id, spoken in said.items():
        pieces = [each for _, each in decided if isinstance(each, Forward) and each.result_id == result_id]
        assert words(each.text for each in pieces) == words(spoken)
        assert [each.start for each in pieces] == [0, *(each.stop for each in pieces)][: len(pieces)]
    assert machine.waiting_words == 0


@settings(max_examples=300, deadline=None)
@given(TALKS, STEPS, RULES, st.randoms(use_true_random=False))
def test_what_was_heard_wrong_stays_said_and_the_final_adds_only_its_end_i6(
    said: dict[str, list[str]], steps: list[Step], rules: PartialRules, chance: object
) -> None:
    def misheard(right: list[str]) -> list[str]:
        wrong = [chance.choice(["eh", "nueve", word, word, f"{word} diez"]) for word in right]  # type: ignore[attr-defined]
        return wrong[: chance.randint(0, len(wrong))] or ["eh"]  # type: ignore[attr-defined]

    machine = PartialResults(rules)
    decided = play(machine, heard(said, steps, misheard))
    for result_id, spoken in said.items():
        pieces = [each for _, each in decided if isinstance(each, Forward) and each.result_id == result_id]
        finals = [each for each in pieces if each.is_final]
        added = words(each.text for each in finals)
        assert len(finals) <= 1
        assert finals == pieces[len(pieces) - len(finals) :]
        assert added == words(spoken)[len(spoken) - len(added) :]
        assert all(later.start == earlier.stop for earlier, later in pairwise(pieces))
        if len(pieces) == len(finals):
            assert added == words(spoken)
    assert machine.waiting_words == 0


@settings(max_examples=200, deadline=None)
@given(TALKS, STEPS, RULES, st.lists(st.integers(0, 60), max_size=4))
def test_nothing_follows_a_final_and_finals_are_never_dropped_i7(
    said: dict[str, list[str]], steps: list[Step], rules: PartialRules, holds: list[int]
) -> None:
    events = heard(said, steps, lambda right: right)
    for index, place in enumerate(sorted(holds)):
        events.insert(min(place, len(events)), (Hold() if index % 2 == 0 else Release(), 0.0))
    decided = play(PartialResults(rules), events)
    over: set[str] = set()
    for _, each in decided:
        if isinstance(each, (Forward, Drop)) and each.result_id in over:
            assert isinstance(each, Drop)
            assert each.reason in (Reason.after_final, Reason.duplicate, Reason.disabled, Reason.rate)
        if isinstance(each, Completed) or (isinstance(each, Forward) and each.is_final):
            over.add(each.result_id)
        if isinstance(each, Drop) and each.reason is Reason.held:
            continue
    ended = over | {each.result_id for _, each in decided if isinstance(each, Drop) and each.reason is Reason.held}
    assert ended == set(RESULTS)


@settings(max_examples=100, deadline=None)
@given(TALKS, STEPS)
def test_the_next_deadline_is_never_in_the_past_once_it_was_kept(said: dict[str, list[str]], steps: list[Step]) -> None:
    machine, now = PartialResults(PartialRules()), 0.0
    for event, gap in heard(said, steps, lambda right: right):
        now += max(0.0, gap)
        machine.handle(event, now)
        deadline = machine.next_deadline
        assert deadline is None or deadline > now


def test_an_hour_of_talk_stays_within_bounds() -> None:
    machine, now, most_waiting, said, spoken = PartialResults(PartialRules()), 0.0, 0, 0, 0
    for number in range(900):
        sentence = [f"w{number}x{place}" for place in range(10)]
        has_final = number % 5 != 0
        spoken += len(sentence)
        for length in range(1, 11):
            for event in (Partial(f"r{number}", " ".join(sentence[:length]), 0.1 * length), Tick()):
                decided = machine.handle(event, now)
                said += sum(each.stop - each.start for each in decided if isinstance(each, Forward))
                most_waiting = max(most_waiting, machine.waiting_words)
                now += 0.2
        if has_final:
            decided = machine.handle(Final(f"r{number}", " ".join(sentence)), now)
            said += sum(each.stop - each.start for each in decided if isinstance(each, Forward))
    decided = machine.handle(Tick(), now + 60)
    said += sum(each.stop - each.start for each in decided if isinstance(each, Forward))
    assert now >= 3_500
    assert most_waiting <= 25
    assert machine.remembered < 5_000
    assert said == spoken


def test_what_is_remembered_is_bounded_even_for_a_speaker_who_never_stops() -> None:
    machine = PartialResults(PartialRules())
    for number in range(10_000):
        machine.handle(Final(f"r{number}", "hola"), number / 100)
    assert machine.remembered < 5_000
