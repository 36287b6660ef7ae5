"""What the documents name is there: files, functions, floors, commands."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

import filmcolor
from tests.test_rooms import FLOORS

ROOT = Path(__file__).resolve().parent.parent
ARCHITECTURE = ROOT / "docs" / "architecture.md"
PAGES = sorted(
    path
    for folder in (ROOT, *(ROOT / name for name in ("benchmarks", "docs", "models", "samples")))
    for path in folder.glob("*.md")
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    local = [link.partition("#")[0] for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"\b((?:filmcolor|tests|benchmarks|examples)/[\w/.]*\w\.\w+)", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_benchmarks_that_are_named_can_be_run(page: Path) -> None:
    named = set(re.findall(r"python -m (benchmarks[.\w]*\w)", page.read_text(encoding="utf-8")))
    for module in named - {"benchmarks.NAME"}:
        found = importlib.util.find_spec(module)
        assert found is not None, module
        if found.submodule_search_locations is not None:
            assert importlib.util.find_spec(f"{module}.__main__") is not None, module


def test_every_hop_is_where_the_table_says() -> None:
    rows = re.findall(r"^\| [^|]* \| (`.*`\)) \| [\w, ]* \|$", _architecture(), re.MULTILINE)
    assert len(rows) > 15
    for row in rows:
        for names, path in re.findall(r"((?:`\w+`(?:, )?)+) \(`([^`]+)`\)", row):
            text = (ROOT / path).read_text(encoding="utf-8")
            for name in re.findall(r"\w+", names):
                assert re.search(rf"^(def|class) {name}\b", text, re.MULTILINE), f"{name} ({path})"


def test_floors_are_those_that_are_tested() -> None:
    rows = re.findall(r"^\| (\d+) \| (`.*`) \|$", _architecture(), re.MULTILINE)
    told = {int(number): set(re.findall(r"\w+", rooms)) for number, rooms in rows}
    assert told == dict(enumerate(FLOORS, 1))


def test_every_room_is_told_of() -> None:
    told = set(re.findall(r"^\| `(\w+)(?:/|\.py)` \|", _architecture(), re.MULTILINE))
    assert told | {"__main__"} == set().union(*FLOORS)


def test_the_changelog_tells_of_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(filmcolor.__version__)} - \d{{4}}-\d\d-\d\d$", text, re.M)


def _architecture() -> str:
    return ARCHITECTURE.read_text(encoding="utf-8")
