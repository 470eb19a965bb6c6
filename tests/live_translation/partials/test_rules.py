from hypothesis import given
from hypothesis import strategies as st
from live_translation.partials import is_rolled_out


def test_a_rollout_takes_its_share_of_the_sessions() -> None:
    sessions = [f"faithful-shepherd-{number}" for number in range(1_000, 3_000)]
    assert 900 < sum(is_rolled_out(each, 50) for each in sessions) < 1_100
    assert not any(is_rolled_out(each, 0) for each in sessions)
    assert all(is_rolled_out(each, 100) for each in sessions)


@given(st.text(), st.integers(0, 99))
def test_who_is_in_stays_in_when_more_come(session_id: str, percentage: int) -> None:
    assert not is_rolled_out(session_id, percentage) or is_rolled_out(session_id, percentage + 1)
