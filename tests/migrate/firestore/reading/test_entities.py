from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer.migrate.firestore import Document, GeoPoint, Reference, Timestamp, Vector
from dynalayer.migrate.firestore.reading.entities import BadEntity, document_of, path_of, snapshot_of
from tests.migrate.firestore import writing
from tests.migrate.firestore.kinds import documents, same
from tests.migrate.firestore.writing import block, entity, group, key_path, metadata, number, property_


@settings(max_examples=150, deadline=None)
@given(documents, st.integers(0, 9), st.booleans())
def test_documents_of_every_kind_come_back_as_they_were_written(
    document: Document, seed: int, vectors_as_maps: bool
) -> None:
    payload = entity(document, random.Random(seed), vectors_as_maps=vectors_as_maps)
    found = document_of(payload)
    assert found.path == document.path == path_of(payload)
    assert same(found.fields, document.fields), (found.fields, document.fields)


EXPORTED = bytes.fromhex(
    "6a296a0a6465767e64656d6f2d70721b0b1205757365727322036164610c0b1205706f737473220270310c7a091a01782000"
    "2a02080182010e0b1205757365727322036164610c"
)
"""A record that Firestore's emulator wrote: the key with project and path, and one property that is not indexed."""


def test_a_record_of_the_emulator_is_read() -> None:
    assert document_of(EXPORTED) == Document("users/ada/posts/p1", {"x": 1})


def test_each_kind_of_value_is_told_by_its_meaning() -> None:
    fields = {
        "zero": -0.0,
        "whole": 3.0,
        "least": -(2**63),
        "time": Timestamp(-1, 999_999_000),
        "bytes": b"\xff\x00",
        "place": GeoPoint(0.0, -0.0),
        "to": Reference("users/__id7__"),
        "vector": Vector((1.0, -0.0)),
        "none": [],
        "one": [None],
        "map": {"a": {"none": []}, "empty": "", "zero": 0, "no": False},
    }
    found = document_of(entity(Document("a/b", fields)))
    assert same(found.fields, fields)


def test_ids_that_are_numbers_are_shown_as_firestore_shows_them() -> None:
    assert path_of(entity(Document("users/__id42__/posts/p", {}))) == "users/__id42__/posts/p"


def test_indexed_and_other_properties_are_put_together() -> None:
    key = block(13, block(13, b"x") + block(14, key_path("a/b")))
    indexed = property_("n", 0, number(1, 1), multiple=False, is_raw=False)
    other = property_("m", 0, number(1, 2), multiple=False, is_raw=True)
    assert document_of(key + other + indexed).fields == {"n": 1, "m": 2}


def test_a_reference_to_another_project_keeps_its_whole_name(monkeypatch: pytest.MonkeyPatch) -> None:
    other = writing.reference("users/ada")
    monkeypatch.setattr(writing, "APP", b"s~own")
    own = entity(Document("a/b", {"near": Reference("users/ada")}))
    far = property_("far", 0, other, multiple=False, is_raw=True)
    assert document_of(own + far).fields == {
        "near": Reference("users/ada"),
        "far": Reference("projects/test/databases/(default)/documents/users/ada"),
    }


KEY = block(13, block(13, b"x") + block(14, key_path("a/b")))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff\xff", "no EntityProto"),
        (b"", "no key"),
        (block(13, block(13, b"x") + block(20, b"space") + block(14, key_path("a/b"))), "namespace"),
        (KEY + property_("u", 0, group(8, block(9, b"someone")), multiple=False, is_raw=False), "user"),
        (KEY + property_("s", 0, block(3, b"\xff"), multiple=False, is_raw=False), "UnicodeDecodeError"),
        (KEY + property_("m", 19, block(3, b"\x01"), multiple=False, is_raw=False), "DecodeError"),
        (KEY + 2 * property_("n", 0, number(1, 1), multiple=False, is_raw=False), "comes twice"),
    ],
    ids=["noise", "empty", "namespace", "user", "utf-8", "map", "twice"],
)
def test_what_is_no_document_is_told_without_a_value(payload: bytes, reason: str) -> None:
    with pytest.raises(BadEntity, match=reason):
        document_of(payload)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_any_other_bytes_are_refused_by_name(payload: bytes) -> None:
    with suppress(BadEntity):
        document_of(payload)


def test_the_moment_and_the_files_of_an_export_are_in_its_metadata() -> None:
    assert snapshot_of(metadata(["output-0", "output-1"], 5)) == (Timestamp(0, 5_000), ("output-0", "output-1"))
    assert snapshot_of(b"\xff") == (None, ())
