"""The steps of a migration over documents: the same engine as for rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dynalayer import Database
from dynalayer.migrate import (
    AgeUnknown,
    BackfillOptions,
    BadExport,
    ContractInvalid,
    Migration,
    OtherMigration,
    check_contract,
    create_tables,
    read_contract,
)
from dynalayer.migrate.contract import Findings
from dynalayer.migrate.firestore import Document, DocumentMaker
from dynalayer.migrate.firestore.origin import plans_of
from dynalayer.migrate.firestore.reading.records import records
from dynalayer.migrate.items import Rejected
from dynalayer.migrate.source import SourceUnavailable
from dynalayer.protocol import to_plain
from dynalayer.statements import Raw
from tests.migrate.firestore.blog import CONTRACT, blog, documents
from tests.migrate.firestore.writing import block, entity, group, log, number, property_
from tests.migrate.running import contents
from tests.migrate.small import CONTRACT as OF_ROWS
from tests.migrate.small import library


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    return tmp_path / "contract.json"


@pytest.fixture
def target(tmp_path: Path, contract: Path) -> str:
    url = f"embedded:{tmp_path / 'target.db'}"
    create_tables(contract, url)
    return url


@pytest.fixture
def migration(tmp_path: Path, contract: Path) -> Iterator[Migration]:
    with closing(Migration.open(contract, blog(tmp_path / "e1", users=10, posts=4))) as opened:
        yield opened


def test_every_document_becomes_an_item(migration: Migration, target: str, tmp_path: Path) -> None:
    summary = migration.backfill(target, tmp_path / "state")
    assert {name: (each.rows, each.items) for name, each in summary.entities.items()} == {
        "Blog/User": (8, 8),
        "Blog/Post": (40, 40),
    }
    post = contents(target, "Blog")["USER#u3", "POST#p1"]
    assert post["GSI1SK"] == {"S": "POST#2023-11-14T23:03:21.000000Z#p1"}
    assert post["CreatedAt"] == {"N": "1700003001000"}
    assert list(post["Data"]["M"]) == ["title", "createdAt", "tags", "n", "id"]
    assert post["Data"]["M"]["tags"] == {"L": [{"S": "a"}]}
    assert migration.verify(target, tmp_path / "state").is_clean


def test_documents_of_parents_that_are_not_there_are_brought_over_and_told_of(
    migration: Migration, contract: Path, target: str, tmp_path: Path
) -> None:
    migration.backfill(target, tmp_path / "state")
    assert ("USER#u5", "POST#p0") in contents(target, "Blog")
    assert ("USER#u5", "PROFILE") not in contents(target, "Blog")
    findings = [str(each) for each in check_contract(contract, migration.origin.shown)]
    assert [each for each in findings if "users/u0, users/u5" in each]
    found = migration.inventory()
    assert found is not None
    assert (found.missing_parents, found.missing_examples) == (2, ["users/u0", "users/u5"])


def test_a_second_copy_gives_the_same_bytes(migration: Migration, target: str, tmp_path: Path) -> None:
    migration.backfill(target, tmp_path / "state")
    first = contents(target, "Blog")
    migration.backfill(target, tmp_path / "other")
    assert json.dumps(sorted(first.items())) == json.dumps(sorted(contents(target, "Blog").items()))


def test_what_no_entity_takes_is_told_by_every_step_and_never_dropped(
    tmp_path: Path, contract: Path, target: str
) -> None:
    source = blog(tmp_path / "e1", 2, 1, Document("users/u1/drafts/d", {"x": 1}), Document("logs/l", {"y": 1}))
    with closing(Migration.open(contract, source)) as migration:
        plan = migration.plan()
        summary = migration.backfill(target, tmp_path / "state")
        found = migration.inventory()
    assert [(each.where, each.rows) for each in plan.left] == [("logs", 1), ("users/*/drafts", 1)]
    assert not plan.is_clean
    assert "logs: 1 rows" in str(plan)
    assert summary.rejects == 2
    rejects = (tmp_path / "state" / "rejects.jsonl").read_text()
    assert "'users/*/drafts' into 'ignore'" in rejects
    findings = [each.reason for each in check_contract(contract, source)]
    assert any("users/*/drafts: 1 documents" in each for each in findings)
    assert found is not None
    assert "users/*/drafts: 1 documents, not mapped" in str(found)


def test_what_is_ignored_is_left_behind_without_a_word(tmp_path: Path, contract: Path, target: str) -> None:
    contract.write_text(json.dumps(CONTRACT | {"ignore": ["users/*/drafts", "nothing"]}))
    source = blog(tmp_path / "e1", 2, 1, Document("users/u1/drafts/d", {"x": 1}))
    with closing(Migration.open(contract, source)) as migration:
        assert migration.plan().is_clean
        assert migration.backfill(target, tmp_path / "state").rejects == 0
    reasons = [each.reason for each in check_contract(contract, source)]
    assert "'nothing' is no collection of the source" in reasons
    assert not any("drafts" in reason for reason in reasons)


def test_documents_that_cannot_be_items_are_rejected_with_their_path_and_no_value(
    tmp_path: Path, contract: Path, target: str
) -> None:
    odd = [
        Document("users/big", {"secret": "hush" * 110_000}),
        Document("users/" + "x" * 1_500, {}),
        Document("users/u1/posts/" + "y" * 1_200, {"title": "long id"}),
        Document("users/u1/posts/untitled", {"body": "hush"}),
        Document("users/u1/posts/typed", {"title": 5}),
        Document("users/u1/posts/twice", {"title": "t", "id": "hush"}),
        Document("users/u1/posts/nan", {"title": "t", "score": float("nan")}),
        Document("users/u1/posts/when", {"title": "t", "createdAt": "hush"}),
    ]
    deep: Any = "hush"
    for _ in range(32):
        deep = {"m": deep}
    source = blog(tmp_path / "e1", 2, 1, *odd, Document("users/deep", {"m": deep}))
    with closing(Migration.open(contract, source)) as migration:
        summary = migration.backfill(target, tmp_path / "state")
    rejects = [json.loads(line) for line in (tmp_path / "state" / "rejects.jsonl").read_text().splitlines()]
    reasons = {each["source"][:28]: (each["attribute"], each["reason"]) for each in rejects}
    assert summary.rejects == 8
    assert "hush" not in json.dumps(rejects)
    assert "'Data.secret' has the most" in reasons["users/big"][1]
    assert reasons["users/u1/posts/untitled"] == ("title", "it is required, and the document has none")
    assert reasons["users/u1/posts/typed"][0] == "title"
    assert "another id" in reasons["users/u1/posts/twice"][1]
    assert reasons["users/u1/posts/nan"][0] == "score"
    assert reasons["users/u1/posts/when"][0] == "CreatedAt"
    assert "32 deep" in reasons["users/deep"][1]
    assert any("over DynamoDB's 1024" in reason for _, reason in reasons.values())


def test_only_newer_items_are_written_over_older_ones(migration: Migration, target: str, tmp_path: Path) -> None:
    migration.backfill(target, tmp_path / "state")
    changes = {"POST#p0": "1", "POST#p1": "9000000000000"}
    with Database(target) as database:
        for name, moment in changes.items():
            old = contents(target, "Blog")["USER#u1", name] | {"CreatedAt": {"N": moment}, "Changed": {"BOOL": True}}
            database.run(Raw("PutItem", {"TableName": "Blog", "Item": old}))
    summary = migration.backfill(target, tmp_path / "again", BackfillOptions(only_newer=True))
    assert (summary.entities["Blog/Post"].items, summary.entities["Blog/Post"].kept) == (1, 39)
    assert "Changed" not in contents(target, "Blog")["USER#u1", "POST#p0"]
    assert "Changed" in contents(target, "Blog")["USER#u1", "POST#p1"]


def test_what_differs_is_found_and_mended(migration: Migration, target: str, tmp_path: Path) -> None:
    migration.backfill(target, tmp_path / "state")
    whole = contents(target, "Blog")
    with Database(target) as database:
        spoiled = whole["USER#u1", "POST#p0"] | {"Data": {"M": {}}}
        database.run(Raw("PutItem", {"TableName": "Blog", "Item": spoiled}))
        database.run(Raw("DeleteItem", {"TableName": "Blog", "Key": {"PK": {"S": "USER#u1"}, "SK": {"S": "POST#p1"}}}))
        database.run(Raw("PutItem", {"TableName": "Blog", "Item": {"PK": {"S": "X"}, "SK": {"S": "Y"}}}))
    report = migration.verify(target, tmp_path / "state")
    assert sorted((each.kind, each.attributes) for each in report.differences) == [
        ("different", ("Data",)),
        ("missing", ()),
        ("orphan", ()),
    ]
    mended, after = migration.repair(target, tmp_path / "state", orphans=True)
    assert (sum(mended.values()), after.is_clean) == (3, True)
    assert contents(target, "Blog") == whole


def test_a_copy_does_not_go_on_with_another_export(
    migration: Migration, contract: Path, target: str, tmp_path: Path
) -> None:
    migration.backfill(target, tmp_path / "state")
    other = Migration.open(contract, blog(tmp_path / "e2", users=9, posts=4))
    with closing(other), pytest.raises(OtherMigration):
        other.backfill(target, tmp_path / "state")


def test_items_are_written_to_files_for_an_import(migration: Migration, tmp_path: Path) -> None:
    done = migration.export(tmp_path / "files")
    assert {name: each.items for name, each in done.items()} == {"Blog/User": 8, "Blog/Post": 40}
    assert len(list((tmp_path / "files" / "Blog").iterdir())) == 1


def test_a_contract_is_for_one_kind_of_source(contract: Path, tmp_path: Path) -> None:
    library(tmp_path / "library.db", 1, 1)
    with pytest.raises(ContractInvalid, match=r"is for documents, and sqlite:.* has tables"):
        Migration.open(contract, f"sqlite:{tmp_path / 'library.db'}")
    contract.write_text(json.dumps(OF_ROWS))
    with pytest.raises(ContractInvalid, match=r"is for tables, and firestore-export:.* has documents"):
        Migration.open(contract, blog(tmp_path / "e1", 1, 1))


@pytest.mark.parametrize("what", ["entities", "source"])
def test_what_is_for_sql_alone_says_so(migration: Migration, what: str) -> None:
    with pytest.raises(SourceUnavailable, match="SQL database"):
        migration.entities() if what == "entities" else migration.source


def test_a_folder_that_is_no_export_is_told(contract: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="output-0"):
        Migration.open(contract, f"firestore-export:{tmp_path / 'nothing'}")


def test_a_damaged_export_is_told_by_its_file_and_place(contract: Path, tmp_path: Path) -> None:
    source = blog(tmp_path / "e1", 10, 4)
    path = tmp_path / "e1" / "all_namespaces" / "all_kinds" / "output-1"
    whole = path.read_bytes()
    path.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    with pytest.raises(BadExport, match=r"output-1 at byte [\d,]+: the checksum does not fit"):
        Migration.open(contract, source)
    path.write_bytes(whole[:200])
    with pytest.raises(BadExport, match="cut off"):
        Migration.open(contract, source)
    path.unlink()
    with pytest.raises(BadExport, match="lists the file 'output-1', which is not in"):
        Migration.open(contract, source)


def test_a_document_that_cannot_be_read_is_rejected_by_its_place_and_the_others_are_brought_over(
    contract: Path, target: str, tmp_path: Path
) -> None:
    source = blog(tmp_path / "e1", 2, 1)
    path = tmp_path / "e1" / "all_namespaces" / "all_kinds" / "output-1"
    key = entity(Document("users/u1/posts/odd", {}))
    bad = [property_("a", 0, block(3, b"\xff"), multiple=False, is_raw=True)]
    bad.append(property_("b", 0, group(8, block(9, b"someone")), multiple=False, is_raw=True))
    others = [record for _, record in records(path.read_bytes(), "output-1")]
    path.write_bytes(log([*others, key + bad[0], key.replace(b"odd", b"two") + bad[1]]))
    with closing(Migration.open(contract, source)) as migration:
        assert migration.backfill(target, tmp_path / "state").rejects == 2
        assert "2 cannot be read" in str(migration.inventory())
    assert len(contents(target, "Blog")) == 3
    rejects = (tmp_path / "state" / "rejects.jsonl").read_text()
    assert "output-1 at byte" in rejects
    assert "UnicodeDecodeError" in rejects
    assert "the export is of Datastore" in rejects
    assert "someone" not in rejects


def test_files_that_hold_less_than_the_export_says_are_doubted(contract: Path, tmp_path: Path) -> None:
    source = blog(tmp_path / "e1", 2, 1)
    overall = log([b"3", block(1, block(2, b"all_namespaces/all_kinds") + number(3, 4))])
    (tmp_path / "e1" / "e1.overall_export_metadata").write_bytes(overall)
    assert any("tells of 4 documents, and the files hold 3" in each.reason for each in check_contract(contract, source))


def test_only_newer_items_need_something_that_tells_their_age(tmp_path: Path, contract: Path, target: str) -> None:
    entities = [
        {name: value for name, value in each.items() if name != "newer_by"}
        for each in CONTRACT["tables"][0]["entities"]
    ]
    contract.write_text(json.dumps({"tables": [CONTRACT["tables"][0] | {"entities": entities}]}))
    with (
        closing(Migration.open(contract, blog(tmp_path / "e1", 2, 1))) as migration,
        pytest.raises(AgeUnknown, match="Blog/User"),
    ):
        migration.backfill(target, tmp_path / "state", BackfillOptions(only_newer=True))


@pytest.mark.parametrize("step", ["verify", "repair"])
def test_a_part_of_the_documents_is_not_compared_with_all_items(
    step: str, contract: Path, target: str, tmp_path: Path
) -> None:
    with closing(Migration.open(contract, "firestore://shop?since=2026-01-01")) as migration:
        compare: Any = getattr(migration, step)
        with pytest.raises(SourceUnavailable, match="compare without it"):
            compare(target, tmp_path / "state")


FLAT: dict[str, Any] = {
    "table": "Flat",
    "type": "single-entity",
    "pk": "PK",
    "sk": "SK",
    "source": "users/{userId}",
    "PK_template": "{userId}",
    "SK_template": "{email}",
    "id": "id",
    "fields": {"email": {"type": "S"}},
}


@pytest.mark.parametrize(
    ("changes", "fields", "outcome"),
    [
        ({}, {"email": "e"}, {"id": "a#1", "email": "e", "PK": "a$Z1", "SK": "e"}),
        ({}, {"email": "e", "id": "a#1"}, {"id": "a#1", "email": "e", "PK": "a$Z1", "SK": "e"}),
        ({}, {"email": "e", "id": "b"}, "another id"),
        ({"id_conflict": "field"}, {"email": "e", "id": "b"}, {"id": "b", "email": "e", "PK": "a$Z1", "SK": "e"}),
        ({}, {"email": "e", "more": 1}, "does not declare"),
        ({"unknown_fields": "leave"}, {"email": "e", "more": 1}, {"id": "a#1", "email": "e", "PK": "a$Z1", "SK": "e"}),
        (
            {"keys": "raw", "PK_template": "U#{userId}"},
            {"email": "e"},
            {"id": "a#1", "email": "e", "PK": "U#a#1", "SK": "e"},
        ),
        ({"PK_template": "U#{userId}#x"}, {"email": "e"}, {"id": "a#1", "email": "e", "PK": "U#a$Z1#x", "SK": "e"}),
        ({}, {}, "a part of the key is null"),
    ],
)
def test_fields_may_be_attributes_themselves(changes: dict[str, Any], fields: dict[str, Any], outcome: Any) -> None:
    findings = Findings()
    (plan,) = plans_of(read_contract({"tables": [FLAT | changes]})[0], findings)
    maker = DocumentMaker(plan)
    document = Document("users/a#1", fields)
    if isinstance(outcome, str):
        with pytest.raises(Rejected, match=outcome):
            maker.make(document)
        return
    assert {name: to_plain(value) for name, value in maker.make(document).items()} == outcome
    assert maker.notes.total() == ("more" in fields) + ("id_conflict" in changes)


def test_there_are_as_many_documents_as_were_written() -> None:
    assert len(documents(10, 4)) == 48
