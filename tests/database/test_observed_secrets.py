"""Nothing that is stored, asked for or used to sign appears in what any observer writes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, generate_latest

from dynalayer import (
    ON_DEMAND,
    Attr,
    Costs,
    Database,
    Delete,
    DynalayerError,
    Emf,
    Entity,
    Hooks,
    Index,
    JsonFormatter,
    JsonLog,
    Metrics,
    OpenTelemetry,
    Prometheus,
    Put,
    RetryPolicy,
    Spans,
    Table,
    Update,
    attr,
    collection,
    index,
    primary,
    revision,
    scan,
)
from dynalayer.protocol import (
    AccessDenied,
    CancellationReason,
    ConditionFailed,
    ConnectionLost,
    ServiceError,
    ServiceUnavailable,
    Throttled,
    ThrottlingReason,
    TransactionCanceled,
    ValidationError,
)
from dynalayer.statements import Raw
from dynalayer.telemetry import gatherer
from dynalayer.testing import Faults, fresh_database

vault = Table("vault", pk="PK", sk="SK", indexes=[Index("GSI1", pk="GSI1PK", sk="GSI1SK")])


class Secret(Entity, table=vault):
    owner: Attr[str] = attr()
    id: Attr[str] = attr()
    email: Attr[str] = attr(unique=True)
    note: Attr[str] = attr()
    number: Attr[int] = attr(default=0)
    parts: Attr[dict[str, str]] = attr(factory=dict)
    key = primary(owner, id, pk="OWNER#{owner}", sk="SECRET#{id}")
    by_note = index("GSI1", note, id, pk="NOTE#{note}", sk="SECRET#{id}")


class Revised(Entity, table=vault):
    owner: Attr[str] = attr()
    text: Attr[str] = attr()
    version: Attr[int] = revision()
    key = primary(owner, pk="REVISED#{owner}", sk="REVISED")


# Long and unlike any name, so that none is part of a record by chance.
secrets = st.text(alphabet="ÄÖÜßqxzQXZ%&§", min_size=8, max_size=16)
Values = tuple[str, str, str, str, str]


class Everything:
    """One of each observer, and all that they have written."""

    def __init__(self) -> None:
        self._stream = StringIO()
        handler = logging.StreamHandler(self._stream)
        handler.setFormatter(JsonFormatter())
        self._logger = logging.Logger("secrets", logging.DEBUG)
        self._logger.addHandler(handler)
        self._spans = InMemorySpanExporter()
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self._reader = InMemoryMetricReader()
        self._meters = MeterProvider([self._reader])
        self._registry = CollectorRegistry()
        sinks = (Emf(write=self._stream.write), Prometheus(self._registry), OpenTelemetry(self._meters))
        self.costs = Costs()
        keep = self._keep
        self.observers = [
            JsonLog(self._logger, sites=True),
            JsonLog(write=self._stream.write),
            Metrics(*sinks),
            Spans(tracers),
            self.costs,
            Hooks(before_sign=keep, after_response=keep, on_retry=keep, on_end=keep, on_breaker_change=keep),
        ]

    def _keep(self, event: object) -> None:
        self._stream.write(f"{event!r} {event!s}\n")

    def text(self) -> str:
        gatherer.drain()
        spans = "\n".join(span.to_json() for span in self._spans.get_finished_spans())
        data = self._reader.get_metrics_data()
        told = [self._stream.getvalue(), spans, generate_latest(self._registry).decode()]
        told += [data.to_json() if data is not None else "", str(self.costs.table(ON_DEMAND)), repr(self.costs.table())]
        self._meters.shutdown()
        return "\n".join(told)


def statements(db: Database, values: Values) -> list[Callable[[], Any]]:
    """Every kind of call with these values in it."""
    owner, id, email, note, other = values
    key = Secret.key(owner, id)
    whole = Secret(owner=owner, id=id, email=email, note=note, parts={other: other})
    revised = Revised(owner=owner, text=note)
    plain = Revised(owner=other, text=note)
    name = vault.name
    return [
        lambda: db.create(whole),
        lambda: db.create(whole),
        lambda: db.put(revised),
        lambda: db.put(Revised(owner=owner, text=note)),
        lambda: db.get(key),
        lambda: db.get(key, consistent=True),
        lambda: db.get(key.select(Secret.note)),
        lambda: db.get_by(Secret, Secret.email, email),
        lambda: db.update(key, Secret.note.set(other), Secret.number.add(1), if_=Secret.note == note),
        lambda: db.update(key, Secret.note.set(other), if_=Secret.email == other),
        lambda: db.update(Secret.key(other, id), Secret.number.add(1)),
        lambda: list(db.query(Secret.key.partition(owner).where(Secret.note == note))),
        lambda: list(db.query(Secret.by_note(note))),
        lambda: list(db.query(collection(Secret.key.partition(owner)))),
        lambda: list(db.scan(scan(Secret).where(Secret.note == note))),
        lambda: db.page(Secret.key.partition(owner), size=1),
        lambda: db.count(Secret.key.partition(owner)),
        lambda: db.batch_get([key, Secret.key(other, id)]),
        lambda: db.batch_write(put=[], delete=[Secret.key(other, id)]),
        lambda: db.transact(Put(plain), Update(key, (Secret.number.add(1),), Secret.note == email)),
        lambda: db.transact(Delete(Revised.key(other)), Update(key, (Secret.note.set(note),))),
        lambda: db.transact_get(key, Secret.key(other, id)),
        lambda: db.run(Raw("GetItem", {"TableName": name, "Key": key.wire})),
        lambda: db.run(Raw("ExecuteStatement", {"Statement": f"SELECT * FROM \"{name}\" WHERE PK = '{owner}'"})),
        lambda: db.run(Raw("PutItem", {"TableName": name, "Item": {other: {"S": note}}})),
        lambda: db.delete(key),
        lambda: db.describe(name),
    ]


def errors_of(text: str) -> list[DynalayerError]:
    """Every kind of error with a value in it."""
    item = {"PK": {"S": text}}
    return [
        Throttled(text, reasons=[ThrottlingReason("TableReadProvisionedThroughputExceeded", f"table/{text}")]),
        ServiceUnavailable(text),
        ConnectionLost(text),
        ValidationError(text),
        AccessDenied(text),
        ServiceError(text),
        ConditionFailed(text, item=item),
        TransactionCanceled(text, reasons=[CancellationReason("ConditionalCheckFailed", text, item)]),
    ]


def disclosed(text: str, values: Values) -> list[str]:
    """The values that are in a text, as they are or as JSON writes them."""
    forms = {form for value in values for form in (value, ascii(value)[1:-1], value.encode().hex())}
    return [form for form in forms if form in text]


@given(values=st.tuples(secrets, secrets, secrets, secrets, secrets))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_value_of_any_statement_is_in_any_record(values: Values) -> None:
    seen = Everything()
    with fresh_database(vault) as inner:
        db = Database(inner.connection, observers=seen.observers)
        for statement in statements(db, values):
            with suppress(DynalayerError):
                statement()
    text = seen.text()
    assert text.count("vault") > 50
    assert disclosed(text, values) == []


@given(values=st.tuples(secrets, secrets, secrets, secrets, secrets))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_value_of_any_error_is_in_any_record(values: Values) -> None:
    seen = Everything()
    with fresh_database(vault) as inner:
        for number in range(len(errors_of(values[4]))):
            faults = Faults(inner.connection)
            db = Database(faults, observers=seen.observers, retry=RetryPolicy(attempts=2), sleep=lambda seconds: None)
            for statement in statements(db, values):
                faults.fail(errors_of(values[4])[number], times=None)
                with suppress(DynalayerError):
                    statement()
    text = seen.text()
    for error in errors_of(""):
        assert type(error).__name__ in text
    assert disclosed(text, values) == []


def test_no_credential_is_in_any_record(dynalayer_served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key, secret, token = "AKIAQXZQXZQXZ", "secretQXZÄÖ".encode().hex(), "tokenQXZQXZ"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    seen = Everything()
    with Database(dynalayer_served, observers=seen.observers) as db, suppress(DynalayerError):
        db.get(Secret.key("ada", "1"))
    text = seen.text()
    assert "GetItem" in text
    assert [each for each in (key, secret, token, "Signature") if each in text] == []


def test_the_check_finds_what_is_disclosed() -> None:
    values = ("ÄÖÜßqxzQ", "b" * 8, "c" * 8, "d" * 8, "e" * 8)
    for text in ("ÄÖÜßqxzQ", ascii("ÄÖÜßqxzQ"), "x bbbbbbbb x"):
        assert disclosed(text, values) != []
