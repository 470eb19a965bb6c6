"""A workspace: everything that one user's context can do, and nothing of any other user's."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from coagent.entities import USER_ID_BYTES, UserProfile
from coagent.workspace.adopting import adopt
from coagent.workspace.contents import Contents, Projects
from coagent.workspace.context import Context
from coagent.workspace.cursors import Cursors
from coagent.workspace.directory import Directory
from coagent.workspace.exporting import export
from coagent.workspace.leaving import count_everything, delete_everything, deleting
from coagent.workspace.merging import MergedPage
from coagent.workspace.overview import Dashboard, Made, activity, dashboard
from coagent.workspace.people import Account, AgentProfile
from coagent.workspace.reputation import Analysis, Audits, Competitors, Reviews
from coagent.workspace.tokens import Tokens
from coagent.workspace.work import Plans, Reports, Training
from dynalayer import AsyncDatabase, InvalidValue, sortable_id
from dynalayer.sealing import Sealer


class Workspaces:
    """Opens workspaces on one database; all of them share its clock, ids and the key of their cursors.

    `clock` gives seconds since 1970, `sleep` waits for others who renew a token, `cursor_key` signs the cursors of
    merged lists: without one they serve this object alone. `sealer` seals tokens
    of providers: without one there are none.
    """

    def __init__(
        self,
        database: AsyncDatabase,
        *,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = sortable_id,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        cursor_key: bytes | None = None,
        sealer: Sealer | None = None,
        first_is_superadmin: bool = True,
    ) -> None:
        self.database = database
        self._clock = clock
        self._new_id = new_id
        self._sleep = sleep
        self._sealer = sealer
        self._cursors = Cursors(cursor_key or os.urandom(32))
        self.directory = Directory(database, clock, self._cursors, first_is_superadmin=first_is_superadmin)

    def of(self, user_id: str) -> Workspace:
        """The workspace of a user; raises `InvalidValue` for an id that is empty, no text, or over 256 bytes."""
        UserProfile.key(user_id)
        try:
            size = len(user_id.encode())
        except UnicodeEncodeError:
            raise InvalidValue("a user's id is text that can be written as UTF-8") from None
        if size > USER_ID_BYTES:
            raise InvalidValue(f"a user's id has {size} bytes, at most {USER_ID_BYTES} are possible")
        return Workspace(
            Context(self.database, user_id, self._clock, self._new_id, self._sleep, self._cursors, self._sealer)
        )


class Workspace:
    """One user's data; every key is made of the id of the user, so no argument of any operation leads elsewhere."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.user_id = context.user_id
        self.account = Account(context)
        self.agent = AgentProfile(context)
        self.reviews = Reviews(context)
        self.analysis = Analysis(context)
        self.audits = Audits(context)
        self.competitors = Competitors(context)
        self.reports = Reports(context)
        self.projects = Projects(context)
        self.contents = Contents(context)
        self.plans = Plans(context)
        self.training = Training(context)
        self.tokens = Tokens(context)

    async def dashboard(self) -> Dashboard:
        """The user at a glance, by reads that are made at the same time."""
        return await dashboard(self._context)

    async def activity(self, size: int = 10, after: str | None = None) -> MergedPage[Made]:
        """What was made last: contents, reports and plans, newest first, page by page."""
        return await activity(self._context, size, after)

    async def adopt(self) -> int:
        """Bring what the service of before wrote into the lists; gives how many items that were."""
        return await adopt(self._context)

    def export(self) -> AsyncGenerator[tuple[str, dict[str, Any]]]:
        """Everything that is the user's, item by item, with its kind; tokens without the tokens."""
        return export(self._context)

    async def count_everything(self) -> int:
        """How many items there are of the user."""
        return await count_everything(self._context)

    def deleting(self) -> AsyncGenerator[int]:
        """Delete everything, as `delete_everything` does, and tell on the way how many items went."""
        return deleting(self._context)

    async def delete_everything(self) -> int:
        """Delete the account and all that is its; gives how many items went. May be called again after any break."""
        return await delete_everything(self._context)
