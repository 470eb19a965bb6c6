"""A talk played to the state machine on a clock of its own."""

from collections.abc import Iterable

from live_translation.partials import (
    Decision,
    Drop,
    Event,
    Final,
    Forward,
    Note,
    Partial,
    PartialResults,
    PartialRules,
    Reason,
    Tick,
)
from live_translation.partials.events import Stability


class Played:
    """Events come at `now`; whatever is due before is decided when it is due, as its one timer would."""

    def __init__(self, **rules: float | bool) -> None:
        self.now = 0.0
        self.machine = PartialResults(PartialRules(**rules))  # type: ignore[arg-type]
        self.decisions: list[tuple[float, Decision]] = []

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.until(self.now + seconds)

    def until(self, moment: float) -> None:
        while (due := self.machine.next_deadline) is not None and due <= moment:
            self.now = max(self.now, due)
            self._take(Tick())
        self.now = moment

    def happens(self, event: Event) -> None:
        self.until(self.now)
        self._take(event)

    def partial(
        self, text: str, stability: Stability = 0.9, result_id: str = "r", *, timestamp: float | None = None
    ) -> None:
        """A partial result, and the end of its window."""
        self.happens(Partial(result_id, text, stability, timestamp))
        self.wait(0.2)

    def final(self, text: str, result_id: str = "r", *, timestamp: float | None = None) -> None:
        self.happens(Final(result_id, text, timestamp))

    def _take(self, event: Event) -> None:
        self.decisions.extend((self.now, decision) for decision in self.machine.handle(event, self.now))

    def forwards(self, result_id: str | None = None) -> list[Forward]:
        found = [each for _, each in self.decisions if isinstance(each, Forward)]
        return [each for each in found if result_id in (None, each.result_id)]

    def texts(self, result_id: str | None = None) -> list[str]:
        return [each.text for each in self.forwards(result_id)]

    def reasons(self) -> list[Reason]:
        return [each.reason for each in self.forwards()]

    def drops(self) -> list[Reason]:
        return [each.reason for _, each in self.decisions if isinstance(each, Drop)]

    def notes(self) -> list[str]:
        return [each.code for _, each in self.decisions if isinstance(each, Note)]

    def moment_of(self, index: int) -> float:
        """When the so-manyth piece went out."""
        return [at for at, each in self.decisions if isinstance(each, Forward)][index]


def words(texts: Iterable[str]) -> list[str]:
    """What a listener hears, as it is compared."""
    return [word.strip(".,!?").casefold() for text in texts for word in text.split()]
