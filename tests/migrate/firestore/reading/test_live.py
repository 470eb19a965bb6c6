"""What Google's client gives, as ours; how it is asked is tested by the emulator."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client
from google.cloud.firestore import GeoPoint as TheirGeoPoint
from google.cloud.firestore_v1.vector import Vector as TheirVector
from google.protobuf.timestamp_pb2 import Timestamp as TheirTimestamp

from dynalayer.migrate.firestore import Document, GeoPoint, Reference, Timestamp, Vector, parse_firestore
from dynalayer.migrate.firestore.reading.left import Leaving
from dynalayer.migrate.firestore.reading.live import LiveReader, document_of
from dynalayer.migrate.source import SourceUnavailable


def snapshot(fields: dict[str, Any]) -> Any:
    client = Client(project="demo", credentials=AnonymousCredentials())
    times = {"create_time": TheirTimestamp(seconds=1, nanos=2_000), "update_time": TheirTimestamp(seconds=3)}
    return SimpleNamespace(reference=client.document("users/ada"), to_dict=lambda: fields, **times)


def test_values_of_the_clients_own_types_are_ours() -> None:
    client = Client(project="demo", credentials=AnonymousCredentials())
    found = document_of(
        snapshot(
            {
                "time": DatetimeWithNanoseconds(2023, 11, 14, 22, 13, 20, nanosecond=123_456_000, tzinfo=UTC),
                "plain time": datetime(1960, 1, 1, tzinfo=UTC),
                "place": TheirGeoPoint(1.5, -2.25),
                "to": client.document("a/b/c/d"),
                "vector": TheirVector([1.0, -0.0]),
                "list": [{"none": None, "bytes": b"x", "no": False, "n": 2**63 - 1, "d": 0.5, "text": ""}],
            }
        ),
        None,
    )
    assert found == Document(
        "users/ada",
        {
            "time": Timestamp(1_700_000_000, 123_456_000),
            "plain time": Timestamp(-315_619_200),
            "place": GeoPoint(1.5, -2.25),
            "to": Reference("a/b/c/d"),
            "vector": Vector((1.0, -0.0)),
            "list": [{"none": None, "bytes": b"x", "no": False, "n": 2**63 - 1, "d": 0.5, "text": ""}],
        },
        Timestamp(1, 2_000),
        Timestamp(3),
    )


def test_missing_credentials_are_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json")
    with pytest.raises(SourceUnavailable, match="needs credentials"):
        LiveReader(parse_firestore("firestore://demo"), Leaving())
