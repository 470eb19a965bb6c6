"""The functions as Lambda calls them: `live_translation.functions.entries.connect` and so on."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from live_translation.functions import answers
from live_translation.functions.answers import Event
from live_translation.functions.container import Container
from live_translation.functions.environment import Environment
from live_translation.handlers.events import Response
from live_translation.logs import write_to


@cache
def container() -> Container:
    """What this container keeps between invocations, made by the first."""
    environment = Environment.read()
    write_to(sys.stdout, environment.settings.log_level)
    return Container(environment)


def authorizer(event: Event, context: Any) -> Event:
    """Who a client is; attached to `$connect`, without identity sources, so that listeners reach it too."""
    return answers.authorize(container(), event)


def connect(event: Event, context: Any) -> Response:
    """The route `$connect`."""
    return answers.answer(container(), event)


def messages(event: Event, context: Any) -> Response:
    """The route `$default`: everything that clients say."""
    return answers.answer(container(), event)


def disconnect(event: Event, context: Any) -> Response:
    """The route `$disconnect`."""
    return answers.answer(container(), event)


def welcome(event: Event, context: Any) -> Response:
    """Invoked by `connect` with a client's first message: nothing can be posted before `connect` has returned."""
    return answers.welcome(container(), event)


def jobs(event: Event, context: Any) -> Event:
    """Invoked by a schedule, each minute: closes what is silent and sets right what crashes have left."""
    return answers.look_after(container())
