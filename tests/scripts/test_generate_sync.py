import subprocess
import sys

import pytest

from scripts.generate_sync import PAIRS, ROOT, to_sync


@pytest.mark.parametrize(
    ("awaited", "plain"),
    [
        ("async def f() -> None:\n    await g()\n", "def f() -> None:\n    g()\n"),
        ("async with a as b:\n    pass\n", "with a as b:\n    pass\n"),
        ("x = [y async for y in z]\n", "x = [y for y in z]\n"),
        ("def f(c: AsyncConnection) -> AsyncIterator[int]: ...\n", "def f(c: Connection) -> Iterator[int]: ...\n"),
        ("x = 'await async'  # await a comment\n", "x = 'await async'  # await a comment\n"),
        ("return (await f(await g()))\n", "return (f(g()))\n"),
    ],
)
def test_only_what_is_awaited_changes(awaited: str, plain: str) -> None:
    assert to_sync('"""Text."""\n' + awaited, "a.py").partition('"""\n')[2] == plain


def test_the_generated_modules_are_current_and_say_what_they_are() -> None:
    assert subprocess.run([sys.executable, ROOT / "scripts/generate_sync.py", "--check"]).returncode == 0
    for source, target in PAIRS.items():
        assert (ROOT / target).read_text().startswith(f'"""Generated from `{source.rpartition("/")[2]}`')
