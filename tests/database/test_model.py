"""The typed layer on the embedded engine against a plain dictionary, over random sequences of operations."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dynalayer import ConditionFailed, Create, Database, Delete, ItemNotFound, TransactionCanceled, Update

from .shop import Order, shop

customers = st.sampled_from(["ada", "a#da", "ada#", "ADA"])
ids = st.sampled_from(["1", "2", "10", "#", "$", "1#2"])
states = st.none() | st.sampled_from(["new", "sent"])
orders = st.builds(
    Order, customer=customers, id=ids, state=states, lines=st.integers(-9, 9), tags=st.sets(st.sampled_from("abc"))
)

Identity = tuple[str, str]


class Shop(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.model: dict[Identity, Order] = {}
        self.db = Database("memory:")

    @initialize()
    def start(self) -> None:
        self.db.create_tables(shop)

    def teardown(self) -> None:
        self.db.close()

    @rule(order=orders)
    def put(self, order: Order) -> None:
        self.db.put(order)
        self.model[order.customer, order.id] = order

    @rule(order=orders)
    def create(self, order: Order) -> None:
        identity = (order.customer, order.id)
        try:
            self.db.create(order)
            assert identity not in self.model
            self.model[identity] = order
        except ConditionFailed:
            assert identity in self.model

    @rule(customer=customers, id=ids, step=st.integers(-3, 3), state=states, bound=st.integers(-9, 9))
    def update(self, customer: str, id: str, step: int, state: str | None, bound: int) -> None:
        old = self.model.get((customer, id))
        changes = (Order.lines.add(step), Order.total.add(Decimal("0.1")), Order.state.set(state))
        try:
            new = self.db.update(Order.key(customer, id), *changes, if_=Order.lines < bound)
        except (ItemNotFound, ConditionFailed):
            assert old is None or old.lines >= bound
            return
        assert old is not None
        assert old.lines < bound
        old.lines, old.total, old.state = old.lines + step, old.total + Decimal("0.1"), state
        assert new == old

    @rule(customer=customers, id=ids)
    def delete(self, customer: str, id: str) -> None:
        assert self.db.delete(Order.key(customer, id)) == self.model.pop((customer, id), None)

    @rule(first=orders, customer=customers, id=ids)
    def swap(self, first: Order, customer: str, id: str) -> None:
        there, gone = (first.customer, first.id), (customer, id)
        if there == gone:
            return
        possible = there not in self.model and gone in self.model
        try:
            self.db.transact(Create(first), Delete(Order.key(*gone), Order.id.exists()))
            assert possible
            self.model[there] = first
            del self.model[gone]
        except TransactionCanceled:
            assert not possible

    @rule(customer=customers, id=ids, upserted=st.integers(1, 3))
    def upsert(self, customer: str, id: str, upserted: int) -> None:
        self.db.run(Update(Order.key(customer, id), (Order.lines.add(upserted),), upsert=True))
        order = self.model.setdefault((customer, id), Order(customer=customer, id=id))
        order.lines += upserted

    @invariant()
    def every_item_is_read_as_it_was_written(self) -> None:
        keys = [Order.key(*identity) for identity in self.model]
        assert self.db.batch_get(keys) == list(self.model.values())

    @rule(customer=customers, size=st.integers(1, 3), low=ids, descending=st.booleans())
    def query(self, customer: str, size: int, low: str, descending: bool) -> None:
        query = Order.key.partition(customer).at_least(low)
        query = query.descending() if descending else query
        found, cursor = [], None
        while True:
            page = self.db.page(query, size=size, after=cursor)
            found += page.items
            cursor = page.cursor
            if cursor is None:
                break
        wanted = sorted(id for name, id in self.model if name == customer and id >= low)
        assert [order.id for order in found] == (wanted[::-1] if descending else wanted)

    @rule(state=st.sampled_from(["new", "sent"]))
    def by_state(self, state: str) -> None:
        found = sorted((order.customer, order.id) for order in self.db.query(Order.by_state(state)))
        assert found == sorted(identity for identity, order in self.model.items() if order.state == state)


Shop.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestShop = Shop.TestCase
