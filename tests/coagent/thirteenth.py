"""A program that adds a thirteenth kind of item to the application and uses it; `test_thirteenth.py` runs it."""

import asyncio
from datetime import UTC, datetime, timedelta

from coagent.entities.envelope import DATA, Enveloped
from coagent.tables import BY_OWNER, TABLES, coagent
from coagent.workspace import Workspaces

from dynalayer import AccessPattern, AsyncDatabase, Attr, DefinitionError, Entity, any_, attr, index, primary
from dynalayer.access import check


class Testimonial(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA):
    """What a client lets an agent quote."""

    user_id: Attr[str] = attr(max_bytes=256)
    id: Attr[str] = attr(max_bytes=400)
    quote: Attr[str] = attr()
    given_at: Attr[datetime] = attr()
    key = primary(user_id, id, pk="USER#{user_id}", sk="TESTIMONIAL#{id}")
    newest = index(BY_OWNER, user_id, given_at, id, pk="USER#{user_id}", sk="TESTIMONIAL#{given_at}#{id}")


PATTERNS = (
    AccessPattern("the testimonials, newest first", Testimonial.newest(any_(str)).descending(), items=10, per_second=1),
)


async def main() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    async with AsyncDatabase("memory:") as database:
        await database.create_tables(*TABLES)
        for number in range(12):
            given_at = moment + timedelta(days=number)
            await database.create(Testimonial(user_id="ada", id=f"{12 - number}", quote="good", given_at=given_at))
        newest = Testimonial.newest("ada").descending().limit(3)
        assert [each.id async for each in database.query(newest)] == ["1", "2", "3"]
        ada = Workspaces(database).of("ada")
        await ada.plans.add([])
        assert [kind async for kind, _ in ada.export()].count("Testimonial") == 12
        assert await ada.delete_everything() == 13


asyncio.run(main())
report = check("coagent.access_patterns", "__main__")
assert report.ok, report
assert not [row for row in report.rows if row.operation == "Scan"]

try:

    class Content(Entity, table=coagent):
        """Its keys would begin like those of another kind."""

        user_id: Attr[str] = attr()
        id: Attr[str] = attr()
        key = primary(user_id, id, pk="USER#{user_id}", sk="CONTENT#{id}")

except DefinitionError as error:
    print(error)
