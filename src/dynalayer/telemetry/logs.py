"""One structured log record for each call, and a formatter that makes records JSON."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import Final

import msgspec

from dynalayer.protocol import InvalidValue

from .correlation import current_correlation
from .events import BreakerChanged, Called
from .observer import Observer

LOGGER: Final = "dynalayer.calls"

_encode = msgspec.json.Encoder(decimal_format="number").encode


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
    """Logs one record for each call: WARNING if it failed, was tried again or took over `slow` seconds, else INFO.

    A condition that did not hold is an answer, not a failure. Of the calls that are INFO a share of `sample` is logged.
    The message of the records is JSON with whatever formatter; `JsonFormatter` makes the whole record one object. They
    hold names and figures: of keys a hash, of errors the class and the service's code, no message and no value.
    """

    wants_keys = True

    def __init__(
        self,
        logger: logging.Logger | str = LOGGER,
        *,
        sample: float = 1.0,
        slow: float | None = None,
        capacity: bool = True,
        sites: bool = False,
        random: Callable[[], float] = random.random,
    ) -> None:
        if not 0 <= sample <= 1:
            raise InvalidValue(f"a sample is a share from 0 to 1, got {sample}")
        self._logger = logging.getLogger(logger) if isinstance(logger, str) else logger
        self._sample = sample
        self._slow = slow
        self._random = random
        self.wants_sites = sites
        self.wants_capacity = "TOTAL" if capacity else None

    def ended(self, event: Called) -> None:
        slow = self._slow is not None and event.seconds > self._slow
        if event.failed or event.waits or slow:
            self._log(logging.WARNING, event)
        elif self._sample >= 1.0 or self._random() < self._sample:
            self._log(logging.INFO, event)

    def breaker_changed(self, event: BreakerChanged) -> None:
        self._log(logging.WARNING, event)

    def _log(self, level: int, event: Called | BreakerChanged) -> None:
        logger = self._logger
        if logger.isEnabledFor(level):
            # Not logger.log(): it looks for the line that logs, which is always this one, and costs more than the rest.
            logger.handle(logger.makeRecord(logger.name, level, "", 0, _Line(event), (), None))


class JsonFormatter(logging.Formatter):
    """Formats any record as one line of JSON: time, level, logger and message, or the fields of a call.

    Records of other loggers get the correlation id too, so that all that belongs to a request is found together.
    """

    def __init__(self) -> None:
        super().__init__()
        self._second = (-1, "")

    def format(self, record: logging.LogRecord) -> str:
        start = f'{{"time":"{self._time(record.created)}","level":"{record.levelname}","logger":'
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

    def _time(self, created: float) -> str:
        second, text = self._second
        if second != int(created):
            second = int(created)
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = (second, text)
        return f"{text}.{int((created - second) * 1000):03d}Z"
