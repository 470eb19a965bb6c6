from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from live_translation.demo.accounting import Caption, Spoken, Stay

LANGUAGES = ("ca", "it", "pt", "fr", "en")


@dataclass
class World:
    """A talk and its listeners, in which everything went as it should."""

    finals: list[Spoken]
    stays: list[Stay]

    def due(self) -> list[tuple[Stay, int]]:
        """Who must have which caption, as stays and positions among the finals, by a rule written down anew."""
        return [(stay, n) for stay in self.stays for n in range(len(self.finals)) if must_have(stay, self.finals[n])]


def must_have(stay: Stay, final: Spoken) -> bool:
    assert final.processed_at is not None
    if stay.joined_at is None or not stay.joined_at < final.sent_at:
        return False
    return stay.leaving_at is None or not stay.leaving_at < final.processed_at


def caption(final: Spoken, language: str, number: int | None = None) -> Caption:
    assert final.processed_at is not None
    assert final.sequence_number is not None
    return Caption(final.segment_id, number or final.sequence_number, language, final.processed_at)


@st.composite
def worlds(draw: st.DrawFn, finals: int = 1, dues: int = 0) -> World:
    """Finals one second apart, each processed after a tenth to nine; stays anywhere, an hour split into tenths."""
    number = draw(st.integers(finals, 8))
    spoken = [Spoken(f"s{n:03}", float(n), n + draw(st.integers(1, 9)) / 10, n) for n in range(1, number + 1)]
    stays = [_stay(draw, listener, spoken) for listener in range(draw(st.integers(0, 5)))]
    if dues:
        stays.append(_whole(len(stays), draw(st.sampled_from(LANGUAGES)), spoken))
    return World(spoken, stays)


def _whole(listener: int, language: str, finals: list[Spoken]) -> Stay:
    return Stay(listener, language, 0.1, 0.2, None, [caption(each, language) for each in finals])


def _stay(draw: st.DrawFn, listener: int, finals: list[Spoken]) -> Stay:
    tenths = 10 * (len(finals) + 1)
    asked = draw(st.integers(0, tenths)) / 10
    joined = asked + draw(st.integers(1, 15)) / 10
    leaving = draw(st.none() | st.integers(0, tenths).map(lambda wait: joined + wait / 10))
    language = draw(st.sampled_from(LANGUAGES))
    stay = Stay(listener, language, asked, joined, leaving)
    # What may arrive besides what must: one final that was under way when they came, and one when they went.
    coming = [each for each in finals if each.sent_at <= joined and _processed(each) >= asked]
    must = [each for each in finals if must_have(stay, each)]
    going = [each for each in finals if leaving is not None and each.sent_at <= leaving < _processed(each)]
    got = {each.segment_id for each in must}
    if must and coming and draw(st.booleans()):
        got.add(coming[-1].segment_id)
    if must and going and going[0].sent_at > joined and draw(st.booleans()):
        got.add(going[0].segment_id)
    stay.captions = [caption(each, language) for each in finals if each.segment_id in got]
    return stay


def _processed(final: Spoken) -> float:
    assert final.processed_at is not None
    return final.processed_at
