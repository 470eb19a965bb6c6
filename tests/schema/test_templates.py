from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer import DefinitionError, InvalidValue
from dynalayer.schema.templates import may_meet, parse_template

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
moments = st.datetimes(timezones=st.just(UTC))
TYPES: dict[str, Any] = {"tenant": str, "user": str, "n": int, "at": datetime}
TEMPLATES = ["T#{tenant}#U#{user}", "{tenant}:{user}", "{tenant}/x-{user}", "A{tenant}_{user}#end", "{tenant}|{user}@"]


@pytest.mark.parametrize("source", TEMPLATES)
@given(a=texts, b=texts, c=texts, d=texts)
def test_different_values_never_give_one_key(source: str, a: str, b: str, c: str, d: str) -> None:
    template = parse_template(source, TYPES)
    first, second = {"tenant": a, "user": b}, {"tenant": c, "user": d}
    assert (template.build(first) == template.build(second)) == (first == second)


@pytest.mark.parametrize("source", TEMPLATES)
@given(a=texts, b=texts)
def test_parse_undoes_build(source: str, a: str, b: str) -> None:
    template = parse_template(source, TYPES)
    assert template.parse(template.build({"tenant": a, "user": b})) == {"tenant": a, "user": b}


@given(st.tuples(texts, st.integers(-(10**20), 10**20), moments), st.tuples(texts, st.integers(-9, 9), moments))
def test_tuples_sort_as_their_keys_do(first: tuple[str, int, datetime], second: tuple[str, int, datetime]) -> None:
    template = parse_template("S#{tenant}#{n}#{at}", TYPES)
    keys = [template.build(dict(zip(("tenant", "n", "at"), values, strict=True))) for values in (first, second)]
    assert (first < second) == (keys[0] < keys[1])


@given(texts, texts)
def test_no_tenant_reaches_the_partition_of_another(tenant: str, user: str) -> None:
    template = parse_template("TENANT#{tenant}#{user}", TYPES)
    own = template.build({"tenant": "acme", "user": "ada"})
    if (tenant, user) != ("acme", "ada"):
        assert template.build({"tenant": tenant, "user": user}) != own


@pytest.mark.parametrize("text", ["", "T#", "T##U#x", "T#a#U#", "T#a#V#b", "X#a#U#b", "T#a#U#b#c"])
def test_a_key_of_another_template_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="not of the template"):
        parse_template("T#{tenant}#U#{user}", TYPES).parse(text)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "must not be empty"),
        ("A#{nobody}", "names 'nobody'"),
        ("{tenant}{user}", "needs a separator"),
        ("{tenant}x{user}", "separates with 'x'"),
        ("{tenant!r}", "names 'tenant'"),
        ("{n:x}", "format 'x'"),
    ],
)
def test_a_template_that_could_collide_is_refused(source: str, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        parse_template(source, TYPES)


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [
        ("A#{tenant}", "A#{user}", True),
        ("A#{tenant}", "B#{user}", False),
        ("A#{tenant}", "AB#{user}", False),
        ("A#{tenant}", "A", False),
        ("ORDER#{n}", "ORDER#{n}#LINE#{user}", True),
        ("PROFILE", "PROFILE#{n}", False),
        ("{tenant}", "B#{user}", True),
        ("U#{tenant}#A", "U#{tenant}#B", False),
        ("U#{tenant}:x", "U#{tenant}", True),
        ("X{tenant}", "XY{user}", True),
    ],
)
def test_templates_meet_when_a_key_of_one_can_begin_like_a_key_of_the_other(
    first: str, second: str, meet: bool
) -> None:
    a, b = parse_template(first, TYPES), parse_template(second, TYPES)
    assert may_meet(a, b) is may_meet(b, a) is meet


def test_an_empty_part_is_named() -> None:
    with pytest.raises(InvalidValue, match=r"key part 'user': .*empty"):
        parse_template("A#{user}", TYPES).build({"user": ""})


RAW = ["T#{tenant:raw}#U#{user:raw}", "{tenant:raw}:{user:raw}", "{tenant:raw}#{n:raw}", "A{tenant:raw}_{user}#end"]


@pytest.mark.parametrize("source", RAW)
@given(a=texts, b=texts, c=texts, d=texts, m=st.integers(), n=st.integers())
def test_raw_values_stand_as_they_are_or_are_refused(
    source: str, a: str, b: str, c: str, d: str, m: int, n: int
) -> None:
    template, keys = parse_template(source, TYPES), list[str]()
    tuples = [{"tenant": a, "user": b, "n": m}, {"tenant": c, "user": d, "n": n}]
    chosen = [{name: values[name] for name in template.fields} for values in tuples]
    for values in chosen:
        try:
            keys.append(template.build(values))
        except InvalidValue:
            return
        assert template.parse(keys[-1]) == values
        assert ":raw" not in source.partition("}")[2] or keys[-1] == source.replace(":raw", "").format(**values)
    assert (keys[0] == keys[1]) == (chosen[0] == chosen[1])


@pytest.mark.parametrize(("source", "word"), [("{tenant:raw}#{user}", "'#'"), ("{tenant:raw}/a#{user}", "'#'")])
def test_a_raw_value_that_would_end_too_early_is_refused(source: str, word: str) -> None:
    template = parse_template(source, TYPES)
    with pytest.raises(InvalidValue, match=f"'tenant'.*raw.*must not contain {word}"):
        template.build({"tenant": "a#b", "user": "u"})
    assert parse_template("X#{tenant:raw}", TYPES).build({"tenant": "a#b/c"}) == "X#a#b/c"


def test_raw_is_for_texts_and_whole_numbers() -> None:
    with pytest.raises(DefinitionError, match="'raw' is for str and int"):
        parse_template("{at:raw}", TYPES)
