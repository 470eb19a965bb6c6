"""Reports, plans, training; projects and their contents; the feed that is made of them."""

from __future__ import annotations

from typing import Any, Final

from coagent.access_patterns.rates import (
    CONTENT_BYTES,
    LOOKED,
    MODULES,
    MOMENT,
    OPENED,
    PLAN_BYTES,
    PLANS,
    PROJECTS,
    RARE,
    REPORT_BYTES,
    REPORTS,
    SAVED,
    URL,
)
from coagent.access_patterns.rates import (
    CONTENTS as HOW_MANY,
)
from coagent.entities import MarketingPlan, PlanTask, Project, ResearchReport, SavedContent, TrainingProgress
from dynalayer import AccessPattern, Change, Check, Create, Delete, Get, Transaction, Update, any_

_user = any_(str)
_report = ResearchReport.key(any_(str), any_(str))
_a_report = ResearchReport(
    user_id=any_(str),
    id=any_(str),
    topic=any_(str),
    report=any_(str),
    created_at=MOMENT,
    citations=[URL],
    summary=any_(str),
    type=any_(str),
    profile_id=any_(str),
)
_plan = MarketingPlan.key(any_(str), any_(str))
_steps = [PlanTask("task", "rationale", "tool")]
_a_plan = MarketingPlan(user_id=any_(str), id=any_(str), plan=_steps, created_at=MOMENT, name=any_(str))
_project = Project.key(any_(str), any_(str))
_content = SavedContent.key(any_(str), any_(str))
_a_content = SavedContent(
    user_id=any_(str),
    id=any_(str),
    type=any_(str),
    content=any_(str),
    created_at=MOMENT,
    name=any_(str),
    project_id=any_(str),
    title=any_(str),
    content_size=1,
    metadata={"any": any_(str)},
)
_described: tuple[Change[SavedContent], ...] = (
    SavedContent.name.set(any_(str)),
    SavedContent.type.set(any_(str)),
    SavedContent.content.set(any_(str)),
    SavedContent.content_size.set(1),
    SavedContent.title.set(any_(str)),
    SavedContent.header_image.set(any_(str)),
    SavedContent.meta_description.set(any_(str)),
)
_moved = Update(_content, (SavedContent.project_id.set(any_(str)), SavedContent.created_at.set(MOMENT)))
_is_open = Check(Project.key(any_(str), any_(str)), Project.deleting_since.missing())

WORK: Final = (
    AccessPattern(
        "the reports, newest first",
        ResearchReport.newest(_user).descending(),
        items=REPORTS,
        per_second=LOOKED,
        item_bytes=REPORT_BYTES,
    ),
    AccessPattern("one report", Get(_report, True), per_second=LOOKED, item_bytes=REPORT_BYTES),
    AccessPattern("a report is kept", Create(_a_report), per_second=SAVED, item_bytes=REPORT_BYTES),
    AccessPattern("a report is deleted", Delete(_report), per_second=RARE, item_bytes=REPORT_BYTES),
    AccessPattern(
        "the plans, newest first",
        MarketingPlan.newest(_user).descending(),
        items=PLANS,
        per_second=LOOKED,
        item_bytes=PLAN_BYTES,
    ),
    AccessPattern(
        "the newest plan",
        MarketingPlan.newest(_user).descending().limit(1),
        items=1,
        per_second=OPENED,
        item_bytes=PLAN_BYTES,
    ),
    AccessPattern("one plan", Get(_plan, True), per_second=LOOKED, item_bytes=PLAN_BYTES),
    AccessPattern("a plan is kept", Create(_a_plan), per_second=SAVED, item_bytes=PLAN_BYTES),
    AccessPattern(
        "a plan is changed",
        Update(_plan, (MarketingPlan.plan.set(_steps), MarketingPlan.name.set(any_(str)))),
        per_second=RARE,
        item_bytes=PLAN_BYTES,
    ),
    AccessPattern("a plan is deleted", Delete(_plan), per_second=RARE, item_bytes=PLAN_BYTES),
    AccessPattern("the training of a user", TrainingProgress.key.partition(_user), items=MODULES, per_second=OPENED),
    AccessPattern(
        "a training module is done, or not",
        Update(
            TrainingProgress.key(any_(str), any_(str)),
            (TrainingProgress.completed.set(True), TrainingProgress.completed_at.set(MOMENT)),
            upsert=True,
        ),
        per_second=RARE,
    ),
)

CONTENTS: Final = (
    AccessPattern("the projects, newest first", Project.newest(_user).descending(), items=PROJECTS, per_second=LOOKED),
    AccessPattern("one project", Get(_project, True), per_second=LOOKED),
    AccessPattern("a project is made", Create(any_(Project)), per_second=RARE),
    AccessPattern("a project is renamed", Update(_project, (Project.name.set(any_(str)),)), per_second=RARE),
    AccessPattern("a project is closed", Update(_project, (Project.deleting_since.set(1),)), per_second=RARE),
    AccessPattern(
        "what is inside a project that is deleted",
        SavedContent.key.partition(_user)
        .where(SavedContent.project_id == any_(str))
        .consistent()
        .select(SavedContent.id),
        items=HOW_MANY // PROJECTS,
        keeps=1 / PROJECTS,
        per_second=RARE,
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern(
        "a content is taken out of a project",
        Update(_content, (SavedContent.project_id.remove(),)),
        per_second=RARE * HOW_MANY / PROJECTS,
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern("a project is deleted", Delete(_project), per_second=RARE),
    AccessPattern(
        "the contents, newest first",
        SavedContent.newest(_user).descending(),
        items=HOW_MANY,
        per_second=LOOKED,
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern(
        "the contents of a project, newest first",
        SavedContent.of_project(_user, any_(str)).descending(),
        items=HOW_MANY // PROJECTS,
        per_second=LOOKED,
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern(
        "the contents of no project, newest first",
        SavedContent.newest(_user).where(SavedContent.project_id.missing()).descending(),
        items=HOW_MANY // PROJECTS,
        keeps=1 / PROJECTS,
        per_second=RARE,
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern("one content", Get(_content, True), per_second=LOOKED, item_bytes=CONTENT_BYTES),
    AccessPattern("a content is kept", Create(_a_content), per_second=SAVED, item_bytes=CONTENT_BYTES),
    AccessPattern(
        "a content is kept in a project",
        Transaction((Create(_a_content), _is_open)),
        per_second=SAVED,
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern(
        "a content is renamed, replaced, edited or described",
        Update(_content, _described),
        per_second=RARE,
        item_bytes=CONTENT_BYTES,
    ),
    AccessPattern(
        "a content is moved into a project", Transaction((_moved, _is_open)), per_second=RARE, item_bytes=CONTENT_BYTES
    ),
    AccessPattern("a content is deleted", Delete(_content), per_second=RARE, item_bytes=CONTENT_BYTES),
)
FEED_PAGE: Final = 10

_feed: Any = (
    ("contents", SavedContent.newest(_user), CONTENT_BYTES),
    ("reports", ResearchReport.newest(_user), REPORT_BYTES),
    ("plans", MarketingPlan.newest(_user), PLAN_BYTES),
)

FEED: Final = tuple(
    pattern
    for name, query, size in _feed
    for pattern in (
        AccessPattern(
            f"{name} behind a cursor of the feed, of the same moment",
            query.equals(MOMENT).before(any_(str)).descending(),
            items=1,
            per_second=LOOKED,
            item_bytes=size,
        ),
        AccessPattern(
            f"{name} behind a cursor of the feed",
            query.before(MOMENT).descending(),
            items=FEED_PAGE // 3 + 1,
            per_second=LOOKED,
            item_bytes=size,
        ),
    )
)
