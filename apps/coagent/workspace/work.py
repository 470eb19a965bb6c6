"""Reports, plans and training of a user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from coagent.entities import MarketingPlan, PlanTask, ResearchReport, TrainingProgress
from coagent.workspace.context import Context
from coagent.workspace.errors import NotFound
from coagent.workspace.listing import Listing
from dynalayer import Change, Key


class Reports:
    """Research reports."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def _key_of(self, report_id: str) -> Key[ResearchReport]:
        return ResearchReport.key(self._context.user_id, report_id)

    def newest_first(self) -> Listing[ResearchReport]:
        """All of them."""
        return Listing(self._context.database, ResearchReport.newest(self._context.user_id).descending())

    async def get(self, report_id: str) -> ResearchReport:
        """One of them; raises `NotFound`."""
        return await self._context.find(self._key_of(report_id), consistent=True)

    async def add(
        self,
        *,
        topic: str,
        report: str,
        citations: Sequence[str] = (),
        summary: str | None = None,
        report_type: str | None = None,
        profile_id: str | None = None,
        report_id: str | None = None,
    ) -> ResearchReport:
        """Keep a report; raises `AlreadyThere`, and `InvalidValue` for one over 350 KiB."""
        entity = ResearchReport(
            user_id=self._context.user_id,
            id=self._context.new_id() if report_id is None else report_id,
            topic=topic,
            report=report,
            created_at=self._context.now,
            citations=list(citations),
            summary=summary,
            type=report_type,
            profile_id=profile_id,
        )
        return await self._context.create(entity)

    async def delete(self, report_id: str) -> None:
        """Delete one; raises `NotFound`."""
        if await self._context.database.delete(self._key_of(report_id)) is None:
            raise NotFound("ResearchReport")


class Plans:
    """Marketing plans."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def _key_of(self, plan_id: str) -> Key[MarketingPlan]:
        return MarketingPlan.key(self._context.user_id, plan_id)

    def newest_first(self) -> Listing[MarketingPlan]:
        """All of them."""
        return Listing(self._context.database, MarketingPlan.newest(self._context.user_id).descending())

    async def latest(self) -> MarketingPlan | None:
        """The newest one; None if there is none."""
        return next(iter(await self.newest_first().first(1)), None)

    async def get(self, plan_id: str) -> MarketingPlan:
        """One of them; raises `NotFound`."""
        return await self._context.find(self._key_of(plan_id), consistent=True)

    async def add(
        self, steps: Sequence[PlanTask], *, name: str | None = None, plan_id: str | None = None
    ) -> MarketingPlan:
        """Keep a plan; raises `AlreadyThere`."""
        entity = MarketingPlan(
            user_id=self._context.user_id,
            id=self._context.new_id() if plan_id is None else plan_id,
            plan=list(steps),
            created_at=self._context.now,
            name=name,
        )
        return await self._context.create(entity)

    async def tick(self, plan_id: str, number: int, completed: bool, *, revision: int) -> MarketingPlan:
        """Say whether a step (from 0) is done; raises `ChangedMeanwhile`, `NotFound` for a step not there."""
        key = self._key_of(plan_id)
        plan = await self.get(plan_id)
        if plan.revision != revision:
            raise await self._context.changed(key, revision)
        if not 0 <= number < len(plan.plan):
            raise NotFound("PlanTask")
        steps = list(plan.plan)
        steps[number] = replace(steps[number], completed=completed)
        return await self.change(plan_id, MarketingPlan.plan.set(steps), revision=revision)

    async def change(self, plan_id: str, *changes: Change[MarketingPlan], revision: int | None = None) -> MarketingPlan:
        """Change a part, such as a step that is done; raises `NotFound` and `ChangedMeanwhile`."""
        return await self._context.change(self._key_of(plan_id), changes, MarketingPlan.revision, revision)

    async def delete(self, plan_id: str) -> None:
        """Delete one; raises `NotFound`."""
        if await self._context.database.delete(self._key_of(plan_id)) is None:
            raise NotFound("MarketingPlan")


@dataclass(frozen=True)
class TrainingCount:
    """How many modules are done, of those that were begun."""

    completed: int
    begun: int


class Training:
    """How far the user is with the training modules."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def modules(self) -> Listing[TrainingProgress]:
        """All that were begun, by their ids."""
        return Listing(self._context.database, TrainingProgress.key.partition(self._context.user_id))

    async def count(self) -> TrainingCount:
        """How many are done."""
        done = [module.completed async for module in self.modules()]
        return TrainingCount(sum(done), len(done))

    async def set(self, module_id: str, completed: bool, *, at: datetime | None = None) -> TrainingProgress:
        """Say of one module whether it is done, and since when: now, if not told."""
        moment = (at or self._context.now) if completed else None
        return await self._context.database.update(
            TrainingProgress.key(self._context.user_id, module_id),
            TrainingProgress.completed.set(completed),
            TrainingProgress.completed_at.set(moment),
            upsert=True,
        )
