"""Which files of folders are films to colour."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from filmcolor import InputError
from filmcolor.jobs.batch import BatchInput, find_inputs


def names_of(inputs: list[BatchInput]) -> list[str]:
    return [(item.folder / item.path.name).as_posix() for item in inputs]


def test_folder_alone_is_searched_without_its_folders(archive: Path, tmp_path: Path) -> None:
    assert names_of(find_inputs([archive], tmp_path / "out")) == ["a film.mp4"]


def test_recursive_search_mirrors_folders(archive: Path, tmp_path: Path) -> None:
    found = names_of(find_inputs([archive], tmp_path / "out", recursive=True))
    assert sorted(found) == [
        "1931/bad.mp4",
        "1931/photo.png",
        "1931/summer/beach.mp4",
        "a film.mp4",
    ]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.png", ["1931/photo.png"]),
        ("b*", ["1931/bad.mp4", "1931/summer/beach.mp4"]),
        ("*.txt", ["notes.txt"]),
    ],
)
def test_only_names_that_fit(
    archive: Path, tmp_path: Path, pattern: str, expected: list[str]
) -> None:
    found = find_inputs([archive], tmp_path / "out", recursive=True, pattern=pattern)
    assert sorted(names_of(found)) == expected


def test_wildcards_are_understood(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names_of(find_inputs([str(archive / "*.mp4")], tmp_path / "out")) == ["a film.mp4"]
    monkeypatch.chdir(archive)
    assert names_of(find_inputs(["*.mp4"], tmp_path / "out")) == ["a film.mp4"]
    assert names_of(find_inputs(["1931/*.png"], tmp_path / "out")) == ["photo.png"]


def test_wildcards_leave_out_results_and_hidden_files(
    archive: Path, tmp_path: Path, tiny_film: Path
) -> None:
    shutil.copy(tiny_film, archive / "a film.color.mp4")
    found = find_inputs([str(archive / "*")], tmp_path / "out")
    assert "a film.mp4" in names_of(found)
    assert not [item for item in found if ".color" in item.path.name or "hidden" in item.path.name]


def test_film_with_color_in_its_name_is_no_result(tmp_path: Path, tiny_film: Path) -> None:
    shutil.copy(tiny_film, tmp_path / "the.color.purple.mp4")
    assert names_of(find_inputs([tmp_path], tmp_path / "out")) == ["the.color.purple.mp4"]


def test_file_whose_name_looks_like_a_pattern(tmp_path: Path, tiny_film: Path) -> None:
    film = tmp_path / "reel [1].mp4"
    shutil.copy(tiny_film, film)
    assert names_of(find_inputs([film], tmp_path / "out")) == ["reel [1].mp4"]


def test_each_file_is_taken_once(archive: Path, tmp_path: Path) -> None:
    found = find_inputs([archive, archive / "a film.mp4", archive], tmp_path / "out")
    assert names_of(found) == ["a film.mp4"]


def test_results_are_not_taken_for_films(archive: Path, tiny_film: Path) -> None:
    output = archive / "colour"
    output.mkdir()
    shutil.copy(tiny_film, output / "inside.mp4")
    shutil.copy(tiny_film, archive / "old.color.mp4")
    found = names_of(find_inputs([archive], output, recursive=True))
    assert not [name for name in found if "inside" in name or ".color." in name]
    assert "a film.mp4" in found


@pytest.mark.parametrize("given", ["missing.mp4", "missing", "*.avi"])
def test_input_that_is_not_there(tmp_path: Path, given: str) -> None:
    with pytest.raises(InputError, match=r"missing|\*\.avi"):
        find_inputs([tmp_path / given], tmp_path / "out")


def test_nothing_found(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`recursive`"):
        find_inputs([tmp_path], tmp_path / "out", recursive=True)


def test_what_filmcolor_wrote_is_left_out(archive: Path, tmp_path: Path) -> None:
    wanted = names_of(find_inputs([archive], tmp_path / "out", recursive=True))
    painted = archive / "1931" / "keyframes"
    (painted / "originals").mkdir(parents=True)
    (painted / "index.json").write_text("{}")
    for name in ("a film.preview.png", "a film.preview-2.png", "a film.color.mp4"):
        shutil.copy(archive / "1931" / "photo.png", archive / name)
    shutil.copy(archive / "1931" / "photo.png", painted / "shot-0001.png")
    assert names_of(find_inputs([archive], tmp_path / "out", recursive=True)) == wanted
