"""Changes of the shop's rows as its application might make them."""

from __future__ import annotations

import random


def statement(chance: random.Random) -> tuple[str, int, str]:
    number, other = chance.randint(1, 3), chance.randint(1, 3)
    return chance.choice(
        [
            ("products", number, f"UPDATE products SET price = {other}.10, category_id = {other} WHERE id = {number}"),
            (
                "order_items",
                number,
                f"UPDATE order_items SET order_id = {other}, quantity = 2 WHERE id = {number}",
            ),
            ("order_items", number, f"DELETE FROM order_items WHERE id = {number}"),
            (
                "order_items",
                number,
                "REPLACE INTO order_items (id, order_id, product_id, quantity, price_at_time) "
                f"VALUES ({number}, {other}, {number}, {other}, 1.5)",
            ),
            ("orders", number, f"UPDATE orders SET total_amount = {other}, user_id = {other} WHERE id = {number}"),
            ("categories", 2 + number, f"UPDATE categories SET parent_id = {1 + other % 2} WHERE id = {2 + number}"),
        ]
    )
