"""What a user makes: reports, projects and their contents, plans, and how far training has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from coagent.entities import older
from coagent.entities.envelope import DATA, ID_BYTES, TEXT_BYTES, USER_ID_BYTES, VERSION, Enveloped
from coagent.entities.formats import between, uri_reference, uris
from coagent.tables import BY_OWNER, BY_PARENT, coagent
from dynalayer import Attr, Entity, attr, index, primary, upgrade


class ResearchReport(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA, version=VERSION):
    """A report on a topic, in Markdown."""

    user_id: Attr[str] = attr(max_bytes=USER_ID_BYTES)
    id: Attr[str] = attr(max_bytes=ID_BYTES)
    topic: Attr[str] = attr()
    report: Attr[str] = attr(max_bytes=TEXT_BYTES)
    created_at: Attr[datetime] = attr()
    citations: Attr[list[str]] = attr(factory=list[str], check=uris)
    summary: Attr[str | None] = attr(default=None)
    type: Attr[str | None] = attr(default=None)
    profile_id: Attr[str | None] = attr(default=None)
    key = primary(user_id, id, pk="USER#{user_id}", sk="REPORT#{id}")
    newest = index(BY_OWNER, user_id, created_at, id, pk="USER#{user_id}", sk="REPORT#{created_at}#{id}")

    @upgrade(1)
    @staticmethod
    def _from_before(item: dict[str, Any]) -> dict[str, Any]:
        return older.research_report(item)


class Project(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA, version=VERSION):
    """A folder for contents; `deleting_since` (ms) is set while its contents are being taken out of it."""

    user_id: Attr[str] = attr(max_bytes=USER_ID_BYTES)
    id: Attr[str] = attr(max_bytes=ID_BYTES)
    name: Attr[str] = attr()
    created_at: Attr[datetime] = attr()
    deleting_since: Attr[int | None] = attr(default=None, name="DeletingSince", outside=True)
    key = primary(user_id, id, pk="USER#{user_id}", sk="PROJECT#{id}")
    newest = index(BY_OWNER, user_id, created_at, id, pk="USER#{user_id}", sk="PROJECT#{created_at}#{id}")

    @upgrade(1)
    @staticmethod
    def _from_before(item: dict[str, Any]) -> dict[str, Any]:
        return older.project(item)


class SavedContent(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA, version=VERSION):
    """A text that was made and kept, in a project or in none."""

    user_id: Attr[str] = attr(max_bytes=USER_ID_BYTES)
    id: Attr[str] = attr(max_bytes=ID_BYTES)
    type: Attr[str] = attr()
    content: Attr[str] = attr(max_bytes=TEXT_BYTES)
    created_at: Attr[datetime] = attr()
    name: Attr[str | None] = attr(default=None)
    project_id: Attr[str | None] = attr(default=None, max_bytes=ID_BYTES)
    title: Attr[str | None] = attr(default=None)
    content_size: Attr[int | None] = attr(default=None, check=between(0))
    header_image: Attr[str | None] = attr(default=None)
    meta_description: Attr[str | None] = attr(default=None)
    metadata: Attr[dict[str, Any] | None] = attr(default=None)
    key = primary(user_id, id, pk="USER#{user_id}", sk="CONTENT#{id}")
    newest = index(BY_OWNER, user_id, created_at, id, pk="USER#{user_id}", sk="CONTENT#{created_at}#{id}")
    of_project = index(
        BY_PARENT,
        (user_id, project_id),
        created_at,
        id,
        pk="USER#{user_id}#PROJECT#{project_id}",
        sk="CONTENT#{created_at}#{id}",
    )

    @upgrade(1)
    @staticmethod
    def _from_before(item: dict[str, Any]) -> dict[str, Any]:
        return older.saved_content(item)


class TrainingProgress(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA, version=VERSION):
    """How far a user is with a training module; the id is the module's."""

    user_id: Attr[str] = attr(max_bytes=USER_ID_BYTES)
    id: Attr[str] = attr(max_bytes=ID_BYTES)
    completed: Attr[bool] = attr()
    completed_at: Attr[datetime | None] = attr(default=None)
    key = primary(user_id, id, pk="USER#{user_id}", sk="TRAINING#{id}")

    @upgrade(1)
    @staticmethod
    def _from_before(item: dict[str, Any]) -> dict[str, Any]:
        return older.training_progress(item)


@dataclass
class PlanTask:
    """One step of a marketing plan."""

    task: str
    rationale: str
    tool: str
    tool_link: str = field(default="", metadata={"name": "toolLink"})
    completed: bool | None = None


def _with_links(tasks: Iterable[PlanTask]) -> None:
    for task in tasks:
        uri_reference(task.tool_link)


class MarketingPlan(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA, version=VERSION):
    """A plan of a few steps."""

    user_id: Attr[str] = attr(max_bytes=USER_ID_BYTES)
    id: Attr[str] = attr(max_bytes=ID_BYTES)
    plan: Attr[list[PlanTask]] = attr(factory=list[PlanTask], check=_with_links)
    created_at: Attr[datetime] = attr()
    name: Attr[str | None] = attr(default=None)
    key = primary(user_id, id, pk="USER#{user_id}", sk="PLAN#{id}")
    newest = index(BY_OWNER, user_id, created_at, id, pk="USER#{user_id}", sk="PLAN#{created_at}#{id}")

    @upgrade(1)
    @staticmethod
    def _from_before(item: dict[str, Any]) -> dict[str, Any]:
        return older.marketing_plan(item)
