from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer.migrate.firestore import BadExport, Document, GeoPoint, Reference, Timestamp
from dynalayer.migrate.firestore.reading.dumpfile import DumpFile
from dynalayer.migrate.firestore.reading.dumps import BadDump, line_document, tree_document, tree_documents
from tests.migrate.firestore.kinds import ids, same

# What JavaScript's JSON keeps: no NaN, no bytes, integers of 53 bits; -0 is written as 0.
plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
    | st.integers(-(10**15), 10**15).map(lambda micros: Timestamp.of_nanoseconds(micros * 1_000))
    | st.builds(GeoPoint, st.just(1.5), st.just(-2.25))
    | st.just(Reference("users/ada"))
)
names = st.text("abc.", min_size=1, max_size=4)
values = st.recursive(
    plain, lambda inner: st.dictionaries(names, inner, max_size=3) | st.lists(plain, max_size=3), max_leaves=6
)
fields = st.dictionaries(names, values, max_size=4)
TAGS: dict[type, str] = {Timestamp: "timestamp", GeoPoint: "geopoint", Reference: "documentReference"}


def tagged(value: Any) -> Any:
    """As node-firestore-import-export writes a value."""
    if isinstance(value, dict):
        return {name: tagged(each) for name, each in value.items()}
    if isinstance(value, list):
        return [tagged(each) for each in value]
    return {"__datatype__": TAGS[type(value)], "value": bare(value, {})} if type(value) in TAGS else value


def bare(value: Any, lists: dict[str, list[str]], path: tuple[str, ...] = ()) -> Any:
    """As firestore-backfire writes a value; the places of special ones go to `lists`."""
    if isinstance(value, dict):
        return {name: bare(each, lists, (*path, name)) for name, each in value.items()}
    if isinstance(value, list):
        return [bare(each, lists, (*path, str(number))) for number, each in enumerate(value)]
    if isinstance(value, Timestamp):
        lists.setdefault("timestamps", []).append(".".join(path))
        return {"_seconds": value.seconds, "_nanoseconds": value.nanoseconds}
    if isinstance(value, GeoPoint):
        lists.setdefault("geopoints", []).append(".".join(path))
        return {"_latitude": value.latitude, "_longitude": value.longitude}
    if isinstance(value, Reference):
        lists.setdefault("documents", []).append(".".join(path))
        return {"_path": {"segments": value.path.split("/")}} if path else value.path
    return value


def tree(documents: list[Document]) -> bytes:
    root: dict[str, Any] = {"__collections__": {}}
    for document in documents:
        here = root
        for kind, id_ in zip(document.segments[::2], document.segments[1::2], strict=True):
            here = here["__collections__"].setdefault(kind, {}).setdefault(id_, {"__collections__": {}})
        here |= tagged(document.fields)
    return json.dumps(root).encode()


@settings(max_examples=80, deadline=None)
@given(fields)
def test_a_nested_dump_gives_the_fields_that_were_written(content: dict[str, Any]) -> None:
    ((path, body),) = tree_documents(tree([Document("a/b", content)]))
    assert same(tree_document(path, body).fields, content)


@settings(max_examples=120, deadline=None)
@given(fields)
def test_a_line_gives_the_fields_that_were_written_also_where_names_have_dots(content: dict[str, Any]) -> None:
    lists: dict[str, list[str]] = {}
    line = {"path": "a/b", "data": bare(content, lists), **lists}
    if any(len(set(each)) < len(each) for each in lists.values()):
        return  # two places with one name for both: the tool itself cannot tell them apart
    try:
        found = line_document(json.dumps(line).encode())
    except BadDump:
        # A name with a dot may hide another's place; then the document is refused, not changed.
        assert any("." in name for name in str(content))
        return
    assert same(found.fields, content) or any("." in name for each in lists.values() for name in each)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.lists(ids, min_size=4, max_size=4).map("/".join), fields.filter(bool), max_size=4))
def test_a_nested_dump_gives_every_document_at_its_path(content: dict[str, dict[str, Any]]) -> None:
    documents = [Document(path, each) for path, each in content.items()]
    assert {path for path, _ in tree_documents(tree(documents))} == set(content)


def test_a_document_without_fields_is_there_unless_it_has_collections() -> None:
    dump = {
        "__collections__": {"users": {"empty": {"__collections__": {}}, "ghost": {"__collections__": {"a": {"b": {}}}}}}
    }
    assert [path for path, _ in tree_documents(json.dumps(dump).encode())] == ["users/empty", "users/ghost/a/b"]


def test_a_dump_may_begin_at_a_collection_or_a_document() -> None:
    collection = json.dumps({"ada": {"n": 1, "__collections__": {"posts": {"p": {"m": 2}}}}}).encode()
    assert [path for path, _ in tree_documents(collection, "users")] == ["users/ada", "users/ada/posts/p"]
    document = json.dumps({"n": 1, "__collections__": {}}).encode()
    assert [path for path, _ in tree_documents(document, "users/ada")] == ["users/ada"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "no object"),
        ('{"users": {}}', "path="),
        ('{"__collections__": {}, "n": 1}', "path="),
        ('{"__collections__": {"users": []}}', "'users'"),
        ('{"__collections__": {"users": {"ada": 5}}}', "'users/ada'"),
        ("{", "no object"),
    ],
)
def test_what_is_no_nested_dump_is_told(text: str, reason: str) -> None:
    with pytest.raises(BadDump, match=reason):
        list(tree_documents(text.encode()))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "no JSON object"),
        ('{"path": "a/b"}', "'path' and 'data'"),
        ('{"path": "a/b", "data": {}, "timestamps": ["when"]}', "lists 'when'"),
        ('{"path": "a/b", "data": {"when": 5}, "timestamps": ["when"]}', "lists 'when'"),
        ('{"path": "a/b", "data": {"q": {}}, "queries": ["q"]}', "query"),
    ],
)
def test_what_is_no_line_of_a_dump_is_told(line: str, reason: str) -> None:
    with pytest.raises(BadDump, match=reason):
        line_document(line.encode())


def test_bytes_are_read_as_node_writes_them() -> None:
    line = {"path": "a/b", "data": {"raw": {"type": "Buffer", "data": [0, 255]}}}
    assert line_document(json.dumps(line).encode()).fields == {"raw": b"\x00\xff"}


def test_a_bad_line_is_told_with_its_place(tmp_path: Path) -> None:
    first = json.dumps({"path": "a/b", "data": {}}) + "\n"
    (tmp_path / "dump.ndjson").write_text(first + "\n" + "{nonsense\n")
    with pytest.raises(BadExport, match=f"dump.ndjson at byte {len(first) + 1}: the line is no JSON object"):
        DumpFile(tmp_path / "dump.ndjson")


def test_the_shape_of_a_dump_is_told_by_its_first_line(tmp_path: Path) -> None:
    documents = [Document("a/b", {"n": 1}), Document("a/c", {"n": 2})]
    (tmp_path / "tree.json").write_bytes(tree(documents))
    (tmp_path / "lines.json").write_text(
        "\n".join(json.dumps({"path": each.path, "data": each.fields}) for each in documents)
    )
    for name in ("tree.json", "lines.json"):
        files = DumpFile(tmp_path / name)
        assert [files.document(each.entry) for each in files.catalogue.entries(None)] == documents
        files.close()


def test_a_line_whose_values_cannot_be_read_tells_why(tmp_path: Path) -> None:
    lines = [{"path": "a/b", "data": {"q": {}}, "queries": ["q"]}, {"path": "a/c", "data": {"n": 1}}]
    (tmp_path / "dump.ndjson").write_text("\n".join(map(json.dumps, lines)))
    files = DumpFile(tmp_path / "dump.ndjson")
    first, second = (files.document(each.entry) for each in files.catalogue.entries(None))
    assert first.unreadable == "dump.ndjson at byte 0: it holds a query, which is no value of Firestore"
    assert second.fields == {"n": 1}
    files.close()


@pytest.mark.parametrize("path", ["users", "users/ada/posts", "users//posts/p", ""])
def test_a_line_at_no_document_is_refused(path: str, tmp_path: Path) -> None:
    (tmp_path / "dump.ndjson").write_text(json.dumps({"path": path, "data": {}}))
    with pytest.raises(BadExport, match="leads to no document"):
        DumpFile(tmp_path / "dump.ndjson")
