"""Data flows one way: no room of the package imports one that stands above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import filmcolor

PACKAGE = Path(filmcolor.__file__).parent

FLOORS = (
    {"errors", "summary", "wording"},
    {"events"},
    {"settings", "system"},
    {"color"},
    {"media", "motion"},
    {"planning"},
    {"networks"},
    {"script"},
    {"coloring"},
    {"jobs"},
    {"previews", "evaluation", "keyframes"},
    {"api", "training"},
    {"viewing", "queue"},
    {"studio"},
    {"cli"},
    {"__main__"},
)
"""From the ground up. What stands on one floor does not import each other either."""


def test_every_room_has_a_floor() -> None:
    found = {path.stem if path.is_file() else path.name for path in PACKAGE.iterdir()}
    found -= {"__init__", "__pycache__", "models"}
    found -= {path.stem for path in PACKAGE.iterdir() if path.is_file() and path.suffix != ".py"}
    assert found == set().union(*FLOORS)


def test_few_modules_stand_outside_of_the_rooms() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 8


def test_no_room_imports_one_above_it() -> None:
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    wrong = [
        f"{path.relative_to(PACKAGE)}: {target}"
        for room in floor
        for path in _modules(room)
        for target in _imported(path)
        if target != room and floor[target] >= floor[room]
    ]
    assert wrong == []


def _modules(room: str) -> list[Path]:
    folder = PACKAGE / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def _imported(path: Path) -> Iterator[str]:
    """Yield the rooms that a module imports, wherever in it that happens."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "filmcolor":
            # `__version__` is all that the package itself holds
            yield from (alias.name for alias in node.names if alias.name != "__version__")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("filmcolor."):
            yield str(node.module).split(".")[1]
        elif isinstance(node, ast.Import):
            named = [alias.name.split(".") for alias in node.names]
            yield from (parts[1] for parts in named if parts[0] == "filmcolor" and len(parts) > 1)
