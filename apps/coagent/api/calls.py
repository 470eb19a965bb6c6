"""One request: who asks, what was sent, which version is meant; and its answer."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from coagent.api.problems import Problem, invalid, problem_of
from coagent.api.sessions import Sessions
from coagent.api.shapes import shown, to_json
from coagent.workspace import ChangedMeanwhile, Workspace
from dynalayer import AsyncDatabase

T = TypeVar("T")
Answer = Callable[[Request], Awaitable[Response]]

MOST_A_PAGE: Final = 100
_PLACE: Final = re.compile(r" - at `\$\.?(.*?)`$")

_log = logging.getLogger(__name__)


def answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON; one thing comes with its version. Nothing is kept by anything between here and the page."""
    etag = {"etag": str(content["etag"])} if isinstance(content, dict) and "etag" in content else {}
    given = {"cache-control": "no-store", **etag, **(headers or {})}
    return Response(to_json(content), status, given, "application/json")


def nothing() -> Response:
    """204: it is done, and there is nothing to say."""
    return Response(status_code=204, headers={"cache-control": "no-store"})


@dataclass(frozen=True, slots=True)
class Call:
    """A request of somebody who is signed in, and that user's workspace, which reaches nobody else's data."""

    request: Request
    user: str
    workspace: Workspace
    now_ms: int
    most_bytes: int

    @property
    def id(self) -> str:
        """Which thing the address names."""
        return str(self.request.path_params["id"])

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the question mark."""
        return self.request.query_params

    async def body(self, kind: type[T]) -> T:
        """What was sent, in its shape."""
        return await body(self.request, kind, self.most_bytes)

    @property
    def version(self) -> int:
        """The revision that a change is meant for; raises `Problem` 428 without one, 422 for what is none."""
        return version(self.request)

    @contextmanager
    def telling(self, shape: type[Struct]) -> Generator[None]:
        """Tells of a thing that was changed meanwhile as it is now, so that the user can choose."""
        try:
            yield
        except ChangedMeanwhile as error:
            current = shown(shape, error.newest)
            raise Problem(
                412,
                "changed",
                "It was changed after you had read it; nothing was written.",
                headers={"etag": current["etag"]},
                current=current,
            ) from None

    @property
    def paging(self) -> tuple[int, str | None]:
        """How many are asked for, and the cursor to go on from."""
        return paging(self.request)


Handler = Callable[[Call], Awaitable[Response]]


async def body(request: Request, kind: type[T], most: int) -> T:
    """What was sent, in its shape; raises `Problem` 415 for no JSON, 413 for too much, 422 naming what is wrong."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "not-json", "Send a JSON body with Content-Type: application/json.")
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > most:
            raise Problem(413, "too-large", f"More than {most} bytes were sent; nothing was written.", limit=most)
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise invalid(_placed(str(error))) from None
    except RecursionError:
        raise invalid(("", "is nested too deeply")) from None


def _placed(words: str) -> tuple[str, str]:
    """The path of a field and what is wrong with it, as msgspec tells them in one."""
    found = _PLACE.search(words)
    return (found[1], words[: found.start()]) if found else ("", words)


def version(request: Request) -> int:
    """The revision that a change is meant for; raises `Problem` 428 without one, 422 for what is none."""
    given = request.headers.get("if-match", "").strip()
    if not given:
        raise Problem(428, "version-missing", "Send If-Match with the ETag of what you have read.")
    found = re.fullmatch(r'"([0-9]{1,18})"', given, re.ASCII)
    if found is None:
        raise invalid(("If-Match", "must be the ETag of this thing, as it was given"))
    return int(found[1])


def paging(request: Request, default: int = 20) -> tuple[int, str | None]:
    """How many are asked for, and the cursor to go on from."""
    text = request.query_params.get("limit", str(default))
    if not re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) or not 1 <= int(text) <= MOST_A_PAGE:
        raise invalid(("limit", f"must be a number from 1 to {MOST_A_PAGE}"))
    return int(text), request.query_params.get("cursor") or None


class Api:
    """The routes of the API, each behind a session; a session's user is whose workspace a call works in."""

    def __init__(
        self,
        database: AsyncDatabase,
        sessions: Sessions,
        workspaces: Callable[[str], Workspace],
        clock: Callable[[], float],
        most_bytes: int,
    ) -> None:
        self.database = database
        self.routes: list[BaseRoute] = []
        self._sessions = sessions
        self._workspaces = workspaces
        self._clock = clock
        self._most_bytes = most_bytes

    def add(self, path: str, **methods: Handler) -> None:
        """Answer these methods of a path below `/api`."""
        self.routes += [
            Route(f"/api{path}", told(self._signed_in(handler)), methods=[method])
            for method, handler in methods.items()
        ]

    def _signed_in(self, handler: Handler) -> Answer:
        async def handle(request: Request) -> Response:
            user = self._sessions.require(request).user
            return await handler(
                Call(request, user, self._workspaces(user), int(self._clock() * 1000), self._most_bytes)
            )

        return handle


def told(handler: Answer) -> Answer:
    """Answers whatever goes wrong as a problem; what nobody has thought of is logged, by its kind alone."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except Problem as problem:
            return problem.answer()
        except Exception as error:
            found = problem_of(error)
            if found.status >= 500:
                # The path as it is declared, and of the error its kind: ids and values stay out of the log.
                route = getattr(request.scope.get("route"), "path", "")
                _log.error("%s %s failed: %s", request.method, route, type(error).__name__)
            return found.answer()

    return handle
