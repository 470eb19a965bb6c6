"""What a user has one of, and what is shown at a glance."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.responses import Response

from coagent.api import shapes
from coagent.api.calls import Api, Call, answer
from coagent.api.collections import on_page, there
from coagent.api.problems import not_found
from coagent.api.shapes import given, part_of, shown
from coagent.catalog import MODULES
from coagent.entities import (
    AuditResult,
    MarketingPlan,
    RealEstateAgentProfile,
    ResearchReport,
    TrainingProgress,
    UserProfile,
)
from coagent.workspace import Made, completeness, missing

_AccountPart = part_of(shapes.ProfileFields)
_AgentPart = part_of(shapes.AgentFields)
_ALWAYS_TEXT = ("name", "bio")


def add_to(api: Api) -> None:
    """The routes of all of them."""
    api.add("/profile", GET=_profile, PATCH=_change_profile)
    api.add("/photo", PUT=_photo)
    api.add("/agent", GET=_agent, PATCH=_save_agent)
    api.add("/audit", GET=_audit, PUT=_save_audit)
    api.add("/analysis", GET=_analysis, PUT=_save_analysis)
    api.add("/training", GET=_training)
    api.add("/training/{id:path}", PUT=_train)
    api.add("/dashboard", GET=_dashboard)
    api.add("/activity", GET=_activity)


async def _profile(call: Call) -> Response:
    return answer(shown(shapes.ProfileShown, await call.workspace.account.get()))


async def _change_profile(call: Call) -> Response:
    changes = given(await call.body(_AccountPart))
    with call.telling(shapes.ProfileShown):
        wanted = [getattr(UserProfile, name).set(value) for name, value in changes.items()]
        return answer(shown(shapes.ProfileShown, await call.workspace.account.change(*wanted, revision=call.version)))


async def _photo(call: Call) -> Response:
    await call.workspace.account.set_photo((await call.body(shapes.PhotoFields)).photo_url)
    return await _agent(call)


async def _agent(call: Call) -> Response:
    return answer(_agent_shown(await call.workspace.agent.get()))


async def _save_agent(call: Call) -> Response:
    """Change the profile; the first time it is made, and there is no version to name."""
    changes = given(await call.body(_AgentPart))
    for name in _ALWAYS_TEXT:
        if name in changes:
            changes[name] = changes[name] or ""
    agent = call.workspace.agent
    is_first = "if-match" not in call.request.headers and await agent.get() is None
    wanted = [getattr(RealEstateAgentProfile, name).set(value) for name, value in changes.items()]
    with call.telling(shapes.AgentShown):
        return answer(_agent_shown(await agent.save(*wanted, revision=None if is_first else call.version)))


def _agent_shown(agent: RealEstateAgentProfile | None) -> dict[str, Any]:
    lacks = missing(agent)
    score = round(100 * completeness(agent))
    whole = {"completeness": {"score": score, "missing": [shapes.camel(name) for name in lacks]}}
    return whole if agent is None else {**shown(shapes.AgentShown, agent), **whole}


async def _audit(call: Call) -> Response:
    return answer(shown(shapes.AuditShown, await there("audit", call.workspace.audits.latest())))


async def _save_audit(call: Call) -> Response:
    fields = await call.body(shapes.AuditFields)
    results = [AuditResult(**msgspec.structs.asdict(result)) for result in fields.results]
    return answer(shown(shapes.AuditShown, await call.workspace.audits.save(results)))


async def _analysis(call: Call) -> Response:
    return answer(shown(shapes.AnalysisShown, await there("analysis", call.workspace.analysis.get())))


async def _save_analysis(call: Call) -> Response:
    fields = msgspec.structs.asdict(await call.body(shapes.AnalysisFields))
    saved = await call.workspace.analysis.save(sentiment=fields.pop("overall_sentiment"), **fields)
    return answer(shown(shapes.AnalysisShown, saved))


async def _training(call: Call) -> Response:
    return answer(_training_shown(await call.workspace.training.modules().all()))


async def _train(call: Call) -> Response:
    if call.id not in {module.id for module in MODULES}:
        raise not_found("training module")
    await call.workspace.training.set(call.id, (await call.body(shapes.Tick)).completed)
    return await _training(call)


def _training_shown(begun: list[TrainingProgress]) -> dict[str, Any]:
    """All modules, with how far the user is; one that there is no more does not count."""
    progress = {each.id: each for each in begun}
    modules: list[dict[str, Any]] = []
    for module in MODULES:
        found = progress.get(module.id)
        modules.append(
            {
                "id": module.id,
                "title": module.title,
                "summary": module.summary,
                "completed": found is not None and found.completed,
                "completedAt": None if found is None else found.completed_at,
            }
        )
    return {"modules": modules, "completed": sum(each["completed"] for each in modules), "total": len(modules)}


async def _dashboard(call: Call) -> Response:
    workspace = call.workspace
    found, training, analysis = await asyncio.gather(
        workspace.dashboard(), workspace.training.modules().all(), workspace.analysis.get()
    )
    return answer(
        {
            "agent": _agent_shown(found.agent),
            "reviews": shapes.summary_shown(found.reviews),
            "recentReviews": [shown(shapes.ReviewShown, review) for review in found.recent_reviews],
            "plan": None if found.plan is None else shown(shapes.PlanShown, found.plan),
            "audit": None if found.audit is None else shown(shapes.AuditShown, found.audit),
            "analysis": None if analysis is None else shown(shapes.AnalysisShown, analysis),
            "competitors": [shown(shapes.CompetitorShown, each) for each in found.competitors],
            "training": {name: value for name, value in _training_shown(training).items() if name != "modules"},
        }
    )


async def _activity(call: Call) -> Response:
    items, cursor = await on_page(call, call.workspace.activity)
    return answer({"items": [_made_shown(made) for made in items], "cursor": cursor})


def _made_shown(made: Made) -> dict[str, Any]:
    if isinstance(made, ResearchReport):
        kind, title = "report", made.topic
    elif isinstance(made, MarketingPlan):
        kind, title = "plan", made.name or f"A plan of {len(made.plan)} steps"
    else:
        kind, title = "content", made.name or made.title or made.type
    return {"kind": kind, "id": made.id, "title": title, "at": made.created_at}
