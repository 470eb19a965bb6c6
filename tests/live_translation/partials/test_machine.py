import math
from itertools import pairwise

import pytest
from live_translation.partials import (
    Completed,
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

from tests.live_translation.partials.scripts import Played, words


def test_a_stable_sentence_goes_out_as_soon_as_its_window_ends() -> None:
    played = Played()
    played.partial("Hola a todos.", 0.85)
    assert played.forwards() == [Forward("r", 0, 3, "Hola a todos.", Reason.sentence)]
    assert played.moment_of(0) == pytest.approx(0.2)


def test_below_the_threshold_nothing_goes_out_before_the_final() -> None:
    played = Played()
    played.partial("Hola a todos.", 0.849)
    played.wait(10)
    assert played.forwards() == []
    played.final("Hola a todas.")
    assert played.texts() == ["Hola a todas."]


@pytest.mark.parametrize(("threshold", "goes_out"), [(0.70, True), (0.95, False)])
def test_the_threshold_is_the_sessions(threshold: float, goes_out: bool) -> None:
    played = Played(min_stability=threshold)
    played.partial("Hola.", 0.8)
    assert bool(played.forwards()) is goes_out


@pytest.mark.parametrize("stability", [None, math.nan, math.inf, -0.1, 1.01])
def test_what_is_no_stability_counts_as_unknown_and_waits_three_seconds(stability: float | None) -> None:
    played = Played(max_buffer_timeout=10.0)
    played.partial("hola a todos", stability)
    played.until(3.19)
    assert played.forwards() == []
    played.until(3.2)
    assert played.reasons() == [Reason.no_stability]
    assert "STABILITY_UNAVAILABLE" in played.notes()


def test_only_the_unforwarded_tail_goes_out_p4() -> None:
    played = Played()
    played.partial("Hola a todos.")
    played.partial("Hola a todos. Hoy es jueves.")
    played.final("Hola a todos. Hoy es jueves. Gracias.")
    assert played.texts() == ["Hola a todos.", "Hoy es jueves.", "Gracias."]
    assert [(each.start, each.stop) for each in played.forwards()] == [(0, 3), (3, 6), (6, 7)]


def test_a_final_that_adds_nothing_says_nothing_p4() -> None:
    played = Played()
    played.partial("Hola a todos.")
    played.final("hola, a todos")
    assert played.texts() == ["Hola a todos."]
    assert played.decisions[-1][1] == Completed("r", (0, 3))


def test_sentences_that_are_over_go_and_the_begun_one_waits() -> None:
    played = Played()
    played.partial("Hola a todos. Hoy es", 0.9)
    assert played.texts() == ["Hola a todos."]


def test_a_partial_is_as_stable_as_its_least_stable_word_p12() -> None:
    played = Played()
    played.partial("Hola a todos.", (0.99, 0.99, 0.5))
    assert played.forwards() == []
    played.partial("Hola a todos. Hoy", (0.99, 0.99, 0.9, 0.1))
    assert played.texts() == ["Hola a todos."]


def test_stabilities_of_another_number_of_words_count_by_the_lowest_p12() -> None:
    played = Played()
    played.partial("Hola a todos.", (0.99, 0.8))
    assert played.forwards() == []
    played.partial("Hola a todos.", (0.99, 0.9))
    assert played.texts() == ["Hola a todos."]


@pytest.mark.parametrize(("silence", "goes_out"), [(1.99, False), (2.0, True)])
def test_a_pause_of_two_seconds_ends_a_segment(silence: float, goes_out: bool) -> None:
    played = Played(max_buffer_timeout=10.0)
    played.partial("hola a todos")
    played.until(0.2 + silence)
    assert played.texts() == (["hola a todos."] if goes_out else [])


def test_a_pause_is_measured_on_one_clock_whatever_the_recogniser_calls_now_p6() -> None:
    played = Played(max_buffer_timeout=10.0)
    played.now = 1_700_000_000.0
    played.partial("hola a", timestamp=0.3)
    played.partial("hola a todos", timestamp=0.3)
    assert played.forwards() == []


def test_a_recogniser_that_hears_the_pause_itself_need_not_wait() -> None:
    played = Played()
    played.partial("hola a todos")
    played.happens(SpeakerPaused())
    assert played.reasons() == [Reason.pause]


@pytest.mark.parametrize("timeout", [2.0, 5.0, 10.0])
def test_stable_words_wait_no_longer_than_the_sessions_timeout_while_the_speaker_goes_on_p3(timeout: float) -> None:
    played = Played(max_buffer_timeout=timeout)
    text = "uno"
    while not played.forwards():
        assert played.now < 12
        played.partial(text)
        played.wait(0.4)
        text += " y"
    assert played.reasons() == [Reason.timeout]
    # From the first hearing, which was at the end of the first window; repeated partials do not start it anew.
    assert played.moment_of(0) == pytest.approx(0.2 + timeout)


def test_continuous_speech_goes_out_at_least_every_five_seconds() -> None:
    played = Played()
    spoken: list[str] = []
    for number in range(80):
        spoken.append(f"w{number}")
        played.partial(" ".join(spoken), (*([0.95] * max(0, number - 1)), *([0.3] * min(2, number + 1))))
        played.wait(0.2)
    moments = [played.moment_of(index) for index in range(len(played.forwards()))]
    assert len(moments) >= 6
    # An orphan's end and the next hearing of it come between two pieces once.
    assert all(later - earlier <= 5.5 for earlier, later in pairwise([0.2, *moments]))
    played.final(" ".join(spoken))
    assert words(played.texts()) == spoken


def test_after_the_speaker_stops_everything_is_said_without_another_event_p7() -> None:
    played = Played()
    played.partial("hola a todos", 0.9)
    played.partial("quién sabe", 0.3, "other")
    played.wait(60)
    assert played.texts() == ["hola a todos.", "quién sabe."]
    assert played.machine.next_deadline is None


@pytest.mark.parametrize(("age", "goes_out"), [(14.9, False), (15.1, True)])
def test_without_a_final_a_result_is_over_after_fifteen_seconds(age: float, goes_out: bool) -> None:
    played = Played()
    played.partial("hola", 0.1)
    played.until(0.2 + age)
    assert played.reasons() == ([Reason.orphan] if goes_out else [])
    assert played.notes() == (["ORPHAN_TIMEOUT"] if goes_out else [])


def test_the_fifteen_seconds_are_not_begun_anew_by_repeated_partials_p3() -> None:
    played = Played()
    while played.now < 15.0:
        played.partial("hola", 0.1)
        played.wait(0.2)
    played.until(15.3)
    assert played.reasons() == [Reason.orphan]


def test_an_orphan_that_was_said_is_not_said_again_p9() -> None:
    played = Played()
    played.partial("Hola a todos.")
    played.wait(20)
    played.partial("Hola a todos.")
    played.final("Hola a todos.")
    assert played.texts() == ["Hola a todos."]


def test_the_final_of_an_orphan_adds_only_what_was_not_said_p9() -> None:
    played = Played()
    played.partial("hola a", 0.1)
    played.wait(20)
    played.final("Hola a todos.")
    assert words(played.texts()) == ["hola", "a", "todos"]


def test_twenty_partials_in_a_second_are_five_p1() -> None:
    played = Played()
    for number in range(20):
        played.happens(Partial("r", f"palabra {number}", 0.1))
        played.wait(0.05)
    played.wait(0.2)
    assert played.drops() == [Reason.rate] * 15


def test_of_a_window_the_best_is_used_at_its_end_without_another_event_p1() -> None:
    played = Played()
    played.happens(Partial("r", "Hola.", 0.95))
    played.happens(Partial("r", "Ola.", 0.5))
    played.wait(0.2)
    assert played.texts() == ["Hola."]


def test_finals_are_never_limited() -> None:
    played = Played()
    for number in range(50):
        played.final(f"frase {number}", f"r{number}")
    assert len(played.forwards()) == 50


def test_the_final_takes_the_place_of_its_partial_at_once() -> None:
    played = Played()
    played.happens(Partial("r", "Ola.", 0.95))
    played.final("Hola.")
    assert (played.texts(), played.drops()) == (["Hola."], [Reason.superseded])
    assert played.moment_of(0) == 0.0


def test_a_final_removes_only_its_own_partials_p5() -> None:
    played = Played()
    played.partial("uno dos", 0.5, "a")
    played.partial("tres", 0.5, "b")
    played.final("cuatro", "b")
    played.final("uno dos", "a")
    assert played.texts("a") == ["uno dos"]


def test_nothing_follows_a_final() -> None:
    played = Played()
    played.final("Hola.")
    played.partial("Hola a todos.")
    played.final("Hola a todos.")
    played.wait(60)
    assert played.texts() == ["Hola."]
    assert played.drops() == [Reason.after_final, Reason.duplicate]


def test_a_true_repetition_is_said_again_p10() -> None:
    played = Played()
    played.final("Amén.", "a")
    played.wait(1)
    played.partial("Amén.", 0.9, "b")
    played.final("Amén.", "c")
    assert played.texts() == ["Amén."] * 3


def test_two_sessions_know_nothing_of_each_other_p10() -> None:
    first, second = Played(), Played()
    first.final("Amén.")
    second.final("Amén.")
    assert (first.texts(), second.texts()) == (["Amén."], ["Amén."])


def test_what_could_not_be_done_may_come_again_p11() -> None:
    played = Played()
    played.final("Hola a todos.")
    played.machine.take_back(played.forwards()[0])
    played.final("Hola a todos.")
    assert played.texts() == ["Hola a todos."] * 2


def test_a_piece_that_was_not_sent_waits_again_and_its_final_says_it_p11() -> None:
    played = Played()
    played.partial("Hola a todos. Hoy es jueves.")
    played.machine.take_back(played.forwards()[0])
    played.final("Hola a todos. Hoy es jueves.")
    assert played.texts()[1:] == ["Hola a todos. Hoy es jueves."]
    assert played.forwards()[-1].start == 0


def test_what_is_unknown_cannot_be_taken_back() -> None:
    played = Played()
    played.machine.take_back(Forward("never", 0, 1, "heard", Reason.final))
    assert played.machine.remembered == 0


def test_disabled_means_finals_only_p13() -> None:
    played = Played(enabled=False)
    played.partial("Hola a todos.")
    played.final("Hola a todos. Adiós.")
    assert (played.texts(), played.drops()) == (["Hola a todos. Adiós."], [Reason.disabled])


def test_figures_may_change_in_the_middle_of_a_talk_p13() -> None:
    played = Played()
    played.machine.configure(PartialRules(min_stability=0.95, per_second=10))
    played.partial("Hola.", 0.9)
    assert played.forwards() == []
    played.machine.configure(PartialRules(enabled=False))
    played.partial("Hola a todos.", 0.99)
    assert played.drops() == [Reason.disabled]


OLD = "0123456789" * 100


@pytest.mark.parametrize(("changed", "is_new"), [(300, False), (301, True)])
def test_a_partial_that_changed_by_more_than_thirty_percent_waits_from_now_p13(changed: int, is_new: bool) -> None:
    played = Played(max_buffer_timeout=5.0, pause=60.0)
    played.partial(OLD)
    played.until(4.0)
    played.partial("x" * changed + OLD[changed:])
    assert played.notes() == (["REWRITTEN"] if is_new else [])
    played.until(5.2)
    assert bool(played.forwards()) is not is_new


def test_a_text_that_comes_back_within_three_partials_was_not_rewritten_p13() -> None:
    played = Played(pause=60.0)
    played.partial("reconocer el habla")
    played.partial("recoger la playa")
    played.partial("reconocer el habla")
    assert played.notes() == ["REWRITTEN"]


@pytest.mark.parametrize(("changed", "is_noted"), [(200, False), (201, True)])
def test_a_final_that_differs_by_more_than_a_fifth_from_what_was_said_is_noted(changed: int, is_noted: bool) -> None:
    played = Played()
    played.partial(OLD + ".")
    played.final("x" * changed + OLD[changed:] + ". Fin.")
    assert ("CORRECTION" in played.notes()) is is_noted
    assert played.texts()[1:] == ["Fin."]


def test_a_corrected_final_says_only_what_comes_after_what_was_said() -> None:
    played = Played()
    played.partial("the meeting starts on Tuesday.")
    played.final("The meeting starts on Thursday. At nine.")
    assert played.texts() == ["the meeting starts on Tuesday.", "At nine."]


def test_empty_partials_are_nothing() -> None:
    played = Played()
    played.partial("   ")
    assert (played.drops(), played.machine.remembered) == ([Reason.empty], 0)


def test_an_empty_final_ends_its_result() -> None:
    played = Played()
    played.partial("eh", 0.3)
    played.final("")
    played.wait(60)
    assert played.texts() == []


def test_finals_are_said_in_the_order_of_their_time() -> None:
    played = Played()
    played.partial("uno", 0.3, "a", timestamp=1.0)
    played.partial("dos", 0.3, "b", timestamp=2.0)
    played.final("dos", "b", timestamp=2.0)
    assert played.texts() == []
    played.wait(1.0)
    played.final("uno", "a", timestamp=1.0)
    assert played.texts() == ["uno", "dos"]


def test_a_final_waits_two_seconds_at_most_for_what_was_said_before() -> None:
    played = Played()
    played.partial("uno", 0.3, "a", timestamp=1.0)
    played.final("dos", "b", timestamp=2.0)
    played.until(2.19)
    assert played.texts() == []
    played.until(2.2)
    assert played.texts() == ["uno", "dos"]
    played.final("uno y medio", "a", timestamp=1.0)
    assert played.texts()[2:] == ["y medio"]


def test_without_times_a_final_lets_go_first_what_is_stable_and_was_said_before() -> None:
    played = Played()
    played.partial("uno", 0.9, "a")
    played.partial("dos", 0.3, "b")
    played.final("tres", "c")
    assert played.texts() == ["uno", "tres"]
    assert played.reasons() == [Reason.overtaken, Reason.final]


def test_what_exceeds_ten_seconds_of_text_goes_out_and_is_not_lost_p8() -> None:
    played = Played(pause=60.0, max_buffer_timeout=10.0)
    first = " ".join(f"a{number}" for number in range(20))
    second = " ".join(f"b{number}" for number in range(20))
    played.partial(first, 0.9, "a")
    played.partial(second, 0.9, "b")
    assert played.texts() == [first]
    assert played.notes() == ["BUFFER_OVERFLOW"]
    played.final(first, "a")
    played.final(second, "b")
    assert words(played.texts()) == [*first.split(), *second.split()]


def test_what_is_stable_is_the_sessions_matter_also_at_capacity_p8() -> None:
    played = Played(pause=60.0, max_buffer_timeout=10.0, min_stability=0.95)
    played.partial(" ".join("ab" * 10), 0.90, "a")
    played.partial(" ".join("c" * 6), 0.96, "b")
    assert played.texts() == ["c c c c c c"]


def test_even_unstable_text_does_not_grow_without_bound_p8() -> None:
    played = Played()
    text = " ".join(f"a{number}" for number in range(200))
    played.partial(text, 0.1)
    assert played.machine.waiting_words == 25
    assert played.texts() == [" ".join(f"a{number}" for number in range(175))]


def test_what_was_heard_before_a_hold_goes_out_and_what_comes_later_never_does() -> None:
    played = Played()
    played.partial("hola a", 0.3)
    played.happens(Partial("r", "hola a todos", 0.3))
    played.happens(Hold())
    played.happens(Hold())
    assert played.texts() == ["hola a todos"]
    played.partial("hola a todos esto es privado.", 0.9)
    played.final("secreto", "s")
    played.wait(60)
    assert played.texts() == ["hola a todos"]
    assert played.drops() == [Reason.held, Reason.held]


def test_a_sentence_over_the_end_of_a_hold_is_heard_from_there() -> None:
    played = Played()
    played.happens(Hold())
    played.partial("esto es privado", 0.9)
    played.happens(Release())
    played.final("esto es privado y esto no")
    assert played.texts() == ["y esto no"]


def test_a_final_that_waits_its_turn_goes_out_before_a_hold() -> None:
    played = Played()
    played.partial("uno", 0.3, "a", timestamp=1.0)
    played.final("dos", "b", timestamp=2.0)
    played.happens(Hold())
    assert played.texts() == ["uno", "dos"]


def test_a_clock_that_goes_back_changes_nothing() -> None:
    machine = PartialResults(PartialRules())
    machine.handle(Partial("r", "hola a todos", 0.9), 100.0)
    machine.handle(Tick(), 100.2)
    assert machine.handle(Tick(), 3.0) == []
    assert machine.next_deadline == pytest.approx(102.2)
    assert [each.text for each in machine.handle(Tick(), 103.0) if isinstance(each, Forward)] == ["hola a todos."]


def test_a_late_timer_decides_all_that_is_due_in_order() -> None:
    machine = PartialResults(PartialRules())
    machine.handle(Partial("a", "uno", 0.1), 0.0)
    machine.handle(Tick(), 0.2)
    machine.handle(Partial("b", "dos", 0.1), 0.3)
    machine.handle(Tick(), 0.5)
    decided = machine.handle(Tick(), 3_600.0)
    assert [each.text for each in decided if isinstance(each, Forward)] == ["uno.", "dos."]


def test_no_decision_but_a_forward_holds_what_was_said() -> None:
    played = Played()
    for text in ("Contraseña", "Contraseña larga y distinta", "otra cosa"):
        played.partial(text, 0.4)
    played.final("Contraseña")
    played.final("Contraseña")
    others = [each for _, each in played.decisions if not isinstance(each, Forward)]
    assert len(others) >= 2
    assert "Contraseña" not in repr(others)


def test_what_went_out_elsewhere_is_not_said_again_here() -> None:
    played = Played()
    assert not played.machine.knows("r")
    played.machine.recall("r", (3, 5), is_final=False)
    assert played.machine.knows("r")
    played.partial("Hola a todos. Hoy es")
    played.final("Hola a todos. Hoy es jueves. Gracias.")
    assert played.texts() == ["jueves. Gracias."]
    assert played.forwards()[0].start == 5


def test_a_result_that_was_over_elsewhere_is_over_here() -> None:
    played = Played()
    played.machine.recall("r", (0, 0), is_final=True)
    played.partial("Hola a todos.")
    played.final("Hola a todos.")
    assert (played.texts(), played.drops()) == ([], [Reason.after_final, Reason.duplicate])
