"""The service of before, the ported face and the application's own entities write the same items in turns."""

from typing import Any

from coagent.datalayer import REMOVE, DynamoDBItem, QueryOptions, get_saved_content_keys
from coagent.entities import SavedContent
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import Attr, Entity, Table, attr, primary
from tests.coagent.datalayer.population import TABLE, TEXT, Bench

KEY = get_saved_content_keys("ada", "c")
OWN = SavedContent.key("ada", "c")


class Before(Entity, table=Table(TABLE, pk="PK", sk="SK")):
    """An item as the service of before writes it: no revision, no version."""

    pk: Attr[str] = attr(name="PK")
    sk: Attr[str] = attr(name="SK")
    kind: Attr[str] = attr(name="EntityType", default="SavedContent")
    data: Attr[dict[str, Any]] = attr(name="Data")
    created: Attr[int] = attr(name="CreatedAt")
    updated: Attr[int] = attr(name="UpdatedAt")
    key = primary(pk, sk)


FIELDS = st.fixed_dictionaries(
    {"type": TEXT, "content": TEXT, "createdAt": st.sampled_from(["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"])},
    optional={"name": TEXT, "projectId": st.sampled_from(["p", "q"]), "title": TEXT},
)
CHANGES = st.dictionaries(st.sampled_from(["name", "title"]), TEXT, min_size=1)
PROJECTS = st.sampled_from(["p", "q", None])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["before put", "before update", "face put", "face update", "face move", "own", "own move"]),
        FIELDS,
        CHANGES,
        PROJECTS,
    ),
    min_size=1,
    max_size=6,
)


def step(
    bench: Bench, name: str, fields: dict[str, Any], changes: dict[str, Any], project: str | None
) -> dict[str, Any]:
    """Write by one of the three and give the changes that this means; a put is all of them."""
    now = int(bench.clock.now * 1000)
    before = Before.key(KEY.pk, KEY.sk)
    whole = {"id": "c", **fields}
    if name == "before put":
        bench.database.put(Before(pk=KEY.pk, sk=KEY.sk, data=whole, created=now, updated=now))
        return whole
    if name == "face put":
        bench.repository.put(DynamoDBItem(KEY.pk, KEY.sk, "SavedContent", whole))
        return whole
    if name == "before update":
        sets = [Before.data.at(lambda data, field=field: data[field]).set(value) for field, value in changes.items()]
        bench.database.update(before, Before.updated.set(now), *sets)
        return changes
    if name == "face update":
        bench.repository.update(KEY.pk, KEY.sk, changes)
        return changes
    if name == "face move":
        bench.repository.update(KEY.pk, KEY.sk, {"projectId": REMOVE if project is None else project})
    elif name == "own":
        bench.database.update(OWN, *(getattr(SavedContent, field).set(value) for field, value in changes.items()))
        return changes
    else:
        found = bench.database.get(OWN, consistent=True)
        assert found is not None
        found.project_id = project
        bench.database.put(found)
    return {"projectId": project}


@settings(max_examples=200, deadline=None)
@given(FIELDS, STEPS)
def test_each_reads_what_the_others_wrote(first: dict[str, Any], steps: list[Any]) -> None:
    with Bench() as bench:
        bench.repository.create(KEY.pk, KEY.sk, "SavedContent", {"id": "c", **first})
        model = {"id": "c", **first}
        for name, fields, changes, project in steps:
            bench.clock.now += 1
            written = step(bench, name, fields, changes, project)
            model = written if "content" in written else {**model, **written}
            model = {field: value for field, value in model.items() if value is not None}
            face = bench.repository.get(KEY.pk, KEY.sk, consistent=True) or {}
            for field in ("id", "type", "content", "name", "title", "projectId"):
                assert face.get(field) == model.get(field), (name, field)
            own = bench.database.get(OWN)
            assert own is not None
            assert (own.content, own.name, own.title, own.project_id) == tuple(
                model.get(field) for field in ("content", "name", "title", "projectId")
            )
            assert face["createdAt"][:10] == model["createdAt"][:10] == own.created_at.date().isoformat()
            if name.startswith(("face put", "face move", "own move")):
                # Whoever writes with knowledge of the indexes leaves the item where it belongs.
                for place in ("p", "q"):
                    found = bench.repository.query(f"USER#ada#PROJECT#{place}", None, QueryOptions(index="GSI2")).count
                    assert found == (1 if model.get("projectId") == place else 0)
