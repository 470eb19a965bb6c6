"""How the plans of tables wait and go on, step by step and without any engine."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer import Index, NotReady, ResourceInUse, ResourceNotFound, ServiceError, Table
from dynalayer.protocol import UnknownOperation
from dynalayer.statements import (
    CreateIndex,
    CreateTable,
    DeleteTable,
    DescribeExpiry,
    DescribeRecovery,
    DescribeTable,
    DescribeTags,
    EnableExpiry,
    EnableProtection,
    EnableRecovery,
    EnableStream,
    IndexProgress,
    Pause,
    Plan,
    WriteTags,
    add_index,
    create_tables,
    delete_tables,
    settle,
)

plain = Table("plain", pk="id")
indexed = Table("plain", pk="id", indexes=[Index("by-a", pk="a")])
MISSING = ResourceNotFound("no such table")


def described(status: str = "ACTIVE", **members: Any) -> dict[str, Any]:
    return {
        "TableStatus": status,
        "TableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/plain",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "DeletionProtectionEnabled": False,
        **members,
    }


def play(plan: Plan[Any], *script: tuple[Any, Any]) -> list[float]:
    """Answer each step as the script says, a pause by its own; the seconds of the pauses."""
    steps, pauses, answers = plan.begin(lambda: 0.0), list[float](), iter(script)
    try:
        step = next(steps)
        while True:
            if isinstance(step, Pause):
                pauses.append(step.seconds)
                step = steps.send(None)
                continue
            wanted, answer = next(answers)
            assert isinstance(step, wanted), f"{step} in place of {wanted.__name__}"
            step = steps.throw(answer) if isinstance(answer, Exception) else steps.send(answer)
    except StopIteration:
        assert next(answers, None) is None
        return pauses


def test_waits_for_a_new_table_grow_and_are_bounded() -> None:
    looks = [(DescribeTable, described("CREATING"))] * 15
    made = (CreateTable, described("CREATING"))
    pauses = play(create_tables([plain]), (DescribeTable, MISSING), made, *looks, (DescribeTable, described()))
    assert pauses[:3] == pytest.approx([0.1, 0.15, 0.225])
    assert pauses == sorted(pauses)
    assert max(pauses) == 5.0


def test_a_table_that_never_gets_ready_ends_in_an_error_that_says_how_to_go_on() -> None:
    looks = [(DescribeTable, described("CREATING"))] * 1000
    with pytest.raises(NotReady, match=r"table 'plain' is still being made or changed after 9\d\d s; call again"):
        play(create_tables([plain]), (DescribeTable, MISSING), (CreateTable, described("CREATING")), *looks)


def test_a_table_that_somebody_else_makes_meanwhile_is_held_against_the_declaration() -> None:
    play(
        create_tables([plain]),
        (DescribeTable, MISSING),
        (CreateTable, ResourceInUse("it is there")),
        (DescribeTable, described("CREATING")),
        (DescribeTable, described()),
    )


def test_a_table_that_is_being_deleted_is_made_anew_once_it_is_gone() -> None:
    pauses = play(
        create_tables([plain]),
        (DescribeTable, described("DELETING")),
        (DescribeTable, described("DELETING")),
        (DescribeTable, MISSING),
        (CreateTable, described()),
    )
    assert pauses == pytest.approx([0.1])


def test_recovery_is_tried_again_while_the_service_prepares_it() -> None:
    early = ServiceError("not yet", code="ContinuousBackupsUnavailableException")
    pauses = play(
        create_tables([Table("plain", pk="id", point_in_time_recovery=True)]),
        (DescribeTable, MISSING),
        (CreateTable, described()),
        (EnableRecovery, early),
        (EnableRecovery, early),
        (EnableRecovery, None),
    )
    assert pauses == pytest.approx([0.1, 0.15])


def test_each_change_of_a_table_waits_for_the_one_before() -> None:
    table = Table("plain", pk="id", ttl="at", stream="NEW_IMAGE", deletion_protection=True, tags={"a": "1", "b": "2"})
    play(
        create_tables([table]),
        (DescribeTable, described()),
        (DescribeExpiry, None),
        (DescribeTags, ({"a": "1"}, "more")),
        (DescribeTags, ({"b": "0"}, None)),
        (EnableExpiry, None),
        (EnableStream, None),
        (DescribeTable, described("UPDATING")),
        (DescribeTable, described()),
        (EnableProtection, None),
        (DescribeTable, described()),
        (WriteTags, None),
    )


def test_what_an_engine_does_not_know_is_left_out() -> None:
    table = Table("plain", pk="id", point_in_time_recovery=True, deletion_protection=True, tags={"a": "1"})
    unknown = UnknownOperation("unknown")
    old = {name: value for name, value in described().items() if name != "DeletionProtectionEnabled"}
    there = ((DescribeTable, old), (DescribeRecovery, unknown), (DescribeTags, unknown))
    assert play(create_tables([table]), *there) == []


def test_deleting_waits_until_a_table_can_be_deleted_and_is_gone() -> None:
    pauses = play(
        delete_tables([plain]),
        (DeleteTable, ResourceInUse("being created")),
        (DeleteTable, None),
        (DescribeTable, described("DELETING")),
        (DescribeTable, MISSING),
    )
    assert pauses == pytest.approx([0.1, 0.1])


def with_index(status: str, backfilling: bool = False) -> dict[str, Any]:
    key = [{"AttributeName": "a", "KeyType": "HASH"}]
    found = {"IndexName": "by-a", "KeySchema": key, "Projection": {"ProjectionType": "ALL"}, "IndexStatus": status}
    kinds = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "a")]
    return described(AttributeDefinitions=kinds, GlobalSecondaryIndexes=[{**found, "Backfilling": backfilling}])


def test_an_index_that_is_being_deleted_is_made_anew_once_it_is_gone() -> None:
    pauses = play(
        add_index(indexed, "by-a"),
        (DescribeTable, with_index("DELETING")),
        (DescribeTable, with_index("DELETING")),
        (DescribeTable, described()),
        (CreateIndex, None),
        (DescribeTable, with_index("CREATING")),
        (DescribeTable, with_index("ACTIVE")),
    )
    assert pauses == pytest.approx([0.1, 0.15])


def test_an_index_that_somebody_takes_away_is_not_waited_for() -> None:
    look = (DescribeTable, described())
    with pytest.raises(NotReady, match="was taken away while it was waited for"):
        play(add_index(indexed, "by-a"), look, look, (CreateIndex, None), look, look)


def test_an_index_is_waited_for_as_long_as_it_takes_and_each_look_is_told() -> None:
    seen = list[IndexProgress]()
    looks = [(DescribeTable, with_index("CREATING", True))] * 400
    pauses = play(
        add_index(indexed, "by-a", seen.append),
        (DescribeTable, with_index("CREATING")),
        *looks,
        (DescribeTable, with_index("ACTIVE")),
    )
    assert max(pauses) == 5.0
    assert sum(pauses) > 1800
    assert (seen[0].backfilling, seen[-1].status, seen[-1].waited) == (True, "ACTIVE", sum(pauses))


def test_a_table_has_settled_once_all_its_indexes_have() -> None:
    def with_index(status: str, table: str = "ACTIVE") -> dict[str, Any]:
        return described(table, GlobalSecondaryIndexes=[{"IndexName": "by-a", "IndexStatus": status}])

    looks = [with_index("ACTIVE", "UPDATING"), with_index("CREATING"), with_index("ACTIVE")]
    assert len(play(settle(indexed), *[(DescribeTable, look) for look in looks])) == 2


def test_settling_has_an_end() -> None:
    endless = [(DescribeTable, described("UPDATING"))] * 1_000
    with pytest.raises(NotReady, match="'plain' is still being changed after 18"):
        play(settle(plain), *endless)
