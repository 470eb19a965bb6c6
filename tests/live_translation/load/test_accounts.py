from benchmarks.crowd.accounts import Account, Away, Heard, Said, in_source, mark_of

SAID = [Said(f"s{number}", float(number)) for number in range(5)]


def captions(*places: int, late: float = 0.04, text: str = "hola") -> list[Heard]:
    return [Heard(f"s{place}", place + 1, place + late, mark_of(f"{text} {place}")) for place in places]


def account(heard: list[Heard], away: list[Away] | None = None) -> Account:
    found = Account()
    found.add(SAID, heard, "session", "ca", away or [])
    return found


def test_who_heard_everything_in_order_has_nothing_to_complain_of() -> None:
    found = account(captions(0, 1, 2, 3, 4))
    assert found.is_good
    assert (found.heard, found.listeners) == (5, 1)
    assert abs((found.milliseconds.percentile(99) or 0) - 40) < 1


def test_each_way_to_be_wrong_is_counted_apart() -> None:
    assert account(captions(0, 1, 3, 4)).lost == 1
    assert account([*captions(0, 1, 1), *captions(2, 3, 4)]).doubled == 1
    assert account(captions(0, 2, 1, 3, 4)).misordered == 1
    assert account([*captions(0, 1, 2, 3, 4), Heard("other", 9, 9.0, 1)]).unknown == 1
    assert not any(account(captions(*places)).is_good for places in ((0, 1, 3, 4), (0, 2, 1, 3, 4)))


def test_a_number_that_does_not_grow_is_disorder_whatever_the_segment() -> None:
    heard = captions(0, 1, 2, 3, 4)
    heard[3].number = 2
    assert account(heard).misordered == 1


def test_what_was_said_while_a_listener_was_away_is_missed_and_not_lost() -> None:
    found = account(captions(0, 4), [Away(2.9, 3.5)])
    assert (found.missed_away, found.lost) == (3, 0)
    found = account(captions(0, 1, 2), [Away(2.9, 3.5)])
    assert (found.missed_away, found.lost) == (1, 1)


def test_two_who_listen_in_one_language_hear_the_same_text() -> None:
    both = account(captions(0, 1, 2, 3, 4))
    both.merge(account(captions(0, 1, 2, 3, 4)))
    assert (both.differing, both.listeners, both.heard) == (0, 2, 10)
    both.merge(account(captions(0, 1, 2, 3, 4, text="adeu")))
    assert both.differing == 5


def test_who_listens_in_the_language_that_is_spoken_hears_it_word_for_word() -> None:
    found = Account()
    found.add(SAID, captions(0, 1, 2, 3, 4), "session", "es")
    texts = {f"s{number}": f"hola {number}" for number in range(5)}
    assert in_source(found, "session", texts, "es") == 0
    assert in_source(found, "session", {**texts, "s3": "hola"}, "es") == 1
