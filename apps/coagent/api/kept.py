"""Each kind that there may be many of, as a collection over the workspace."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET
from starlette.responses import Response

from coagent.api import shapes
from coagent.api.calls import Api, Call, answer
from coagent.api.collections import Changes, Collection
from coagent.api.problems import Problem
from coagent.entities import Competitor, PlanTask, SavedContent
from coagent.workspace import Listing
from dynalayer import Change

START: Final = 300
"""Characters of a text in a list."""


def add_to(api: Api) -> None:
    """The routes of all of them."""

    async def latest_plan(call: Call) -> Response:
        plan = await call.workspace.plans.latest()
        return answer({"plan": None if plan is None else shapes.shown(shapes.PlanShown, plan)})

    async def tick(call: Call) -> Response:
        wish, version = await call.body(shapes.Tick), call.version
        number = int(call.request.path_params["number"])
        with call.telling(shapes.PlanShown):
            plan = await call.workspace.plans.tick(call.id, number, wish.completed, revision=version)
        return answer(shapes.shown(shapes.PlanShown, plan))

    async def summary(call: Call) -> Response:
        return answer(shapes.summary_shown(await call.workspace.reviews.summary()))

    api.add("/reviews/summary", GET=summary)
    api.add("/plans/latest", GET=latest_plan)
    api.add("/plans/{id:path}/tasks/{number:int}", PUT=tick)
    for each in COLLECTIONS:
        each.add_to(api)


async def _drop_review(call: Call) -> None:
    await call.workspace.reviews.delete(call.id)


def _contents(call: Call) -> Listing[Any]:
    project = call.query.get("project")
    if project is None:
        return call.workspace.contents.newest_first()
    return call.workspace.contents.of_project(project) if project else call.workspace.contents.of_no_project()


def _content_entry(item: SavedContent) -> dict[str, Any]:
    """A list of texts tells how each begins: a hundred whole ones could be 35 MB."""
    return {**shapes.shown(shapes.ContentEntry, item), "start": item.content[:START]}


async def _keep_content(call: Call, fields: shapes.ContentFields, own_id: str | None) -> Any:
    return await call.workspace.contents.add(
        content_type=fields.type,
        content=fields.content,
        name=fields.name,
        project_id=fields.project_id,
        content_id=own_id,
    )


async def _change_content(call: Call, changes: Changes) -> SavedContent:
    """Move it, or change what it says: two things in one request could be half done."""
    contents, version = call.workspace.contents, call.version
    project = changes.pop("project_id", UNSET)
    if project is UNSET:
        wanted = {"content_type" if name == "type" else name: value for name, value in changes.items()}
        return await contents.edit(call.id, **wanted, revision=version)
    if changes:
        raise Problem(422, "one-at-a-time", "Move a text and change it in two requests.")
    return await contents.move(call.id, project, revision=version)


async def _drop_content(call: Call) -> None:
    await call.workspace.contents.delete(call.id, revision=call.version)


async def _keep_project(call: Call, fields: shapes.ProjectFields, own_id: str | None) -> Any:
    return await call.workspace.projects.add(fields.name, project_id=own_id)


async def _rename_project(call: Call, changes: Changes) -> Any:
    projects, version = call.workspace.projects, call.version
    if "name" not in changes:
        return await projects.get(call.id)
    return await projects.rename(call.id, changes["name"], revision=version)


async def _drop_project(call: Call) -> dict[str, int]:
    return {"moved": await call.workspace.projects.delete(call.id)}


async def _keep_plan(call: Call, fields: shapes.PlanFields, own_id: str | None) -> Any:
    return await call.workspace.plans.add(
        [PlanTask(**msgspec.structs.asdict(task)) for task in fields.plan], plan_id=own_id
    )


async def _drop_plan(call: Call) -> None:
    await call.workspace.plans.delete(call.id)


async def _keep_competitor(call: Call, fields: shapes.CompetitorFields, own_id: str | None) -> Any:
    return await call.workspace.competitors.add(**msgspec.structs.asdict(fields), competitor_id=own_id)


async def _change_competitor(call: Call, changes: Changes) -> Competitor:
    return await call.workspace.competitors.change(call.id, *_of(Competitor, changes), revision=call.version)


async def _drop_competitor(call: Call) -> None:
    await call.workspace.competitors.delete(call.id)


async def _keep_report(call: Call, fields: shapes.ReportFields, own_id: str | None) -> Any:
    return await call.workspace.reports.add(**msgspec.structs.asdict(fields), report_id=own_id)


async def _drop_report(call: Call) -> None:
    await call.workspace.reports.delete(call.id)


def _of(kind: Any, changes: Changes) -> list[Change[Any]]:
    return [getattr(kind, name).set(value) for name, value in changes.items()]


COLLECTIONS: Final = (
    Collection(
        path="reviews",
        shape=shapes.ReviewShown,
        listing=lambda call: call.workspace.reviews.newest_first(),
        one=lambda call, id: call.workspace.reviews.get(id),
        end=_drop_review,
    ),
    Collection(
        path="content",
        shape=shapes.ContentShown,
        entry=_content_entry,
        fields=shapes.ContentFields,
        listing=_contents,
        one=lambda call, id: call.workspace.contents.get(id),
        new=_keep_content,
        change=_change_content,
        end=_drop_content,
    ),
    Collection(
        path="projects",
        shape=shapes.ProjectShown,
        fields=shapes.ProjectFields,
        listing=lambda call: call.workspace.projects.newest_first(),
        one=lambda call, id: call.workspace.projects.get(id),
        new=_keep_project,
        change=_rename_project,
        end=_drop_project,
    ),
    Collection(
        path="plans",
        shape=shapes.PlanShown,
        fields=shapes.PlanFields,
        listing=lambda call: call.workspace.plans.newest_first(),
        one=lambda call, id: call.workspace.plans.get(id),
        new=_keep_plan,
        end=_drop_plan,
    ),
    Collection(
        path="competitors",
        shape=shapes.CompetitorShown,
        fields=shapes.CompetitorFields,
        listing=lambda call: call.workspace.competitors.most_reviewed_first(),
        one=lambda call, id: call.workspace.competitors.get(id),
        new=_keep_competitor,
        change=_change_competitor,
        end=_drop_competitor,
    ),
    Collection(
        path="reports",
        shape=shapes.ReportShown,
        entry=lambda item: shapes.shown(shapes.ReportEntry, item),
        fields=shapes.ReportFields,
        listing=lambda call: call.workspace.reports.newest_first(),
        one=lambda call, id: call.workspace.reports.get(id),
        new=_keep_report,
        end=_drop_report,
    ),
)
