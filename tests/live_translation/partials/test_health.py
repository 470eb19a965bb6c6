from live_translation.partials import AudioHeard, Final

from tests.live_translation.partials.scripts import Played


def spoken_to(played: Played, seconds: float, every: float = 0.5) -> None:
    for _ in range(round(seconds / every)):
        played.happens(AudioHeard())
        played.wait(every)


def test_ten_seconds_of_sound_without_a_result_are_noticed_once_and_the_next_result_ends_it() -> None:
    played = Played()
    spoken_to(played, 10.0)
    assert not played.machine.finals_only
    spoken_to(played, 5.0)
    assert played.machine.finals_only
    assert played.notes() == ["TRANSCRIBE_UNHEALTHY"]
    played.happens(Final("r", "hola"))
    assert not played.machine.finals_only
    assert played.notes() == ["TRANSCRIBE_UNHEALTHY", "TRANSCRIBE_RECOVERED"]
    assert played.texts() == ["hola"]


def test_a_recogniser_that_is_not_spoken_to_owes_nothing() -> None:
    played = Played()
    spoken_to(played, 5.0)
    played.wait(60.0)
    spoken_to(played, 9.0)
    assert not played.machine.finals_only


def test_results_start_the_waiting_anew() -> None:
    played = Played()
    for number in range(6):
        spoken_to(played, 9.0)
        played.partial("eh", 0.1, f"r{number}")
    assert not played.machine.finals_only
