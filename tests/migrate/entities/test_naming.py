import pytest

from dynalayer.migrate.entities.naming import Names, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("UserId", ["user", "id"]),
        ("USER_ID", ["user", "id"]),
        ("GSI1PK", ["gsi1", "pk"]),
        ("HTTPServer", ["http", "server"]),
        ("by-title", ["by", "title"]),
        ("product_id#order_date", ["product", "id", "order", "date"]),
    ],
)
def test_a_name_is_parted_into_its_words(name: str, words: list[str]) -> None:
    assert words_of(name) == words


def test_no_name_is_given_twice_and_none_is_a_keyword() -> None:
    names = Names(frozenset({"attr"}))
    assert [names.attribute(each) for each in ("User-Id", "userId", "user_id", "class", "attr", "2nd", "ß")] == [
        "user_id",
        "user_id_",
        "user_id_3",
        "class_",
        "attr_",
        "n2nd",
        "n",
    ]
    assert [names.class_(each) for each in ("ORDER_LINE", "orderLine")] == ["OrderLine", "OrderLine_"]
