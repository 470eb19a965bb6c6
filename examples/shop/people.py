"""Customers and staff of the shop: each does what such people do, and remembers what was acknowledged.

Rows are shared out, so that each is changed by one of them alone and has one last state that must be found.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from examples.shop.application import Session

Key = dict[str, str]


class View(Struct, frozen=True):
    """How rows of one entity are looked at: by a query for a row, and by attributes of its item for its columns."""

    entity: str
    sql: str
    names: tuple[str, ...]


class Known(Struct, frozen=True):
    """What a row was acknowledged to be: its number, the key of its item, and its fields, None if it is deleted.

    `moved` is where the item of a row was that has another key now: there is none any more, and the row is elsewhere.
    """

    view: View
    number: int
    item_key: Key
    fields: tuple[Any, ...] | None
    moved: bool = False


USER = View("Users/USER", "SELECT username, email FROM users WHERE id = %s", ("username", "email"))
CART = View("Users/CART", "SELECT quantity FROM shopping_carts WHERE id = %s", ("quantity",))
ORDER = View(
    "Users/ORDER",
    "SELECT status, total_amount, (SELECT COUNT(*) FROM order_items WHERE order_id = orders.id)"
    " FROM orders WHERE id = %s",
    ("order_status", "total_amount", "order_items"),
)
PRODUCT = View("Products/Products", "SELECT name, price FROM products WHERE id = %s", ("name", "price"))
CATEGORY = View("Categories/Categories", "SELECT name, parent_id FROM categories WHERE id = %s", ("name", "parent_id"))
_GONE = 500


def fields(*values: Any) -> tuple[Any, ...]:
    """Fields as they are compared: numbers by value, lists by how long they are."""
    return tuple(_plain(value) for value in values)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return Decimal(len(value))
    return Decimal(str(value)) if isinstance(value, (int, float, Decimal)) else value


class Person:
    """Someone who acts: `act` does one thing, `known` tells all rows that are this one's to know."""

    def __init__(self, session: Session, chance: random.Random) -> None:
        self.session = session
        self.chance = chance
        self._gone: dict[tuple[tuple[str, str], ...], Known] = {}

    def act(self) -> Known | None:
        """Do one thing; gives the row to look at afterwards."""
        raise NotImplementedError

    def known(self) -> Iterator[Known]:
        """All rows that were written, as they must be now."""
        yield from self._gone.values()

    def gone(self, view: View, number: int, item_key: Key, *, moved: bool = False) -> Known:
        """A row that was deleted, or an item that has another key now."""
        found = Known(view, number, item_key, None, moved)
        self._gone[tuple(item_key.items())] = found
        while len(self._gone) > _GONE:
            del self._gone[next(iter(self._gone))]
        return found

    def back(self, item_key: Key) -> None:
        """There is an item of that key again."""
        self._gone.pop(tuple(item_key.items()), None)


class Order(Struct):
    """An order as its customer knows it."""

    user: int
    created: str
    status: str
    total: Decimal
    lines: list[int]


class Customer(Person):
    """Fills carts, orders, changes their mind, moves to another e-mail address, for users of their own."""

    def __init__(self, session: Session, chance: random.Random, users: dict[int, str], products: int) -> None:
        super().__init__(session, chance)
        self._emails = users
        self._products = products
        self._written: set[int] = set()
        self._carts: dict[tuple[int, int], tuple[int, int]] = {}
        self._orders: dict[int, Order] = {}
        rows = session.rows("SELECT user_id, product_id, id, quantity FROM shopping_carts")
        self._carts = {(user, product): (number, count) for user, product, number, count in rows if user in users}

    def act(self) -> Known | None:
        user = self.chance.choice(list(self._emails))
        act: Callable[[int], Known | None] = self.chance.choices(
            (self._put_in_cart, self._take_out, self._order, self._decide, self._forget, self._move),
            (8, 3, 4, 4, 1, 0.5),
        )[0]
        return act(user)

    def known(self) -> Iterator[Known]:
        yield from super().known()
        yield from (self._user(user) for user in self._written)
        yield from (self._cart(user, product) for user, product in self._carts)
        yield from (self._ordered(number) for number in self._orders)

    def _put_in_cart(self, user: int) -> Known:
        product, count = self.chance.randint(1, self._products), self.chance.randint(1, 9)
        held = self._carts.get((user, product))
        if held is None:
            number = self.session.insert("shopping_carts", user_id=user, product_id=product, quantity=count)
            self.back(self._cart_key(user, product))
        else:
            number = held[0]
            self.session.update("shopping_carts", number, quantity=count)
        self._carts[user, product] = number, count
        return self._cart(user, product)

    def _take_out(self, user: int) -> Known | None:
        held = [product for owner, product in self._carts if owner == user]
        if not held:
            return None
        product = self.chance.choice(held)
        number, _ = self._carts[user, product]
        self.session.delete("shopping_carts", number)
        del self._carts[user, product]
        return self.gone(CART, number, self._cart_key(user, product))

    def _order(self, user: int) -> Known:
        """The cart becomes an order: its rows go, and there is less of each product."""
        held = {product: count for (owner, product), (_, count) in self._carts.items() if owner == user}
        costs = {product: self._price(product) for product in held}
        total = sum((costs[product] * count for product, count in held.items()), Decimal("0.00"))
        now = datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat(" ")
        number = self.session.insert("orders", user_id=user, total_amount=total, status="pending", created_at=now)
        order = Order(user, now.replace(" ", "T") + "Z", "pending", total, [])
        self._orders[number] = order
        for product, count in held.items():
            line = {"order_id": number, "product_id": product, "quantity": count, "price_at_time": costs[product]}
            order.lines.append(self.session.insert("order_items", **line))
            sql = "UPDATE products SET inventory_quantity = inventory_quantity - %s WHERE id = %s"
            self.session.change("products", product, sql, count, product)
            cart, _ = self._carts[user, product]
            self.session.delete("shopping_carts", cart)
            del self._carts[user, product]
            self.gone(CART, cart, self._cart_key(user, product))
        return self._ordered(number)

    def _decide(self, user: int) -> Known | None:
        """An order is completed or cancelled."""
        if not self._orders:
            return None
        number = self.chance.choice(list(self._orders))
        status = self.chance.choice(("completed", "cancelled"))
        self.session.update("orders", number, status=status)
        self._orders[number].status = status
        return self._ordered(number)

    def _forget(self, user: int) -> Known | None:
        """An order is deleted, its lines first: rows that a cascade deletes are seen by nobody."""
        if not self._orders:
            return None
        number = self.chance.choice(list(self._orders))
        for line in self._orders[number].lines:
            self.session.delete("order_items", line)
        self.session.delete("orders", number)
        key = self._order_key(number)
        del self._orders[number]
        return self.gone(ORDER, number, key)

    def _move(self, user: int) -> Known:
        """Another e-mail address: the items of the user, the cart and the orders get other keys."""
        email = f"user{user}.{self.chance.randrange(10**9)}@example.org"
        moved = [self._user(user), *(self._cart(owner, product) for owner, product in self._carts if owner == user)]
        moved += [self._ordered(number) for number, order in self._orders.items() if order.user == user]
        self.session.update("users", user, email=email)
        self._emails[user] = email
        self._written.add(user)
        for each in moved:
            self.gone(each.view, each.number, each.item_key, moved=True)
        return self._user(user)

    def _price(self, product: int) -> Decimal:
        ((price,),) = self.session.rows("SELECT price FROM products WHERE id = %s", product)
        return Decimal(str(price))

    def _user(self, user: int) -> Known:
        email = self._emails[user]
        return Known(USER, user, {"PK": email, "SK": "#META"}, fields(f"user{user}", email))

    def _cart_key(self, user: int, product: int) -> Key:
        return {"PK": self._emails[user], "SK": f"CART#{product}"}

    def _cart(self, user: int, product: int) -> Known:
        number, count = self._carts[user, product]
        return Known(CART, number, self._cart_key(user, product), fields(count))

    def _order_key(self, number: int) -> Key:
        order = self._orders[number]
        return {"PK": self._emails[order.user], "SK": f"ORDER#{order.created}#{number}"}

    def _ordered(self, number: int) -> Known:
        order = self._orders[number]
        return Known(ORDER, number, self._order_key(number), fields(order.status, order.total, len(order.lines)))


class Staff(Person):
    """Changes prices, renames and moves categories, takes products in and out."""

    def __init__(self, session: Session, chance: random.Random) -> None:
        super().__init__(session, chance)
        products = session.rows("SELECT id, name, price FROM products")
        self._products = {number: (name, Decimal(str(price))) for number, name, price in products}
        categories = session.rows("SELECT id, name, parent_id FROM categories")
        self._categories: dict[int, tuple[str, int | None]] = {n: (name, parent) for n, name, parent in categories}
        self._own: list[int] = []
        self._written: set[int] = set()

    def act(self) -> Known | None:
        act: Callable[[], Known | None] = self.chance.choices(
            (self._price, self._rename_product, self._rename_category, self._move_category, self._take_in, self._drop),
            (8, 2, 1, 0.5, 2, 1),
        )[0]
        return act()

    def known(self) -> Iterator[Known]:
        yield from super().known()
        yield from (self._product(number) for number in self._written)
        yield from (self._category(number) for number in self._categories)

    def _price(self) -> Known:
        number = self.chance.choice(list(self._products))
        price = Decimal(self.chance.randint(1, 999_999)) / 100
        self.session.update("products", number, price=price)
        self._products[number] = self._products[number][0], price
        return self._product(number)

    def _rename_product(self) -> Known:
        number = self.chance.choice(list(self._products))
        name = f"Better thing {number}.{self.chance.randrange(10**6)}"
        self.session.update("products", number, name=name)
        self._products[number] = name, self._products[number][1]
        return self._product(number)

    def _take_in(self) -> Known:
        name, price = f"New thing {self.chance.randrange(10**9)}", Decimal(self.chance.randint(1, 9_999)) / 100
        category = self.chance.choice(list(self._categories))
        number = self.session.insert("products", seller_id=1, category_id=category, name=name, price=price)
        self._products[number] = name, price
        self._own.append(number)
        return self._product(number)

    def _drop(self) -> Known | None:
        if not self._own:
            return None
        number = self._own.pop(self.chance.randrange(len(self._own)))
        self.session.delete("products", number)
        del self._products[number]
        self._written.discard(number)
        return self.gone(PRODUCT, number, {"PK": str(number), "SK": "#META"})

    def _rename_category(self) -> Known:
        """The items of those under it get another key, too."""
        number = self.chance.choice(list(self._categories))
        self._change_category(number, f"Category {number}.{self.chance.randrange(10**6)}", self._categories[number][1])
        return self._category(number)

    def _move_category(self) -> Known:
        number = self.chance.choice(list(self._categories))
        parent = self.chance.choice([None, *(other for other in self._categories if other < number)])
        self._change_category(number, self._categories[number][0], parent)
        return self._category(number)

    def _change_category(self, number: int, name: str, parent: int | None) -> None:
        below = [other for other, (_, over) in self._categories.items() if over == number]
        before = [self._category(each) for each in (number, *below)]
        self.session.update("categories", number, name=name, parent_id=parent)
        self._categories[number] = name, parent
        for each in before:
            self.gone(each.view, each.number, each.item_key, moved=True)
        for each in (number, *below):
            self.back(self._category(each).item_key)

    def _product(self, number: int) -> Known:
        self._written.add(number)
        name, price = self._products[number]
        return Known(PRODUCT, number, {"PK": str(number), "SK": "#META"}, fields(name, price))

    def _category(self, number: int) -> Known:
        name, parent = self._categories[number]
        over = "ROOT" if parent is None else self._categories[parent][0]
        return Known(CATEGORY, number, {"PK": over, "SK": name}, fields(name, parent))
