"""The environment is looked at in one place."""

from __future__ import annotations

import ast
from pathlib import Path

import filmcolor

PACKAGE = Path(filmcolor.__file__).parent


def test_environment_variables_are_read_in_one_module() -> None:
    readers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    }
    # An encoder's library looks for its own there, and cannot be told otherwise.
    assert readers == {"system/environment.py", "media/encode/encoder_options.py"}
