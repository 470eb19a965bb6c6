"""The application: its routes, who may ask, and what it takes along."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from hosting.headers import SecurityHeaders
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coagent.api import account, kept, overview
from coagent.api.calls import Api, answer, told
from coagent.api.doors import Door
from coagent.api.keys import Keys
from coagent.api.problems import Problem
from coagent.api.sessions import Sessions
from coagent.api.web import PERMISSIONS, POLICY, page_routes
from coagent.settings import Settings
from coagent.tables import TABLES, coagent
from coagent.workspace import Workspaces
from dynalayer import AsyncDatabase


def create_app(database: AsyncDatabase, settings: Settings, keys: Keys, clock: Callable[[], float]) -> Starlette:
    """The application; it makes the table if there is none, and closes `database` when it stops."""
    sessions = Sessions(
        keys.sessions, clock, passcode=settings.passcode, hours=settings.session_hours, secure=settings.secure_cookies
    )
    workspaces = Workspaces(database, clock=clock, cursor_key=keys.cursors, sealer=keys.sealer)
    api = Api(database, sessions, workspaces.of, clock, settings.max_body_bytes)
    for part in (overview, kept, account):
        part.add_to(api)

    async def health(request: Request) -> Response:
        await database.describe(coagent.name)
        return answer({"status": "healthy"})

    async def nowhere(request: Request) -> Response:
        raise Problem(404, "not-found", "There is no such address.")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        await database.create_tables(*TABLES)
        try:
            yield
        finally:
            await database.close()

    door = Door(database, sessions, workspaces, keys.addresses, settings.sign_ins_per_minute)
    return Starlette(
        routes=[
            *door.routes(),
            *api.routes,
            Route("/health", told(health)),
            Route("/api/{rest:path}", told(nowhere), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
            *page_routes(),
        ],
        middleware=[Middleware(SecurityHeaders, policy=POLICY, permissions=PERMISSIONS)],
        lifespan=lifespan,
    )
