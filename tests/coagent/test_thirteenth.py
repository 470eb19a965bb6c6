"""Another kind of item with an index is one declaration; it is run apart, since a table knows its kinds for good."""

import ast
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("thirteenth.py")
MOST_LINES = 8
"""The class with its docstring, four fields, its key and an index."""


def test_a_thirteenth_kind_is_one_declaration_with_lists_export_and_deletion() -> None:
    done = subprocess.run([sys.executable, str(PROGRAM)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Content and SavedContent overlap in table 'BayonCoAgent'")


def test_the_declaration_is_short() -> None:
    tree = ast.parse(PROGRAM.read_text())
    (declared,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    lines = ast.get_source_segment(PROGRAM.read_text(), declared)
    assert lines is not None
    assert len([line for line in lines.splitlines() if line.strip()]) <= MOST_LINES
