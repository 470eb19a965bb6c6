import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.migrate.contract.templates import BadTemplate, composite, is_composite, parse_template, template_text
from dynalayer.migrate.contract.values import Placeholder, Template

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.]{0,8}", fullmatch=True)


@st.composite
def templates(draw: st.DrawFn) -> Template:
    parts: list[str | Placeholder] = []
    for part in draw(st.lists(st.one_of(st.text(min_size=1), names.map(Placeholder)))):
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            continue
        parts.append(part)
    return Template(tuple(parts))


@given(templates())
def test_a_template_that_is_written_and_read_is_the_same(template: Template) -> None:
    assert parse_template(template_text(template)) == template


@given(st.text())
def test_every_text_is_a_template_or_refused(text: str) -> None:
    try:
        template = parse_template(text)
    except BadTemplate:
        return
    assert parse_template(template_text(template)) == template


@pytest.mark.parametrize(
    ("name", "truth"), [("a#b", True), ("a", False), ("#a", False), ("a#", False), ("a##b", False)]
)
def test_a_composite_is_names_joined_by_hashes(name: str, truth: bool) -> None:
    assert is_composite(name) is truth


def test_a_composite_joins_its_parts_by_hashes() -> None:
    assert template_text(composite("a#b#c")) == "{a}#{b}#{c}"
