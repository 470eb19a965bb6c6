"""What each function does with its event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from live_translation.errors import hashed
from live_translation.functions.container import Container
from live_translation.handlers import routing
from live_translation.handlers.events import AUTHORIZER_ERROR, Response
from live_translation.handlers.leaving import let_go
from live_translation.handlers.parts import Parts
from live_translation.identity.authorizer import UNAVAILABLE
from live_translation.metrics import catalog
from live_translation.metrics.census import census
from live_translation.ports import Busy, Gone
from live_translation.sessions.idling import IdleReport
from live_translation.sessions.reconciling import Reconciled

WELCOME_WAITS: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
"""Seconds between the attempts to reach a client whose `$connect` may not have returned yet."""

_log = logging.getLogger(__name__)

Event = dict[str, Any]
Sleep = Callable[[float], Awaitable[object]]


class Unauthorized(Exception):
    """API Gateway answers 401 to an authorizer that fails with exactly this word."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class Failed(Exception):
    """Lambda tries an asynchronous invocation again that ends with an error, and counts it in any case."""


def authorize(container: Container, event: Event) -> Event:
    """Let a client pass with what is known of it: `userId`, empty for one without a token.

    A token that is not good is 401 at the handshake. While the issuer's keys cannot be had nobody is refused here, so
    that listeners are let in: `connect` tells speakers that they must wait.
    """
    query, headers = event.get("queryStringParameters") or {}, event.get("headers") or {}
    if container.authorizer is None:
        # Without a pool no token can be good, and nobody is to speak by mistake.
        if query.get("token") or "authorization" in {name.lower() for name in headers}:
            raise Unauthorized
        context: dict[str, str] = {"userId": ""}
    else:
        authorizer = container.authorizer
        context = container.run(lambda _: authorizer.context(query, headers))
    if context.get(AUTHORIZER_ERROR, UNAVAILABLE) != UNAVAILABLE:
        raise Unauthorized
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    return {
        "principalId": context.get("userId") or "anonymous",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }


def answer(container: Container, event: Event) -> Response:
    """Answer what a client does: connect, say something, or go.

    Raises `Failed` for a disconnect that could not be done, so that it is tried again.
    """
    context = event["requestContext"]
    if context["eventType"] == "CONNECT":
        container.poster.connecting(context["connectionId"])
    response = container.run(lambda parts: routing.handle(parts, _known(event)))
    if context["eventType"] == "DISCONNECT" and response["statusCode"] >= 500:
        raise Failed(f"the connection was not released: {response.get('body')}")
    return response


def welcome(container: Container, event: Event, sleep: Sleep = asyncio.sleep) -> Response:
    """Post a client's first messages as soon as it can be reached; one that never is was lost and is let go."""
    return container.run(lambda parts: _welcome(parts, event, sleep))


def look_after(container: Container) -> Event:
    """Run the jobs once, count who is there, and tell what was done; None for a job that another invocation is at."""

    async def work(parts: Parts) -> tuple[IdleReport | None, Reconciled | None]:
        done = await container.jobs.run_once()
        sessions, listeners = await census(container.database, parts.clock)
        container.recorder.level(catalog.ACTIVE_SESSIONS, sessions)
        container.recorder.level(catalog.TOTAL_LISTENERS, listeners)
        return done

    idle, reconciled = container.run(work)
    return {"idle": idle and asdict(idle), "reconciliation": reconciled and asdict(reconciled)}


async def _welcome(parts: Parts, event: Mapping[str, Any], sleep: Sleep) -> Response:
    connection_id: str = event["connectionId"]
    for text in event["texts"]:
        if not await _arrives(parts, connection_id, text, sleep):
            _log.info("connection %s was never there", hashed(connection_id))
            await let_go(parts, connection_id, lost=True)
            return {"statusCode": 410}
    if event.get("close") is not None:
        await parts.poster.close(connection_id, event["close"])
    return {"statusCode": 200}


async def _arrives(parts: Parts, connection_id: str, text: str, sleep: Sleep) -> bool:
    for wait in (*WELCOME_WAITS, None):
        try:
            await parts.poster.post(connection_id, text)
        except (Gone, Busy):
            if wait is not None:
                await sleep(wait)
        else:
            return True
    return False


def _known(event: Event) -> Event:
    """The event with what the authorizer said; without one nobody is known, however the API came to lack it."""
    context: Event = event["requestContext"]
    if context.get("authorizer") is not None:
        return event
    return {**event, "requestContext": {**context, "authorizer": {"userId": ""}}}
