"""What has no exact form is refused when the class is made or the value is written, with its place and without it."""

from __future__ import annotations

import enum
import subprocess
import sys
from collections import namedtuple
from dataclasses import InitVar, dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal, Optional, TypedDict, TypeVar, Union

import pydantic
import pytest
from typing_extensions import TypeAliasType

from dynalayer import Attr, DefinitionError, Entity, InvalidValue, Table, attr, primary
from dynalayer.schema import codec_for

from .values import Address, Basket, Card, Cat, Dog, Item, Line, Names, Open, Pair, Plain, Point, Profile, Tree

LINE = Line("a", Decimal(1))
WRONG: Any = Line("b", "9")  # type: ignore[arg-type]
T = TypeVar("T")
holders = Table("refusals", pk="id")


class Mixed(enum.Enum):
    one = 1
    two = "2"


@dataclass
class Derived(Line):
    more: int = 0


@dataclass
class Made:
    width: int
    factor: InitVar[int]


@dataclass
class Listing:
    tags: set[str] | None = None


Untyped = namedtuple("Untyped", "a b")


@dataclass
class Twice:
    a: int
    b: int = field(metadata={"name": "a"})


class PathAlias(pydantic.BaseModel):
    n: int = pydantic.Field(validation_alias=pydantic.AliasPath("a", 0))


@dataclass
class One:
    kind: Literal["same"]


@dataclass
class Other:
    kind: Literal["same"]


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (datetime | str, "does not say which one"),
        (list[int] | list[str], "does not say which one"),
        (int | Decimal, "does not say which one"),
        (Line | Point, "does not say which one"),
        (str | Any, "does not say which one"),
        (One | Other, "have not each a tag of their own"),
        (set[str] | None, r"set of str \| None does not tell an empty set from None"),
        (Listing, r"Listing\.tags: .*does not tell an empty set from None"),
        (set[list[str]], "a set holds strings, numbers or bytes"),
        (dict[bool, str], "keys of a map"),
        (dict[tuple[int, int], str], "keys of a map"),
        (Mixed, "all str or all int"),
        (Literal["a", 1], "all str, all int"),
        (Made, "an InitVar"),
        (Untyped, "has no type"),
        (Twice, "two fields have one name"),
        (PathAlias, "the alias of n is a path"),
        (complex, "no exact form"),
        (type(None), "nothing to tell"),
    ],
)
def test_a_type_without_exact_form_is_refused_when_the_class_is_made(annotation: Any, words: str) -> None:
    namespace = {"__annotations__": {"id": Attr[str], "value": Attr[annotation]}, "__module__": __name__, "id": attr()}  # type: ignore[valid-type]
    with pytest.raises((DefinitionError, TypeError), match=words):
        type("Holder", (Entity,), {**namespace, "key": primary(namespace["id"])}, table=holders)


@pytest.mark.parametrize(
    ("annotation", "value", "words"),
    [
        (Address, Address("x", lines=[LINE, WRONG]), r"^lines\[1\]\.price: expected Decimal, got str$"),
        (list[list[int]], [[1], [2, "x"]], r"^\[1\]\[1\]: expected int, got str$"),
        (dict[str, list[int]], {"secret": ["x"]}, r"^\[\.\.\.\]\[0\]: expected int, got str$"),
        (tuple[int, str], (1, 2), r"^\[1\]: expected str, got int$"),
        (tuple[int, str], (1,), "expected 2 elements, got 1"),
        (list[int], (1, 2), "expected list of int, got tuple"),
        (tuple[int, ...], [1, 2], "expected tuple of int, got list"),
        (set[str], frozenset("a"), "expected set of str, got frozenset"),
        (list[set[str]], [{"a"}, set()], r"^\[1\]: an empty set cannot be stored"),
        (dict[str, int], {"": 1}, "must not be empty"),
        (dict[str, int], {1: 1}, "key of a map: expected str, got int"),
        (Line, Derived("a", Decimal(1)), "expected Line, got Derived"),
        (Literal["a", "b"], "c", "expected one of the 2 literals"),
        (Literal[1, 2], True, "expected int, got bool"),
        (str | int, 1.5, r"expected str \| int, got float"),
        (str | Decimal, Decimal("NaN"), "NaN and infinity"),
        (Cat | Dog, Plain("x"), r"expected Cat \| Dog, got Plain"),
        (float, 10**20 + 1, "no exact float"),
        (float, 1e-200, "range|underflow|magnitude|small|Number"),
        (datetime, datetime(2026, 1, 1), "time zone"),
        (datetime, datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))), "years 1 to 9999"),
        (time, time(1, tzinfo=UTC), "without a time zone"),
        (date, datetime(2026, 1, 1, tzinfo=UTC), "expected date, got datetime"),
        (Profile, {"name": "x", "age": 1, "nope": 2}, "does not declare"),
        (Profile, {"name": "x"}, "age: is missing"),
        (Profile, {"name": "x", "age": "1"}, "age: expected int"),
        (Pair, (1, "x"), "expected Pair, got tuple"),
        (Item, {"sku": "x"}, "expected Item, got dict"),
        (Names, ["x"], "expected Names, got list"),
        (Open, Open(n=1, x=object()), "object is not a type"),  # type: ignore[call-arg]
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_its_place(annotation: Any, value: Any, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        codec_for(annotation).write(value)


@pytest.mark.parametrize(
    ("annotation", "wire", "words"),
    [
        (Line, {"M": {"sku": {"S": "x"}}}, r"^price: the stored map has no member 'price'"),
        (list[Line], {"L": [{"M": {"sku": {"N": "1"}}}]}, r"^\[0\]\.sku: expected a value of DynamoDB type S, found N"),
        (list[date], {"L": [{"S": "secret"}]}, r"^\[0\]: what is stored is no date$"),
        (Literal["a"], {"S": "secret"}, "none of the 1 literals"),
        (Cat | Dog, {"M": {"kind": {"S": "secret"}}}, "the member 'kind'.*names none of them"),
        (str | int, {"BOOL": True}, "expected a value of DynamoDB type S or N, found BOOL"),
        (timedelta, {"N": "0.0000001"}, "at most six decimals"),
        (
            Item,
            {"M": {"SKU": {"S": ""}, "price": {"N": "1"}}},
            r"Item refuses what is stored \(SKU: string_too_short\)",
        ),
        (Basket, {"M": {"items": {"L": [{"M": {}}]}}}, r"^items\[0\]\.sku: the stored map has no member 'SKU'"),
    ],
)
def test_a_stored_value_that_does_not_fit_is_named_without_showing_it(annotation: Any, wire: Any, words: str) -> None:
    with pytest.raises(InvalidValue, match=words) as failed:
        codec_for(annotation).read(wire)
    assert "secret" not in str(failed.value)


def test_a_field_that_older_items_lack_has_its_default() -> None:
    assert codec_for(Line).read({"M": {"sku": {"S": "x"}, "price": {"N": "1"}}}) == Line("x", Decimal(1))
    assert codec_for(Plain).read({"M": {"firstName": {"S": "x"}}}) == Plain("x")


def test_none_where_the_default_is_another_value_is_stored_as_null() -> None:
    point = Point(x=1.0, y=2.0, label=None)
    wire = codec_for(Point).write(point)
    assert wire["M"]["label"] == {"NULL": True}
    assert codec_for(Point).read(wire) == point


def test_members_that_a_dataclass_does_not_declare_are_written_back() -> None:
    codec = codec_for(Address)
    wire = {"M": {"city": {"S": "x"}, "lines": {"L": []}, "planet": {"S": "earth"}}}
    found = codec.read(wire)
    assert found == Address("x")
    assert codec.write(found) == wire


def test_members_are_stored_under_the_names_that_their_class_gives_them() -> None:
    assert codec_for(Address).write(Address("x", "1"))["M"].keys() == {"city", "zipCode", "lines"}
    assert codec_for(Plain).write(Plain("x"))["M"].keys() == {"firstName", "lastName"}
    assert codec_for(Item).write(Item(SKU="x", price=Decimal(1)))["M"].keys() == {"SKU", "price"}
    assert codec_for(Dog).write(Dog("x"))["M"]["kind"] == {"S": "dog"}
    assert codec_for(Card).write(Card("x"))["M"]["method"] == {"S": "card"}


def test_old_spellings_of_unions_are_the_same_types() -> None:
    assert codec_for(Optional[int]).write(None) == {"NULL": True}  # noqa: UP045
    assert codec_for(Union[str, int]).write(3) == {"N": "3"}  # noqa: UP007


def test_classes_of_a_function_can_be_attributes_and_contain_each_other() -> None:
    @dataclass
    class Leaf:
        size: int
        above: Branch | None = None

    @dataclass
    class Branch:
        leaves: list[Leaf] = field(default_factory=list)

    class Named(TypedDict):
        leaf: Leaf

    class Plant(Entity, table=Table("plants", pk="id")):
        id: Attr[str] = attr()
        branch: Attr[Branch] = attr()
        named: Attr[Named | None] = attr(default=None)
        key = primary(id)

    plant = Plant(id="1", branch=Branch([Leaf(1, Branch([Leaf(2)]))]), named={"leaf": Leaf(3)})
    assert Plant.__definition__.decode(Plant.__definition__.encode(plant)) == plant


def test_an_optional_attribute_that_is_absent_is_none_whatever_its_default_is() -> None:
    class Started(Entity, table=Table("started", pk="id")):
        id: Attr[str] = attr()
        state: Attr[str | None] = attr(default="new")
        tags: Attr[set[str]] = attr(factory=lambda: {"a"})
        key = primary(id)

    assert Started(id="1").state == "new"
    cleared = Started(id="1", state=None, tags=set())
    assert Started.__definition__.decode(Started.__definition__.encode(cleared)) == cleared


def test_a_deep_value_is_read_to_its_end() -> None:
    tree = Tree("0")
    for n in range(1, 15):
        tree = Tree(str(n), [tree])
    codec = codec_for(Tree)
    assert codec.read(codec.write(tree)) == tree


def test_the_library_imports_no_pydantic() -> None:
    code = "import sys, dynalayer; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_aliases_stand_for_what_they_name_and_may_name_themselves() -> None:
    nick = TypeAliasType("nick", str | None)
    pairs = TypeAliasType("pairs", list[tuple[T, T]], type_params=(T,))
    assert codec_for(nick).write(None) == {"NULL": True}
    assert codec_for(pairs[int]).read(codec_for(pairs[int]).write([(1, 2)])) == [(1, 2)]

    class Json:
        """As `type Json = ...` of Python 3.12, whose value is looked up when it is asked for."""

        __name__ = "Json"

        @property
        def __value__(self) -> Any:
            return str | bool | None | list[json] | dict[str, json]  # type: ignore[valid-type]

    json: Any = Json()
    value = {"a": ["x", None, {"b": True}]}
    assert codec_for(json).read(codec_for(json).write(value)) == value
