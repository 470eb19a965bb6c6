"""The small shop with known answers: names that look like nulls, an order without lines, categories of one name."""

ROWS = [
    """INSERT INTO users (id, username, email, password_hash, first_name, last_name, is_seller, created_at, updated_at)
    VALUES (1, 'admin', 'admin@example.com', 'x', 'Ada', 'null', 1, '2024-03-01 04:22:00', '2024-03-01 04:22:00'),
           (2, 'bob', 'bob@example.com', 'x', NULL, '', 0, '2024-03-02 00:00:00', '2024-03-02 00:00:00'),
           (3, 'carol', 'carol@example.com', 'x', 'Carol', 'Jones', 0, '2024-03-03 00:00:00', '2024-03-03 00:00:00')""",
    """INSERT INTO categories (id, name, parent_id) VALUES (1, 'Electronics', NULL), (2, 'Garden', NULL),
           (3, 'Laptops', 1), (4, 'Phones', 1), (5, 'Gaming', 3), (6, 'Accessories', 3), (7, 'Accessories', 4)""",
    """INSERT INTO products (id, seller_id, category_id, name, description, price)
    VALUES (1, 1, 3, 'Thin', NULL, 0.10), (2, 1, 3, 'Thick', '', 12345678.99), (3, 1, 1, 'Cable', 'long', 5)""",
    "INSERT INTO shopping_carts (id, user_id, product_id, quantity) VALUES (1, 2, 1, 2), (2, 3, 2, 1)",
    """INSERT INTO orders (id, user_id, total_amount, created_at)
    VALUES (1, 2, 10, '2024-04-01 04:22:00'), (2, 3, 20, '2024-04-02 04:22:00'), (3, 2, 0, '2024-04-03 04:22:00')""",
    """INSERT INTO order_items (id, order_id, product_id, quantity, price_at_time)
    VALUES (2, 1, 2, 1, 9.90), (1, 1, 1, 1, 0.10), (3, 2, 3, 4, 5)""",
]
