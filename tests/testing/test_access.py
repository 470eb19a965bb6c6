from types import ModuleType

import pytest

from dynalayer import AccessPattern, Attr, Entity, Get, Table, any_, attr, primary
from dynalayer.testing import assert_access_patterns

table = Table("asserted", pk="id")


class Note(Entity, table=table):
    id: Attr[str] = attr(max_bytes=40)
    key = primary(id)


class Loose(Entity, table=Table("loose", pk="id")):
    id: Attr[str] = attr()
    key = primary(id)


def module(*patterns: AccessPattern) -> ModuleType:
    made = ModuleType("asserted")
    made.__dict__["patterns"] = patterns
    return made


def test_patterns_that_are_right_give_their_report() -> None:
    report = assert_access_patterns(module(AccessPattern("note", Get(Note.key(any_(str))))))
    assert [row.pattern for row in report.rows] == ["note"]


def test_the_failure_is_the_report() -> None:
    with pytest.raises(AssertionError) as failure:
        assert_access_patterns(module(AccessPattern("loose", Get(Loose.key(any_(str))))))
    assert "warning [key-size] Loose: the key 'id' of loose can pass 2,048 bytes" in str(failure.value)
    assert "loose    GetItem    loose  id = ?" in str(failure.value)
