"""One result that is still open: what it says, since when, how stable each word is, and how much has gone out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from live_translation.partials.events import Stability, known
from live_translation.partials.words import Said, Token, percent_rewritten, slice_of, tokens_of

WINDOW: Final = 3
"""A text that comes back within so many partial results has not been rewritten."""


class OpenResult:
    """Words from `begin` on wait to go out, `since` then at the latest; `changed_at` is when the text last changed.

    `order` puts results in the order in which they were said, `is_timed` if the recogniser told it. A final that has to
    let others go first has a `final_due`.
    """

    def __init__(self, result_id: str, order: tuple[float, int], now: float, *, is_timed: bool, said: Said) -> None:
        self.result_id = result_id
        self.order = order
        self.is_timed = is_timed
        self.said = said
        self.last: tuple[int, int] | None = None
        self.opened_at = self.since = self.changed_at = now
        self.final_due: float | None = None
        self.begin = 0
        self._text = ""
        self._tokens: list[Token] = []
        self._stabilities: list[float | None] = []
        self._recent: deque[str] = deque(maxlen=WINDOW)

    @property
    def waiting(self) -> int:
        """How many words have not gone out."""
        return len(self._tokens) - self.begin

    @property
    def end(self) -> int:
        """The number of words."""
        return len(self._tokens)

    def hear(self, text: str, stability: Stability, now: float, rewritten_percent: float) -> float | None:
        """Take a later version in; gives by how many percent it rewrites those before, if that is too much.

        A repeated partial result neither starts the waiting anew nor brings back what has gone out; a rewritten one
        takes the place of what waited, and so begins to wait.
        """
        rewritten = 0.0
        if text != self._text:
            waited = self.waiting
            rewritten = min((percent_rewritten(old, text) for old in self._recent), default=0.0)
            self._recent.append(text)
            self._read(text)
            self.changed_at = now
            if not waited or rewritten > rewritten_percent:
                self.since = now
        self._stabilities = _for_each(stability, len(self._tokens))
        return rewritten if rewritten > rewritten_percent else None

    def finish(self, text: str, due: float) -> float:
        """Take the final in; gives by how many percent it differs from what has gone out."""
        self._read(text)
        self.final_due = due
        return self.said.change_to([token.plain for token in self._tokens[: self.begin]]) if len(self.said) else 0.0

    def settled(self, threshold: float) -> int:
        """Where the words end that are stable, from the first that waits."""
        return self._run(lambda each: each is not None and each >= threshold)

    def settled_or_unknown(self, threshold: float) -> int:
        """Where the words end that are stable or of which nothing is known."""
        return self._run(lambda each: each is None or each >= threshold)

    def sentence_end(self, stop: int) -> int:
        """Where the last sentence ends that is over before `stop`; `begin` if none is."""
        return next((i for i in range(stop, self.begin, -1) if self._tokens[i - 1].ends_sentence), self.begin)

    def text_until(self, stop: int) -> str:
        """The words that wait, up to `stop`, as they are written."""
        return slice_of(self._text, self._tokens, self.begin, stop)

    def advance(self, stop: int, now: float) -> None:
        """Count the words up to `stop` as gone out; those after begin to wait."""
        self.said.add([token.plain for token in self._tokens[self.begin : stop]])
        self.begin = stop
        self.since = now

    def take_back(self, start: int) -> None:
        """The words from `start` on have not gone out after all."""
        self.said.take_back(start)
        self._read(self._text)

    def _read(self, text: str) -> None:
        self._text, self._tokens = text, tokens_of(text)
        self.begin = self.said.rest_of([token.plain for token in self._tokens])

    def _run(self, is_good: Callable[[float | None], bool]) -> int:
        stop = self.begin
        while stop < len(self._stabilities) and is_good(self._stabilities[stop]):
            stop += 1
        return stop


def _for_each(stability: Stability, count: int) -> list[float | None]:
    if not isinstance(stability, tuple):
        return [known(stability)] * count
    each = [known(one) for one in stability]
    if len(each) == count:
        return each
    # The engine counts words differently: then its least stable word speaks for all.
    found = [one for one in each if one is not None]
    return [min(found) if found and len(found) == len(each) else None] * count
