"""The circuit breaker as a state machine: no clock, no call, no database."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer import Breaker, InvalidValue
from dynalayer.database.breaker import SLOTS, Circuit, Permit

RULE = Breaker(ratio=0.5, volume=4, window=10.0, pause=30.0)


def permit(circuit: Circuit, now: float) -> Permit:
    found = circuit.admit(now)
    assert isinstance(found, Permit)
    return found


def opened(now: float = 0.0) -> Circuit:
    circuit = Circuit(RULE)
    for _ in range(4):
        circuit.failed(permit(circuit, now), now)
    assert circuit.state == "open"
    return circuit


def test_a_circuit_opens_at_its_ratio_of_failures() -> None:
    circuit = Circuit(RULE)
    for outcome in (circuit.succeeded, circuit.succeeded, circuit.failed):
        outcome(permit(circuit, 0.0), 0.0)
    assert circuit.state == "closed"
    circuit.failed(permit(circuit, 1.0), 1.0, "Throttled")
    assert (circuit.state, circuit.last) == ("open", "Throttled")


def test_a_few_failures_alone_do_not_open_it() -> None:
    circuit = Circuit(RULE)
    for _ in range(3):
        circuit.failed(permit(circuit, 0.0), 0.0)
    assert circuit.state == "closed"


def test_failures_of_long_ago_do_not_count() -> None:
    circuit = Circuit(RULE)
    for now in (0.0, 1.0, 2.0, 11.5):
        circuit.failed(permit(circuit, now), now)
    assert circuit.state == "closed"


def test_an_open_circuit_says_how_long_it_stays_so() -> None:
    circuit = opened()
    assert circuit.admit(10.0) == 20.0
    assert circuit.admit(29.0) == 1.0


def test_one_call_at_a_time_tries_whether_the_service_is_back() -> None:
    circuit = opened()
    probe = permit(circuit, 30.0)
    assert probe.is_probe
    assert [circuit.admit(30.0) for _ in range(30)] == [0.0] * 30
    circuit.succeeded(probe, 31.0)
    assert circuit.state == "closed"
    assert not permit(circuit, 31.0).is_probe


def test_a_probe_that_fails_opens_the_circuit_again() -> None:
    circuit = opened()
    circuit.failed(permit(circuit, 30.0), 35.0)
    assert circuit.state == "open"
    assert circuit.admit(64.0) == 1.0
    assert permit(circuit, 65.0).is_probe


def test_a_probe_that_was_cancelled_makes_room_for_another() -> None:
    circuit = opened()
    circuit.abandoned(permit(circuit, 30.0))
    assert permit(circuit, 30.0).is_probe


def test_what_began_before_the_circuit_opened_neither_closes_nor_opens_it() -> None:
    circuit = Circuit(RULE)
    early = [permit(circuit, 0.0) for _ in range(9)]
    for each in early[:4]:
        circuit.failed(each, 0.0)
    circuit.succeeded(early[4], 1.0)
    assert circuit.state == "open"
    probe = permit(circuit, 30.0)
    circuit.failed(early[5], 30.0)
    circuit.abandoned(early[6])
    assert circuit.admit(30.0) == 0.0
    circuit.succeeded(probe, 31.0)
    for each in early[7:]:
        circuit.failed(each, 32.0)
    assert circuit.state == "closed"


def test_changes_are_told_in_order() -> None:
    told: list[tuple[str, str, float]] = []
    rule = Breaker(ratio=1.0, volume=1, pause=5.0)
    circuit = Circuit(rule, told=lambda before, after, now: told.append((before, after, now)))
    circuit.failed(permit(circuit, 1.0), 2.0)
    circuit.failed(permit(circuit, 7.0), 8.0)
    circuit.succeeded(permit(circuit, 13.0), 14.0)
    assert told == [
        ("closed", "open", 2.0),
        ("open", "half open", 7.0),
        ("half open", "open", 8.0),
        ("open", "half open", 13.0),
        ("half open", "closed", 14.0),
    ]


@pytest.mark.parametrize(
    "figures", [{"ratio": 0.0}, {"ratio": 1.1}, {"volume": 0}, {"window": 0.0}, {"pause": float("nan")}]
)
def test_figures_that_make_no_rule_are_refused(figures: dict[str, float]) -> None:
    with pytest.raises(InvalidValue, match="a breaker takes"):
        Breaker(**figures)  # type: ignore[arg-type]


@dataclass
class Model:
    """The rule in the plainest words: every attempt is kept, with the tenth of the window that it fell into."""

    state: str = "closed"
    until: float = 0.0
    probe: int | None = None
    seen: list[tuple[int, bool]] = field(default_factory=list[tuple[int, bool]])
    open_permits: dict[int, str] = field(default_factory=dict[int, str])

    def admit(self, number: int, now: float) -> bool:
        if self.state == "closed":
            self.open_permits[number] = "counted"
            return True
        if now < self.until or self.probe is not None:
            return False
        self.state, self.probe = "half open", number
        self.open_permits[number] = "probe"
        return True

    def end(self, number: int, now: float, outcome: str) -> None:
        meaning = self.open_permits.pop(number)
        if meaning == "late":
            return
        if outcome == "abandoned":
            if meaning == "probe":
                self.probe = None
        elif meaning == "probe":
            self.change("closed" if outcome == "ok" else "open", now)
        else:
            slot = int(now // (RULE.window / SLOTS))
            self.seen.append((slot, outcome == "failed"))
            recent = [failed for at, failed in self.seen if at > slot - SLOTS]
            if outcome == "failed" and len(recent) >= RULE.volume and sum(recent) >= RULE.ratio * len(recent):
                self.change("open", now)

    def change(self, state: str, now: float) -> None:
        self.state, self.probe, self.seen = state, None, []
        self.until = now + RULE.pause
        self.open_permits = dict.fromkeys(self.open_permits, "late")


steps = st.lists(
    st.tuples(st.sampled_from(["begin", "ok", "failed", "failed", "abandoned"]), st.integers(0, 9), st.integers(0, 12)),
    max_size=120,
)


@given(steps)
def test_a_circuit_does_what_its_rule_says_and_lets_one_probe_out(taken: list[tuple[str, int, int]]) -> None:
    circuit, model, now = Circuit(RULE), Model(), 0.0
    out: dict[int, Permit] = {}
    for number, (action, which, seconds) in enumerate(taken):
        now += seconds
        if action == "begin" or not out:
            found = circuit.admit(now)
            assert isinstance(found, Permit) == model.admit(number, now)
            if isinstance(found, Permit):
                out[number] = found
            else:
                assert found == (max(0.0, model.until - now))
        else:
            name = sorted(out)[which % len(out)]
            given_back = out.pop(name)
            if action == "ok":
                circuit.succeeded(given_back, now)
            elif action == "failed":
                circuit.failed(given_back, now)
            else:
                circuit.abandoned(given_back)
            model.end(name, now, action)
        assert circuit.state == model.state
        assert sum(meaning == "probe" for meaning in model.open_permits.values()) <= 1

    # Whatever happened: once the service is well and what was under way has ended, it closes.
    for each in out.values():
        circuit.failed(each, now)
    now += RULE.pause
    circuit.succeeded(permit(circuit, now), now)
    assert circuit.state == "closed"
