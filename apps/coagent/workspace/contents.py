"""Projects and the contents in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final

from coagent.entities import Project, SavedContent
from coagent.workspace.context import CONDITION, Context, at_revision
from coagent.workspace.errors import AlreadyThere, NotFound
from coagent.workspace.listing import Listing
from dynalayer import Change, Check, ConditionFailed, Create, Key, TransactionCanceled, Update

AT_ONCE: Final = 8
"""How many contents are taken out of a project at the same time."""
ROUNDS: Final = 10
"""How often a move is tried anew when others change the content in between."""


def size_of(content: str) -> int:
    """How many bytes a text has where it is stored; what is no Unicode is refused when it is written."""
    return len(content.encode("utf-8", "surrogatepass"))


class Projects:
    """Folders for contents."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def _key_of(self, project_id: str) -> Key[Project]:
        return Project.key(self._context.user_id, project_id)

    def newest_first(self) -> Listing[Project]:
        """All of them."""
        return Listing(self._context.database, Project.newest(self._context.user_id).descending())

    async def get(self, project_id: str) -> Project:
        """One of them; raises `NotFound`."""
        return await self._context.find(self._key_of(project_id), consistent=True)

    async def add(self, name: str, *, project_id: str | None = None) -> Project:
        """Make one; raises `AlreadyThere`."""
        new_id = self._context.new_id() if project_id is None else project_id
        project = Project(user_id=self._context.user_id, id=new_id, name=name, created_at=self._context.now)
        return await self._context.create(project)

    async def rename(self, project_id: str, name: str, *, revision: int | None = None) -> Project:
        """Give it another name; raises `NotFound` and `ChangedMeanwhile`."""
        changes = (Project.name.set(name),)
        return await self._context.change(self._key_of(project_id), changes, Project.revision, revision)

    async def delete(self, project_id: str) -> int:
        """Take all contents out of a project and delete it; gives how many there were.

        From the first step on nothing can be put into it. What is in it is read from the table itself, so that nothing
        is missed which an index does not show yet, or which was written without one. It may be broken off anywhere and
        called again, also for a project that is gone already.
        """
        key = self._key_of(project_id)
        leaving = Project.deleting_since.set_if_missing(self._context.now_ms)
        with suppress(ConditionFailed):  # if it is gone, contents that still name it are taken out all the same
            await self._context.database.update(key, leaving)
        taken = 0
        async for some in self._inside(project_id):
            taken += sum(await asyncio.gather(*(self._take_out(content_id, project_id) for content_id in some)))
        await self._context.database.delete(key)
        return taken

    async def _inside(self, project_id: str) -> AsyncIterator[list[str]]:
        """The ids of what is in a project, a few at a time."""
        contents = SavedContent.key.partition(self._context.user_id).where(SavedContent.project_id == project_id)
        some: list[str] = []
        async for (content_id,) in self._context.database.query(contents.consistent().select(SavedContent.id)):
            some.append(content_id)
            if len(some) == AT_ONCE:
                yield some
                some = []
        if some:
            yield some

    async def _take_out(self, content_id: str, project_id: str) -> bool:
        """Take a content out of a project; False if it is gone, or in another one by now."""
        key = SavedContent.key(self._context.user_id, content_id)
        try:
            await self._context.database.update(
                key, SavedContent.project_id.remove(), if_=SavedContent.project_id == project_id
            )
        except ConditionFailed:
            return False
        return True


class Contents:
    """Texts that were made and kept."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def _key_of(self, content_id: str) -> Key[SavedContent]:
        return SavedContent.key(self._context.user_id, content_id)

    def newest_first(self) -> Listing[SavedContent]:
        """All of them."""
        return Listing(self._context.database, SavedContent.newest(self._context.user_id).descending())

    def of_project(self, project_id: str) -> Listing[SavedContent]:
        """Those of one project, newest first."""
        query = SavedContent.of_project(self._context.user_id, project_id).descending()
        return Listing(self._context.database, query)

    def of_no_project(self) -> Listing[SavedContent]:
        """Those in none, newest first: a filter over all of them, so a page may hold fewer than its size."""
        query = SavedContent.newest(self._context.user_id).descending()
        return Listing(self._context.database, query.where(SavedContent.project_id.missing()))

    async def get(self, content_id: str) -> SavedContent:
        """One of them; raises `NotFound`."""
        return await self._context.find(self._key_of(content_id), consistent=True)

    async def add(
        self,
        *,
        content_type: str,
        content: str,
        name: str | None = None,
        title: str | None = None,
        project_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        content_id: str | None = None,
    ) -> SavedContent:
        """Keep a content, in a project or in none.

        Raises `AlreadyThere`, `NotFound` for a project that is not there or is being deleted, and `InvalidValue` for a
        content over 350 KiB.
        """
        entity = SavedContent(
            user_id=self._context.user_id,
            id=self._context.new_id() if content_id is None else content_id,
            type=content_type,
            content=content,
            created_at=self._context.now,
            name=name,
            title=title,
            project_id=project_id,
            content_size=size_of(content),
            metadata=metadata,
        )
        if project_id is None:
            return await self._context.create(entity)
        try:
            await self._context.database.transact(Create(entity), self._is_open(project_id))
        except TransactionCanceled as error:
            codes = [reason.code for reason in error.reasons]
            if CONDITION not in codes:
                raise
            raise (AlreadyThere("SavedContent") if codes[0] == CONDITION else NotFound("Project")) from None
        return entity

    async def edit(
        self,
        content_id: str,
        *,
        name: str | None = None,
        content: str | None = None,
        content_type: str | None = None,
        revision: int | None = None,
    ) -> SavedContent:
        """Change what is given in one write; raises `NotFound`, `ChangedMeanwhile`, and `InvalidValue` over 350 KiB."""
        changes: list[Change[SavedContent]] = []
        if name is not None:
            changes.append(SavedContent.name.set(name))
        if content_type is not None:
            changes.append(SavedContent.type.set(content_type))
        if content is not None:
            changes += [SavedContent.content.set(content), SavedContent.content_size.set(size_of(content))]
        return await self._change(content_id, tuple(changes), revision)

    async def rename(self, content_id: str, name: str, *, revision: int | None = None) -> SavedContent:
        """Give it another name; raises `NotFound` and `ChangedMeanwhile`."""
        return await self._change(content_id, (SavedContent.name.set(name),), revision)

    async def replace(self, content_id: str, content: str, *, revision: int | None = None) -> SavedContent:
        """Put another text in its place; raises `NotFound`, `ChangedMeanwhile`, and `InvalidValue` over 350 KiB."""
        changes = (SavedContent.content.set(content), SavedContent.content_size.set(size_of(content)))
        return await self._change(content_id, changes, revision)

    async def describe(
        self, content_id: str, *, title: str | None = None, header_image: str | None = None,
        meta_description: str | None = None, revision: int | None = None,
    ) -> SavedContent:  # fmt: skip
        """Say what it is shown with; None takes it away. Raises `NotFound` and `ChangedMeanwhile`."""
        changes = (
            SavedContent.title.set(title),
            SavedContent.header_image.set(header_image),
            SavedContent.meta_description.set(meta_description),
        )
        return await self._change(content_id, changes, revision)

    async def move(self, content_id: str, project_id: str | None, *, revision: int | None = None) -> SavedContent:
        """Put it into a project, or with None out of any.

        Raises `NotFound` for a content or a project that is not there (or is being deleted), and `ChangedMeanwhile`.
        """
        if project_id is None:
            return await self._change(content_id, (SavedContent.project_id.remove(),), revision)
        key = self._key_of(content_id)
        found = await self._context.find(key, consistent=True)
        for _ in range(ROUNDS):
            if revision is not None and found.revision != revision:
                raise await self._context.changed(key, revision)
            # The moment is set to what it is, because the place within a project is made of it.
            changes = (SavedContent.project_id.set(project_id), SavedContent.created_at.set(found.created_at))
            move = Update(key, changes, if_=at_revision(SavedContent.revision, found.revision))
            try:
                await self._context.database.transact(move, self._is_open(project_id))
            except TransactionCanceled as error:
                codes = [reason.code for reason in error.reasons]
                if CONDITION not in codes:
                    raise
                if codes[0] != CONDITION:
                    raise NotFound("Project") from None
                found = await self._context.find(key, consistent=True)
            else:
                return await self._context.find(key, consistent=True)
        raise await self._context.changed(key, found.revision)

    async def delete(self, content_id: str, *, revision: int | None = None) -> None:
        """Delete one; raises `NotFound`, and `ChangedMeanwhile` if it is not at the revision given."""
        key = self._key_of(content_id)
        condition = None if revision is None else at_revision(SavedContent.revision, revision)
        try:
            gone = await self._context.database.delete(key, if_=condition)
        except ConditionFailed:
            raise await self._context.changed(key, revision or 0) from None
        if gone is None:
            raise NotFound("SavedContent")

    async def _change(
        self, content_id: str, changes: tuple[Change[SavedContent], ...], revision: int | None
    ) -> SavedContent:
        return await self._context.change(self._key_of(content_id), changes, SavedContent.revision, revision)

    def _is_open(self, project_id: str) -> Check[Project]:
        return Check(Project.key(self._context.user_id, project_id), Project.deleting_since.missing())
