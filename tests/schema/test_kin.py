"""Entities derived from another: they share its keys and are told apart by the table's discriminator."""

from __future__ import annotations

import pytest

from dynalayer import (
    Attr,
    ConditionFailed,
    Database,
    DefinitionError,
    Entity,
    Index,
    ItemNotFound,
    Table,
    attr,
    index,
    primary,
)
from dynalayer.statements import Raw, scan

zoo = Table("zoo", pk="PK", sk="SK", indexes=[Index("GSI1", pk="GSI1PK", sk="GSI1SK")], discriminator="kind")


class Animal(Entity, table=zoo, camel_case=True):
    house: Attr[str] = attr()
    id: Attr[str] = attr()
    first_name: Attr[str] = attr(default="?")
    key = primary(house, id, pk="HOUSE#{house}", sk="ANIMAL#{id}")
    by_name = index("GSI1", first_name, id, pk="NAME#{first_name}", sk="ANIMAL#{id}")


class Dog(Animal):
    good: Attr[bool] = attr(default=True)


class Puppy(Dog, name="pup"):
    weeks_old: Attr[int] = attr()


class Cat(Animal):
    lives: Attr[int] = attr(default=9)


@pytest.fixture
def db() -> Database:
    db = Database("memory:")
    db.create_tables(zoo)
    db.batch_write(
        put=[
            Animal(house="a", id="0"),
            Dog(house="a", id="1", first_name="Rex"),
            Puppy(house="a", id="2", weeks_old=7),
            Cat(house="a", id="3"),
        ]
    )
    return db


def test_a_read_of_the_base_gives_each_item_as_what_it_is(db: Database) -> None:
    assert [type(each) for each in db.query(Animal.key.partition("a"))] == [Animal, Dog, Puppy, Cat]
    assert db.get(Animal.key("a", "2")) == Puppy(house="a", id="2", weeks_old=7)
    assert [type(each) for each in db.query(Animal.by_name("?"))] == [Animal, Puppy, Cat]


def test_a_read_of_a_derived_entity_gives_its_kind_and_those_derived_from_it(db: Database) -> None:
    assert [each.id for each in db.query(Dog.key.partition("a"))] == ["1", "2"]
    assert [each.id for each in db.query(Cat.key.partition("a").where(Cat.lives > 3).limit(5))] == ["3"]
    assert db.get(Dog.key("a", "3")) is None
    assert db.batch_get([Dog.key("a", "2"), Dog.key("a", "3")]) == [Puppy(house="a", id="2", weeks_old=7), None]
    assert db.count(Dog.key.partition("a")) == 2
    assert sorted(each.id for each in db.scan(scan(Dog))) == ["1", "2"]


def test_a_write_of_a_derived_entity_leaves_others_alone(db: Database) -> None:
    with pytest.raises(ItemNotFound):
        db.update(Dog.key("a", "3"), Dog.good.set(False))
    with pytest.raises(ConditionFailed):
        db.delete(Dog.key("a", "3"))
    assert db.get(Cat.key("a", "3")) == Cat(house="a", id="3")
    assert db.update(Dog.key("a", "2"), Dog.good.set(False)) == Puppy(house="a", id="2", weeks_old=7, good=False)


def test_an_update_by_the_base_keeps_what_the_item_is(db: Database) -> None:
    changed = db.update(Animal.key("a", "2"), Animal.first_name.set("Fido"), upsert=True)
    assert changed == Puppy(house="a", id="2", weeks_old=7, first_name="Fido")
    assert [each.id for each in db.query(Puppy.by_name("Fido"))] == ["2"]


def test_names_in_the_table_follow_the_base(db: Database) -> None:
    answer = db.run(
        Raw(
            "Query",
            {
                "TableName": "zoo",
                "KeyConditionExpression": "PK = :p AND SK = :s",
                "ExpressionAttributeValues": {":p": {"S": "HOUSE#a"}, ":s": {"S": "ANIMAL#2"}},
            },
        )
    )
    (item,) = answer["Items"]
    assert item["kind"] == {"S": "pup"}
    assert item["weeksOld"] == {"N": "7"}
    assert item["firstName"] == {"S": "?"}


def test_kin_need_a_table_that_says_what_items_are() -> None:
    plain = Table("plain", pk="id")

    class Base(Entity, table=plain):
        id: Attr[str] = attr()
        key = primary(id)

    with pytest.raises(DefinitionError, match=r"declare the table with discriminator=, Table\('plain'"):

        class Derived(Base):
            pass

    with pytest.raises(DefinitionError, match="Other is derived from Animal, so it is in"):

        class Other(Animal, table=plain):
            pass
