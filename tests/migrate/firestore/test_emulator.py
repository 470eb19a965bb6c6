"""Through Firestore's own emulator: what the service itself writes, exports and answers, where it is on the machine."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dynalayer.migrate import BackfillOptions, Migration, Policies, check_contract, create_tables, inventory
from dynalayer.migrate.firestore import Document, GeoPoint, Reference, Timestamp, Vector
from dynalayer.migrate.firestore.reading.export import ExportFiles
from tests.migrate.firestore import writing
from tests.migrate.firestore.blog import CONTRACT
from tests.migrate.firestore.kinds import same
from tests.migrate.firestore.writing import export
from tests.migrate.running import contents
from tests.services import firestore as emulator

pytestmark = [
    pytest.mark.xdist_group("firestore"),
    pytest.mark.skipif(bool(emulator.lacking()), reason=emulator.lacking()),
]

PROJECT = "demo-blog"
URL = f"firestore://{PROJECT}"
EVERY: dict[str, Any] = {
    "null": None,
    "true": True,
    "least": -(2**63),
    "most": 2**63 - 1,
    "half": 0.5,
    "whole": 3.0,
    "zero": -0.0,
    "nan": float("nan"),
    "infinity": float("inf"),
    "text": "hé🙂",
    "empty text": "",
    "bytes": b"\x00\xff",
    "time": Timestamp(1_700_000_000, 123_456_000),
    "before": Timestamp(-5),
    "place": GeoPoint(1.5, -2.25),
    "to": Reference("users/ada"),
    "vector": Vector((1.0, -0.0, 2.5)),
    "array": [1, "a", None, {"b": [b"x", {}]}, Timestamp(5), GeoPoint(0.0, 0.0), Reference("a/b"), float("nan")],
    "empty array": [],
    "map": {"a": {"b": []}, "zero": 0, "no": False, "none": None, "": 1} | {},
    "dots.in.name": 1,
    "long": "x" * 40_000,
}
del EVERY["map"][""]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulator.running(tmp_path_factory.mktemp("emulator")) as host, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", host)
        yield host


@pytest.fixture
def client(host: str) -> Iterator[Any]:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.firestore import Client

    call(host, "DELETE", f"/emulator/v1/projects/{PROJECT}/databases/(default)/documents")
    made = Client(project=PROJECT, credentials=AnonymousCredentials())
    yield made
    made.close()


def call(host: str, method: str, path: str, body: Any = None) -> None:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": "Bearer owner"}
    request = urllib.request.Request(f"http://{host}{path}", data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        answer.read()


def native(client: Any, value: Any) -> Any:
    """A value as Google's client takes it."""
    from google.api_core.datetime_helpers import DatetimeWithNanoseconds
    from google.cloud import firestore
    from google.cloud.firestore_v1.vector import Vector as TheirVector

    match value:
        case dict():
            return {name: native(client, each) for name, each in value.items()}
        case list():
            return [native(client, each) for each in value]
        case Timestamp():
            moment = datetime.fromtimestamp(value.seconds, UTC)
            given = moment.timetuple()[:6]
            return DatetimeWithNanoseconds(*given, nanosecond=value.nanoseconds, tzinfo=UTC)
        case GeoPoint():
            return firestore.GeoPoint(value.latitude, value.longitude)
        case Reference():
            return client.document(value.path)
        case Vector():
            return TheirVector(value.values)
        case _:
            return value


def exported(host: str, folder: Path, name: str) -> str:
    folder.mkdir(exist_ok=True)
    body = {"database": f"projects/{PROJECT}/databases/(default)", "export_directory": str(folder), "export_name": name}
    call(host, "POST", f"/emulator/v1/projects/{PROJECT}:export", body)
    return f"firestore-export:{folder / name}"


def test_an_export_of_the_emulator_has_what_was_written(host: str, client: Any, tmp_path: Path) -> None:
    client.document("all/kinds").set(native(client, EVERY))
    exported(host, tmp_path / "exports", "e1")
    with closing(ExportFiles(tmp_path / "exports" / "e1")) as files:
        (entry,) = files.catalogue.entries(None)
        found = files.document(entry.entry)
    assert same(found.fields, EVERY), found.fields
    assert found.snapshot_time is not None


def test_the_emulator_reads_what_the_tests_own_writer_writes(
    host: str, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "APP", f"dev~{PROJECT}".encode())
    folder = export(tmp_path / "e2", [Document("all/kinds", EVERY), Document("all/__id7__", {"n": 1})])
    (tmp_path / "e2" / "e2.overall_export_metadata").write_bytes(overall(folder))
    body = {
        "database": f"projects/{PROJECT}/databases/(default)",
        "export_directory": str(tmp_path / "e2" / "e2.overall_export_metadata"),
    }
    call(host, "POST", f"/emulator/v1/projects/{PROJECT}:import", body)
    from dynalayer.migrate.firestore.reading.live import document_of

    found = document_of(client.document("all/kinds").get(), None)
    assert same(found.fields, EVERY), found.fields


def overall(folder: Path) -> bytes:
    """The metadata of a whole export: its version, and the metadata of its one folder."""
    from tests.migrate.firestore.writing import block, log, number

    inner = "all_namespaces/all_kinds/all_namespaces_all_kinds.export_metadata"
    size = sum(path.stat().st_size for path in folder.rglob("output-*"))
    scope = block(1, number(1, 2) + number(3, 3)) + block(2, inner.encode()) + number(3, 2) + number(4, size)
    return log([b"3", block(1, scope)])


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    return tmp_path / "contract.json"


def fill(client: Any) -> None:
    batch = client.batch()
    for user in range(1, 4):
        batch.set(client.document(f"users/u{user}"), {"email": "e"})
    for user in range(6):
        for post in range(5):
            batch.set(client.document(f"users/u{user}/posts/p{post}"), {"title": f"{post}", "n": post / 7})
    batch.set(client.document("users/u1/drafts/d"), {"text": "t"})
    batch.commit()


def test_the_service_is_copied_at_one_moment_page_by_page(client: Any, contract: Path, tmp_path: Path) -> None:
    fill(client)
    target = f"embedded:{tmp_path / 'target.db'}"
    create_tables(contract, target)
    told = [str(each) for each in check_contract(contract, URL)]
    assert any("users/*/drafts: 1 documents" in each for each in told)
    assert any("users/u0, users/u4, users/u5" in each for each in told)

    def write_more(*_: object) -> None:
        client.document("users/u9/posts/later").set({"title": "later"})

    with closing(Migration.open(contract, URL)) as migration:
        summary = migration.backfill(target, tmp_path / "state", BackfillOptions(page_rows=4), told=write_more)
        assert {name: each.items for name, each in summary.entities.items()} == {"Blog/User": 3, "Blog/Post": 30}
        assert summary.rejects == 1
        report = migration.verify(target, tmp_path / "state")
        assert [(each.kind, each.source) for each in report.differences] == [
            ("missing", '[["s","users/u9/posts/later"]]')
        ]
        _, after = migration.repair(target, tmp_path / "state")
        assert after.is_clean
        assert len(contents(target, "Blog")) == 34


def test_what_changed_after_a_moment_is_brought_over_alone(client: Any, contract: Path, tmp_path: Path) -> None:
    fill(client)
    target = f"embedded:{tmp_path / 'target.db'}"
    contract.write_text(json.dumps(with_times()))
    create_tables(contract, target)
    with closing(Migration.open(contract, URL)) as migration:
        migration.backfill(target, tmp_path / "state")
    since = client.document("users/u1/posts/p0").get().update_time
    client.document("users/u1/posts/p0").set({"title": "changed"})
    with closing(Migration.open(contract, f"{URL}?since={since.isoformat().replace('+00:00', 'Z')}")) as migration:
        summary = migration.backfill(target, tmp_path / "delta", BackfillOptions(only_newer=True))
    assert {name: (each.rows, each.items) for name, each in summary.entities.items()} == {
        "Blog/User": (0, 0),
        "Blog/Post": (1, 1),
    }
    assert contents(target, "Blog")["USER#u1", "POST#p0"]["Data"]["M"]["title"] == {"S": "changed"}


def with_times() -> dict[str, Any]:
    users, posts = CONTRACT["tables"][0]["entities"]
    changed = {"UpdatedAt": {"type": "N", "from": "$updateTime", "as": "millis"}}
    entities = [
        dict(users),
        posts | {"newer_by": "UpdatedAt", "attributes": changed, "fields": {"title": {"type": "S"}}},
    ]
    for name in ("GSI1PK_template", "GSI1SK_template"):
        entities[1] = {member: value for member, value in entities[1].items() if member != name}
    return {"tables": [CONTRACT["tables"][0] | {"entities": entities, "gsis": []}], "ignore": ["users/*/drafts"]}


def test_the_service_and_its_export_give_the_same_inventory_and_items(
    host: str, client: Any, contract: Path, tmp_path: Path
) -> None:
    fill(client)
    client.document("users/u1").set(native(client, EVERY))
    files = exported(host, tmp_path / "exports", "e3")
    assert str(inventory(URL)) == str(inventory(files))
    document = with_times()
    # Without the moments that only the service knows, or only its export.
    for entity in document["tables"][0]["entities"]:
        entity |= {"attributes": {}, "newer_by": None}
    contract.write_text(json.dumps(document))
    found = []
    for name, source in (("live", URL), ("files", files)):
        target = f"embedded:{tmp_path / name}.db"
        create_tables(contract, target)
        with closing(Migration.open(contract, source, Policies(not_a_number="text"))) as migration:
            migration.backfill(target, tmp_path / name, BackfillOptions(policies=Policies(not_a_number="text")))
        found.append(contents(target, "Blog"))
    assert found[0] == found[1]
    assert len(found[0]) == 33
