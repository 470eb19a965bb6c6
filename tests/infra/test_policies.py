"""Policies made of access patterns allow what these do, and nothing else."""

import pytest

from dynalayer import (
    AccessPattern,
    Attr,
    Database,
    DefinitionError,
    Entity,
    Get,
    Table,
    any_,
    attr,
    primary,
    scan,
)
from dynalayer.infra import Grant, Infrastructure, Tenant, cloudformation_template, environment
from dynalayer.testing import Faults

from .iam import allows, asked_by
from .shop import ACCOUNTS, BUYING, COUNTING, SELF_SERVICE, Account, Order, Stock, orders, stock

KEYS = {"Orders": "PK", "Stock": "item", ("Orders", "by-state"): "state"}
ADA = {"aws:PrincipalTag/customer": "ada"}


def document(grant):
    stack = Infrastructure("shop", tables=[orders, stock], grants=[grant])
    made = cloudformation_template(stack, environment("dev"))["Resources"]
    (policy,) = [each for each in made.values() if each["Type"] == "AWS::IAM::ManagedPolicy"]
    return policy["Properties"]["PolicyDocument"]


def actions(grant):
    return {
        (str(statement["Resource"]), action)
        for statement in document(grant)["Statement"]
        for action in statement["Action"]
    }


@pytest.fixture
def faults():
    return Faults(Database("memory:").connection)


@pytest.fixture
def db(faults):
    with Database(faults) as database:
        database.create_tables(orders, stock)
        database.put(Stock(item="pen", count=5))
        database.put(Order(customer="ada", id="1", state="new", lines=1))
        database.put(Order(customer="bob", id="2", state="new", lines=1))
        faults.calls.clear()
        yield database


def allowed(faults, grant, variables=None):
    """Whether the grant allows all that the recorded calls ask."""
    policy = document(grant)
    asked = [each for call in faults.calls for each in asked_by(call.operation, call.request, KEYS, suffix="-dev")]
    assert asked
    return all(allows(policy, each, variables) for each in asked)


def test_a_transaction_needs_the_actions_of_its_parts():
    assert actions(Grant("buying", BUYING)) == {
        ("{'Fn::GetAtt': ['OrdersTable', 'Arn']}", "dynamodb:ConditionCheckItem"),
        ("{'Fn::GetAtt': ['OrdersTable', 'Arn']}", "dynamodb:PutItem"),
        ("{'Fn::GetAtt': ['OrdersTable', 'Arn']}", "dynamodb:Query"),
        ("{'Fn::GetAtt': ['StockTable', 'Arn']}", "dynamodb:UpdateItem"),
    }


def test_an_index_is_reached_by_its_own_arn_and_batches_by_their_own_actions():
    assert actions(Grant("counting", COUNTING)) == {
        ("{'Fn::Sub': '${OrdersTable.Arn}/index/by-state'}", "dynamodb:Query"),
        ("{'Fn::GetAtt': ['StockTable', 'Arn']}", "dynamodb:BatchGetItem"),
        ("{'Fn::GetAtt': ['StockTable', 'Arn']}", "dynamodb:BatchWriteItem"),
    }


def test_no_policy_has_a_wildcard_for_an_action_or_a_resource():
    for grant in (Grant("buying", BUYING), Grant("counting", COUNTING), ACCOUNTS):
        for statement in document(grant)["Statement"]:
            assert "*" not in str(statement["Resource"])
            assert all(action.startswith("dynamodb:") and "*" not in action for action in statement["Action"])


def test_what_a_part_does_is_allowed_and_what_another_does_is_not(faults, db):
    list(db.query(Order.key.partition("ada")))
    assert allowed(faults, Grant("buying", BUYING))
    assert not allowed(faults, Grant("counting", COUNTING))
    faults.calls.clear()
    db.delete(Order.key("ada", "1"))
    assert not allowed(faults, Grant("buying", BUYING))


def test_a_read_of_some_attributes_may_not_read_others(faults, db):
    grant = Grant("lines", [AccessPattern("lines", Order.key.partition(any_(str)).select(Order.lines), items=9)])
    list(db.query(Order.key.partition("ada").select(Order.lines)))
    assert allowed(faults, grant)
    faults.calls.clear()
    list(db.query(Order.key.partition("ada").select(Order.day)))
    assert not allowed(faults, grant)
    faults.calls.clear()
    list(db.query(Order.key.partition("ada")))
    assert not allowed(faults, grant)


def test_a_read_of_what_a_map_holds_is_allowed_the_map_and_nothing_of_the_same_name():
    inner = Table("Inner", pk="PK")

    class Note(Entity, table=inner, inside="Data"):
        id: Attr[str] = attr(max_bytes=8)
        text: Attr[str] = attr(default="")
        kind: Attr[str] = attr(default="", outside=True)
        key = primary(id, pk="NOTE#{id}")

    read = Note.key.partition(any_(str)).where(Note.id != "x").select(Note.text, Note.kind)
    stack = Infrastructure("inner", tables=[inner], grants=[Grant("read", [AccessPattern("read", read, items=1)])])
    made = cloudformation_template(stack, environment("dev"))["Resources"]
    (policy,) = [each for each in made.values() if each["Type"] == "AWS::IAM::ManagedPolicy"]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"] == ["Data", "PK", "kind"]


def test_whole_items_may_be_read_in_parts_as_well(faults, db):
    grant = Grant("both", [*COUNTING, AccessPattern("whole", Order.key.partition(any_(str)), items=1)])
    list(db.query(Order.key.partition("ada").select(Order.lines)))
    assert allowed(faults, grant)


def test_a_tenant_reaches_their_own_partitions_only(faults, db):
    db.get(Order.key("ada", "1"))
    db.update(Order.key("ada", "1"), Order.lines.set(2))
    list(db.query(Order.key.partition("ada")))
    assert allowed(faults, SELF_SERVICE, ADA)
    assert not allowed(faults, SELF_SERVICE, {"aws:PrincipalTag/customer": "bob"})
    assert not allowed(faults, SELF_SERVICE)


@pytest.mark.parametrize("other", ["bob", "ada#", "adam", "*", "?da"])
def test_no_other_customer_is_taken_for_the_tenant(faults, db, other):
    db.get(Order.key(other, "1"))
    assert not allowed(faults, SELF_SERVICE, ADA)


@pytest.mark.parametrize("tag", ["*", "a*", "???"])
def test_a_tag_is_no_pattern(faults, db, tag):
    db.get(Order.key("ada", "1"))
    assert not allowed(faults, SELF_SERVICE, {"aws:PrincipalTag/customer": tag})


def test_a_unique_value_is_written_and_deleted_with_its_item(faults, db):
    db.create(Account(customer="ada", email="ada@example.com"))
    db.put(Account(customer="ada", email="lovelace@example.com"))
    assert allowed(faults, ACCOUNTS)


@pytest.mark.parametrize(
    ("patterns", "words"),
    [
        ([AccessPattern("all", scan(Order), scan="to export them")], "reads the items of every tenant"),
        (
            [AccessPattern("stock", Get(Stock.key(any_(str))))],
            "the partitions of Stock are made of item, not of customer",
        ),
        (
            [COUNTING[0]],
            "Order in index 'by-state' are made of state",
        ),
        (ACCOUNTS.patterns, "unique attributes, whose values are held in partitions of no tenant"),
    ],
    ids=["scan", "other key", "index", "unique"],
)
def test_a_tenant_is_not_granted_what_cannot_be_held_to_them(patterns, words):
    with pytest.raises(DefinitionError, match=words):
        document(Grant("tenant", patterns, tenant=SELF_SERVICE.tenant))


def test_a_grant_without_patterns_is_refused():
    with pytest.raises(DefinitionError, match="'nothing' has no access pattern"):
        document(Grant("nothing", []))


def test_a_grant_reaches_only_tables_that_the_stack_makes_or_uses():
    stack = Infrastructure("shop", tables=[stock], grants=[Grant("buying", BUYING)])
    with pytest.raises(DefinitionError, match="'buying' reaches the table 'Orders-dev', which the stack neither makes"):
        cloudformation_template(stack, environment("dev"))


def test_a_table_of_another_stack_is_reached_by_its_name():
    stack = Infrastructure("shop", uses=[stock], grants=[Grant("a", [AccessPattern("b", Get(Stock.key(any_(str))))])])
    made = cloudformation_template(stack, environment("dev"))["Resources"]["APolicy"]["Properties"]
    assert made["PolicyDocument"]["Statement"][0]["Resource"] == {
        "Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/Stock-dev"
    }


def test_the_same_patterns_in_another_order_give_the_same_policy():
    tenant = Tenant("customer", "aws:PrincipalTag/customer")
    for patterns in (
        BUYING + COUNTING,
        SELF_SERVICE.patterns,
    ):
        assert document(Grant("a", patterns)) == document(Grant("a", list(reversed(patterns))))
    assert document(SELF_SERVICE) == document(Grant("self-service", SELF_SERVICE.patterns, tenant=tenant))


def test_a_policy_that_iam_would_not_take_is_refused():
    patterns = []
    tables = []
    for n in range(40):
        table = Table(f"{'Long' * 30}{n}", pk="id")

        class Thing(Entity, table=table):
            id: Attr[str] = attr(max_bytes=9)
            key = primary(id)

        patterns.append(AccessPattern(f"thing {n}", Get(Thing.key(any_(str)))))
        tables.append(table)
    stack = Infrastructure("shop", tables=tables, grants=[Grant("all", patterns)])
    with pytest.raises(DefinitionError, match=r"policy of the grant 'all' has [0-9]+ characters, at most 6144"):
        cloudformation_template(stack, environment("dev"))


def test_the_next_page_may_be_asked_for(faults, db):
    for n in range(3):
        db.put(Order(customer="eve", id=str(n), state="new", lines=n))
    faults.calls.clear()
    page = db.page(Order.by_state("new").expired().select(Order.total, Order.lines), size=2)
    db.page(Order.by_state("new").expired().select(Order.total, Order.lines), size=2, after=page.cursor)
    assert any("ExclusiveStartKey" in call.request for call in faults.calls)
    assert allowed(faults, Grant("counting", COUNTING))
