"""One line of JSON for each call, or one log record, and a formatter that makes records JSON."""

from __future__ import annotations

import logging
import math
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from dynalayer.protocol import InvalidValue

from .correlation import current_correlation
from .events import BreakerChanged, Called
from .gathering import is_frozen_between_requests
from .observer import Observer

_LEVELS: Final = {logging.INFO: "INFO", logging.WARNING: "WARNING"}
_MILLISECONDS: Final = tuple([f"{number:03d}" for number in range(1000)])

_encoder: Final = msgspec.json.Encoder(decimal_format="number")
_encode, _encode_lines = _encoder.encode, _encoder.encode_lines


class _Line:
    """An event as the message of a record: written as JSON when a handler wants it, and not before."""

    __slots__ = ("_text", "event")

    def __init__(self, event: Called | BreakerChanged) -> None:
        self.event = event
        self._text: str | None = None

    def __str__(self) -> str:
        if self._text is None:
            self._text = _encode(self.event).decode()
        return self._text


class JsonLog(Observer):
    """Writes one line of JSON for each call: WARNING if it failed, was tried again or took over `slow` s, else INFO.

    `write` takes whole lines, those of calls that end at about the same time together; by default they go to standard
    error. They are written a moment after the calls have ended, by a thread of the library's, and all of them when the
    database is closed and when the program ends; with `immediate`, as in a Lambda function, each by its call itself. A
    program that is killed loses those of its last moment.

    Given a `logger`, or its name, records are made for it instead, each by its call itself: that takes several times as
    long. Their message is JSON with whatever formatter; `JsonFormatter` makes the whole record one object.

    A condition that did not hold is an answer, not a failure. Of the calls that are INFO a share of `sample` is logged.
    Lines hold names and figures: of keys a hash, of errors the class and the service's code, no message and no value.
    Raises `InvalidValue` for a share that is none, and for both a logger and `write`.
    """

    wants_keys = True

    def __init__(
        self,
        logger: logging.Logger | str | None = None,
        *,
        write: Callable[[str], object] | None = None,
        sample: float = 1.0,
        slow: float | None = None,
        capacity: bool = True,
        sites: bool = False,
        immediate: bool | None = None,
        random: Callable[[], float] = random.random,
    ) -> None:
        if not 0 <= sample <= 1:
            raise InvalidValue(f"a sample is a share from 0 to 1, got {sample}")
        if logger is not None and write is not None:
            raise InvalidValue("a log goes to a logger or to `write`, not to both: leave one of them out")
        self._logger = logging.getLogger(logger) if isinstance(logger, str) else logger
        self._write = write
        self._sample = sample
        self._slow = math.inf if slow is None else slow
        self._random = random
        self._stamp = Stamp()
        self.chooses = sample < 1.0
        self.wants_sites = sites
        self.wants_capacity = "TOTAL" if capacity else None
        # A record's handlers may ask for the thread, the task or the variables of its call.
        self.immediate = self._logger is not None or (is_frozen_between_requests() if immediate is None else immediate)

    def ended(self, event: Called) -> None:
        self.gathered((event,))

    def gathered(self, events: Sequence[Called]) -> None:
        if self._sample < 1.0:
            events = [event for event in events if self._is_warning(event) or self._random() < self._sample]
        self.chosen(events)

    def wants(self, seconds: float) -> bool:
        return seconds > self._slow or self._random() < self._sample

    def chosen(self, events: Sequence[Called]) -> None:
        if self._logger is not None:
            for event in events:
                self._record(self._logger, self._level(event), event)
        elif events:
            self._print(self._lines(events))

    def _lines(self, events: Sequence[Called]) -> list[str]:
        """The lines of calls, made together: that takes half as long."""
        slow = self._slow
        stamped = -1
        start = ""
        lines: list[str] = []
        for event, line in zip(events, _encode_lines(events).decode().split("\n"), strict=False):
            seconds = event.seconds
            moment = event.at + seconds
            second = int(moment)
            if second != stamped:
                stamped, start = second, f'{{"time":"{self._stamp.second(second)}.'
            level = "INFO"
            if event.error is not None or event.waits or seconds > slow:
                level = _LEVELS[self._level(event)]
            lines.append(f'{start}{_MILLISECONDS[int((moment - second) * 1000)]}Z","level":"{level}",{line[1:]}\n')
        return lines

    def breaker_changed(self, event: BreakerChanged) -> None:
        if self._logger is not None:
            self._record(self._logger, logging.WARNING, event)
        else:
            self._print([self._line(logging.WARNING, event.at or time.time(), event)])

    def _level(self, event: Called) -> int:
        return logging.WARNING if self._is_warning(event) else logging.INFO

    def _is_warning(self, event: Called) -> bool:
        return event.failed or bool(event.waits) or event.seconds > self._slow

    def _record(self, logger: logging.Logger, level: int, event: Called | BreakerChanged) -> None:
        if logger.isEnabledFor(level):
            # Not logger.log(): it looks for the line that logs, which is always this one, and costs more than the rest.
            logger.handle(logger.makeRecord(logger.name, level, "", 0, _Line(event), (), None))

    def _line(self, level: int, moment: float, event: Called | BreakerChanged) -> str:
        start = f'{{"time":"{self._stamp(moment)}","level":"{_LEVELS[level]}",'
        return f"{start}{_encode(event).decode()[1:]}\n"

    def _print(self, lines: list[str]) -> None:
        # One write for whole lines: those of other threads go before or behind them.
        (self._write or sys.stderr.write)("".join(lines))


class Stamp:
    """Moments as text; that of a second is made once."""

    def __init__(self) -> None:
        self._second = (-1, "")

    def __call__(self, moment: float) -> str:
        """Seconds since 1970 as ISO 8601, in UTC and to the millisecond."""
        second = int(moment)
        return f"{self.second(second)}.{_MILLISECONDS[int((moment - second) * 1000)]}Z"

    def second(self, second: int) -> str:
        """A whole second as ISO 8601, without a zone."""
        known, text = self._second
        if known != second:
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = (second, text)
        return text


class JsonFormatter(logging.Formatter):
    """Formats any record as one line of JSON: time, level, logger and message, or the fields of a call.

    Records of other loggers get the correlation id too, so that all that belongs to a request is found together.
    """

    def __init__(self) -> None:
        super().__init__()
        self._stamp = Stamp()

    def format(self, record: logging.LogRecord) -> str:
        start = f'{{"time":"{self._stamp(record.created)}","level":"{record.levelname}","logger":'
        start += _encode(record.name).decode()
        message: object = record.msg
        if isinstance(message, _Line):
            return f"{start},{str(message)[1:]}"
        fields: dict[str, str] = {"message": record.getMessage()}
        correlation = current_correlation()
        if correlation is not None:
            fields["correlation"] = correlation
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return f"{start},{_encode(fields).decode()[1:]}"
