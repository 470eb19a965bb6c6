"""Signing in and out."""

from __future__ import annotations

import hmac
import logging
from math import ceil
from typing import Final

from hosting.callers import is_from_here
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from coagent.api.calls import answer, body, nothing, told
from coagent.api.problems import Problem, invalid
from coagent.api.sessions import Sessions, refuse_other_sites
from coagent.guards import sign_ins
from coagent.samples import PEOPLE
from coagent.workspace import NotFound, Workspaces
from dynalayer import AsyncDatabase

_log = logging.getLogger(__name__)

MOST_BYTES: Final = 4_096


class _Asked(Struct):
    user: str = ""
    passcode: str = ""
    email: str = ""


class Door:
    """Lets users in: those who have an account by their name, others once they say their address."""

    def __init__(
        self, database: AsyncDatabase, sessions: Sessions, workspaces: Workspaces, salt: bytes, a_minute: int
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._workspaces = workspaces
        self._directory = workspaces.directory
        self._salt = salt
        self._limiter = sign_ins(a_minute)

    def routes(self) -> list[BaseRoute]:
        """`/api/session`."""
        path = "/api/session"
        return [
            Route(path, told(self._who), methods=["GET"]),
            Route(path, told(self._enter), methods=["POST"]),
            Route(path, told(self._leave), methods=["DELETE"]),
        ]

    async def _who(self, request: Request) -> Response:
        session = self._sessions.find(request)
        if session is not None:
            return answer({"user": session.user, "csrf": session.csrf})
        # Where people come from elsewhere, names are not for everybody.
        wanted = self._sessions.wants_passcode
        samples = [] if wanted or not is_from_here(request) else await self._samples()
        raise Problem(401, "signed-out", "Sign in first.", wantsPasscode=wanted, samples=samples)

    async def _samples(self) -> list[dict[str, str]]:
        """The made-up users that are there."""
        people = [person for person in PEOPLE if await self._account(person.user) is not None]
        return [{"user": person.user, "name": person.name} for person in people]

    async def _enter(self, request: Request) -> Response:
        refuse_other_sites(request)
        if not self._sessions.wants_passcode and not is_from_here(request):
            raise Problem(403, "not-here", "Without COAGENT_PASSCODE people sign in on the service's own machine only.")
        await self._take_turn(request.client.host if request.client else "")
        asked = await body(request, _Asked, MOST_BYTES)
        session = self._sessions.open(asked.user, asked.passcode)
        if await self._account(session.user) is None:
            if not asked.email.strip():
                raise invalid(("email", "is needed, because there is no user of this name yet"))
            await self._directory.enter(session.user, asked.email.strip())
        await self._adopt(session.user)
        response = answer({"user": session.user, "csrf": session.csrf})
        self._sessions.keep(response, session)
        return response

    async def _adopt(self, user: str) -> None:
        """Bring into the lists what the service of before wrote; what is broken there keeps nobody out."""
        try:
            await self._workspaces.of(user).adopt()
        except Exception as error:
            _log.warning("items of before not adopted: %s", type(error).__name__)

    async def _take_turn(self, address: str) -> None:
        """Raises `Problem` 429 for who tries too often; addresses are kept as hashes."""
        hashed = hmac.digest(self._salt, address.encode(), "sha256").hex()
        turn = await self._database.run(self._limiter.take(hashed))
        if not turn:
            headers = {"retry-after": str(max(1, ceil(turn.retry_after)))}
            raise Problem(429, "too-often", "Too many tried to sign in from here; wait a moment.", headers=headers)

    async def _account(self, user: str) -> object:
        try:
            return await self._directory.account(user)
        except NotFound:
            return None

    async def _leave(self, request: Request) -> Response:
        refuse_other_sites(request)
        response = nothing()
        self._sessions.forget(response)
        return response
