"""A file is seen whole or not at all, and nothing is left beside it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from filmcolor import OutputError
from filmcolor.system.atomic_output import atomic_output
from filmcolor.system.outputs import output_file, write_durably


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "film.color.mp4"
    path.write_bytes(b"old")
    with atomic_output(path) as unfinished:
        unfinished.write_bytes(b"new")
        assert path.read_bytes() == b"old"
        assert unfinished.parent == tmp_path
        assert unfinished.name.startswith(".")
        assert unfinished.suffix == ".mp4"
    assert path.read_bytes() == b"new"
    assert _names(tmp_path) == ["film.color.mp4"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_what_fails_leaves_the_old_file_alone(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "table.npy"
    path.write_bytes(b"old")

    def write() -> None:
        with atomic_output(path) as unfinished:
            unfinished.write_bytes(b"half of the n")
            raise error

    with pytest.raises(error):
        write()
    assert path.read_bytes() == b"old"
    assert _names(tmp_path) == ["table.npy"]


def test_two_at_once(tmp_path: Path) -> None:
    """Each writes a file of its own; the later one stays."""
    path = tmp_path / "table.npy"
    with atomic_output(path) as later, atomic_output(path) as earlier:
        earlier.write_bytes(b"earlier")
        later.write_bytes(b"later")
    assert path.read_bytes() == b"later"
    assert _names(tmp_path) == ["table.npy"]


def test_errors_name_the_file_that_people_know(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    with pytest.raises(OutputError) as found, atomic_output(path) as unfinished:
        raise OutputError(f"{unfinished}: cannot be written.")
    assert str(found.value) == f"{path}: cannot be written."


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_everybody_may_read_it(tmp_path: Path) -> None:
    """As what any program writes: a file of a private kind would be of no use to others."""
    path, plain = tmp_path / "new", tmp_path / "plain"
    plain.touch()
    write_durably(path, b"new")
    assert path.stat().st_mode == plain.stat().st_mode


def test_what_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "film.plan.json"
    with (
        pytest.raises(OutputError, match="exists already"),
        output_file(path, tmp_path / "film.mp4", overwrite=False) as unfinished,
    ):
        unfinished.write_bytes(b"ours")
        path.write_bytes(b"somebody else's")
    assert path.read_bytes() == b"somebody else's"
    assert _names(tmp_path) == ["film.plan.json"]


def test_folders_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "result.png"
    with (
        pytest.raises(OutputError, match="nothing can be written there"),
        output_file(path, tmp_path / "photo.png", overwrite=False),
    ):
        pytest.fail("it should not have come to the work")
