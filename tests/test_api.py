"""The Python interface."""

from __future__ import annotations

import ast
import os
import pickle
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest

import filmcolor
from filmcolor import (
    FilmcolorError,
    InputError,
    Network,
    NetworkError,
    OutputError,
    Progress,
    UsageError,
)
from filmcolor.cli.console import one_line
from filmcolor.cli.flags import flags
from filmcolor.settings import FilmOptions, SettingsOptions
from tests.clips import make_clip, read_frames


def chroma_of(path: Path) -> float:
    """The mean distance of U and V from neutral, in codes."""
    frames = read_frames(path)
    return float(np.mean([np.abs(p.astype(int) - 128).mean() for f in frames for p in (f.u, f.v)]))


@pytest.mark.parametrize("name", filmcolor.__all__)
def test_everything_public_can_be_imported(name: str) -> None:
    assert getattr(filmcolor, name) is not None


def test_no_module_hides_a_public_function() -> None:
    # Importing filmcolor.x makes filmcolor.x that module, whatever it was before.
    modules = {module.name for module in pkgutil.iter_modules(filmcolor.__path__)}
    assert modules.isdisjoint(filmcolor.__all__)


def test_public_names_are_known_to_editors() -> None:
    assert sorted(filmcolor.__all__) == list(filmcolor.__all__)
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        filmcolor.nothing_of_this_name  # noqa: B018


def test_all_public_names_are_listed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import filmcolor; print(*dir(filmcolor))"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert set(filmcolor.__all__) <= set(done.stdout.split())


def test_options_are_those_of_settings() -> None:
    fields = {name: field.annotation for name, field in filmcolor.Settings.model_fields.items()}
    assert get_type_hints(SettingsOptions) == fields
    running = {name: field.annotation for name, field in filmcolor.RunSettings.model_fields.items()}
    assert get_type_hints(FilmOptions) == {**fields, **running}


@pytest.mark.parametrize("group", [filmcolor.Settings, filmcolor.RunSettings])
def test_help_explains_the_settings(group: type[filmcolor.Settings]) -> None:
    for name, field in group.model_fields.items():
        assert f"{name} ({field.get_default(call_default_factory=True)!r})" in str(group.__doc__)
        assert str(field.description) in str(group.__doc__)


def test_annotations_can_be_looked_up() -> None:
    for function in (filmcolor.colorize, filmcolor.preview, filmcolor.evaluate):
        assert "options" in get_type_hints(function)


@pytest.mark.slow
def test_a_type_checker_finds_wrong_options(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api")
    script = tmp_path / "script.py"
    script.write_text(
        "import filmcolor\n"
        "filmcolor.colorize('a.mp4', saturation=1.2, crf=20)\n"
        "filmcolor.colorize('a.mp4', saturatoin=1.2)\n"
        "filmcolor.preview('a.mp4', method='fram')\n"
        "filmcolor.find_shots('a.mp4', fps='24')\n"
        "filmcolor.colorize('a.mp4', workers='2')\n"
        "filmcolor.preview('a.mp4', workers=2)\n"
        "filmcolor.colorize('a.mp4', workers=None, keep=False, method='smooth')\n"
        "filmcolor.Settings(saturation=1.2)\n"
        "filmcolor.RunSettings(workers=2)\n"
        "filmcolor.RunSettings(saturation=1.2)\n"
    )
    config = tmp_path / "mypy.ini"
    config.write_text(  # what else is imported says nothing of these options
        "[mypy]\nfollow_imports = skip\n[mypy-filmcolor.*,pydantic.*]\nfollow_imports = silent\n"
    )
    said, _, _ = api.run([str(script), f"--config-file={config}", f"--cache-dir={os.devnull}"])
    found = {line.split(":")[1] for line in said.splitlines() if "error:" in line}
    assert found == {"3", "4", "5", "6", "7", "11"}


def test_wrong_options_are_refused_with_the_nearest(grey_clip: Path) -> None:
    with pytest.raises(UsageError, match=r"no option 'saturatoin' \(did you mean 'saturation'\?\)"):
        filmcolor.colorize(grey_clip, saturatoin=1.2)  # type: ignore[call-arg]
    with pytest.raises(UsageError, match=r"no option 'worker' \(did you mean 'workers'\?\)"):
        filmcolor.colorize(grey_clip, worker=2)  # type: ignore[call-arg]
    with pytest.raises(UsageError, match="no option 'workers'"):
        filmcolor.preview(grey_clip, workers=2)  # type: ignore[call-arg]


@pytest.mark.parametrize("error", [InputError, NetworkError, OutputError, UsageError])
def test_errors_have_one_base(error: type[Exception]) -> None:
    assert issubclass(error, FilmcolorError)


def test_colorize_returns_what_was_done(grey_clip: Path, network: Network) -> None:
    summary = filmcolor.colorize(grey_clip, network=network)

    assert summary.input == grey_clip
    assert summary.output == grey_clip.with_name("film.color.mp4")
    assert summary.frames == 12
    assert summary.duration == pytest.approx(12 / 25)
    assert summary.seconds > 0
    assert summary.fps == pytest.approx(12 / summary.seconds)
    assert summary.network == "lite"
    assert summary.engine == "onnxruntime f32"
    assert summary.method == "propagate"
    assert summary.shots == 1
    assert 1 <= summary.network_passes < 12
    assert summary.codec == "x264"
    assert summary.pix_fmt == "yuv420p"
    assert summary.warnings == []
    assert len(read_frames(summary.output)) == 12
    assert chroma_of(summary.output) > 3


def test_names_may_be_text(grey_clip: Path, network: Network) -> None:
    output = grey_clip.with_name("result.mkv")
    summary = filmcolor.colorize(str(grey_clip), str(output), network=network)
    assert summary.output == output
    assert output.is_file()


def test_nothing_is_left_behind(grey_clip: Path, network: Network) -> None:
    filmcolor.colorize(grey_clip, network=network)
    names = sorted(path.name for path in grey_clip.parent.iterdir())
    assert names == ["film.color.mp4", "film.mp4"]


def test_progress_counts_every_frame(grey_clip: Path, network: Network) -> None:
    seen: list[Progress] = []
    filmcolor.colorize(grey_clip, network=network, progress=seen.append)
    for phase in ("plan", "color"):
        counted = [progress.done for progress in seen if progress.phase == phase]
        assert counted == list(range(1, 13))
    assert {progress.total for progress in seen} == {12}


def test_error_in_the_progress_callback_stops_the_run(grey_clip: Path, network: Network) -> None:
    class StoppedError(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.done == 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        filmcolor.colorize(grey_clip, network=network, progress=stop)
    assert [path.name for path in grey_clip.parent.iterdir()] == ["film.mp4"]


def test_unknown_option_is_named(grey_clip: Path, network: Network) -> None:
    with pytest.raises(UsageError, match="colour_depth"):
        filmcolor.colorize(grey_clip, network=network, colour_depth=3)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"saturation": 9}, "`saturation`"),
        ({"method": "nope"}, "`method`"),
        ({"codec": "nope"}, "nope"),
        ({"pix_fmt": "rgb24"}, "rgb24"),
        ({"codec": "ffv1", "crf": 20}, "`crf`"),
        ({"start": "abc"}, "abc"),
        ({"end": -1}, "-1"),
    ],
)
def test_bad_options(grey_clip: Path, network: Network, options: Any, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        filmcolor.colorize(grey_clip, network=network, **options)
    assert [path.name for path in grey_clip.parent.iterdir()] == ["film.mp4"]


def test_one_network_does_for_many_films(tmp_path: Path, network: Network) -> None:
    one = make_clip(tmp_path / "one.mp4", frames=4)
    two = make_clip(tmp_path / "two.mp4", frames=4, size=(48, 64))
    for film in (one, two, one):
        summary = filmcolor.colorize(film, network=network, overwrite=True)
        assert chroma_of(summary.output) > 1


def test_model_and_engine_by_name(grey_clip: Path) -> None:
    summary = filmcolor.colorize(grey_clip, model="lite", engine="onnxruntime", end="2f")
    assert (summary.network, summary.frames) == ("lite", 2)


def test_unknown_model(grey_clip: Path) -> None:
    with pytest.raises(NetworkError, match="technicolor"):
        filmcolor.colorize(grey_clip, model="technicolor")


def test_same_call_gives_the_same_film(grey_clip: Path, network: Network) -> None:
    # Lossless: x264 itself does not always write the same film twice.
    one, two = (
        filmcolor.colorize(grey_clip, grey_clip.with_name(name), network=network, codec="ffv1")
        for name in ("1.mkv", "2.mkv")
    )
    for before, after in zip(read_frames(one.output), read_frames(two.output), strict=True):
        for plane in ("y", "u", "v"):
            np.testing.assert_array_equal(getattr(before, plane), getattr(after, plane))


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [
        ("3f", "9f", 6),
        (3, None, None),
        (0.12, 0.36, 6),
        (Fraction(3, 25), Fraction(9, 25), 6),
        ("00:00:00.120", "0:00.36", 6),
        (None, "5f", 5),
        ("10f", None, 2),
        ("10f", "12f", 2),
        (0, 100, 12),
    ],
)
def test_range(grey_clip: Path, network: Network, start: Any, end: Any, frames: int | None) -> None:
    output = grey_clip.with_name("part.mkv")
    if frames is None:
        with pytest.raises(InputError, match="after the end"):
            filmcolor.colorize(grey_clip, output, start=start, end=end, network=network)
        return
    summary = filmcolor.colorize(grey_clip, output, start=start, end=end, network=network)
    assert summary.frames == frames == len(read_frames(output))


@pytest.mark.parametrize(
    ("start", "end"), [("5f", "5f"), ("5f", "2f"), ("12f", None), ("99f", None)]
)
def test_empty_range(grey_clip: Path, network: Network, start: str, end: str | None) -> None:
    with pytest.raises(InputError):
        filmcolor.colorize(grey_clip, start=start, end=end, network=network)
    assert [path.name for path in grey_clip.parent.iterdir()] == ["film.mp4"]


def test_existing_result_is_kept_unless_overwrite(grey_clip: Path, network: Network) -> None:
    output = grey_clip.with_name("film.color.mp4")
    output.write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"film\.color\.mp4"):
        filmcolor.colorize(grey_clip, network=network)
    assert output.read_bytes() == b"mine"
    filmcolor.colorize(grey_clip, network=network, overwrite=True)
    assert len(read_frames(output)) == 12


def test_source_is_never_replaced(grey_clip: Path, network: Network) -> None:
    before = grey_clip.read_bytes()
    with pytest.raises(OutputError, match="own source"):
        filmcolor.colorize(grey_clip, grey_clip, network=network, overwrite=True)
    assert grey_clip.read_bytes() == before


def test_folder_for_the_result_is_made(grey_clip: Path, network: Network) -> None:
    output = grey_clip.parent / "new" / "folder" / "film.mp4"
    filmcolor.colorize(grey_clip, output, end="2f", network=network)
    assert len(read_frames(output)) == 2


@pytest.mark.parametrize(
    "content", [b"", b"no film at all", b"\x00\x00\x00\x18ftypmp42" + bytes(60)]
)
def test_damaged_films(tmp_path: Path, network: Network, content: bytes) -> None:
    film = tmp_path / "bad.mp4"
    film.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.mp4"):
        filmcolor.colorize(film, network=network)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.mp4"]


@pytest.mark.parametrize("name", ["missing.mp4", "missing.jpg", "missing_%03d.png"])
def test_missing_files(tmp_path: Path, network: Network, name: str) -> None:
    with pytest.raises(InputError, match=name.split("_")[0]):
        filmcolor.colorize(tmp_path / name, network=network)


def test_folder_without_pictures(tmp_path: Path, network: Network) -> None:
    with pytest.raises(InputError, match="no pictures"):
        filmcolor.colorize(tmp_path, network=network)


def test_settings_cover_every_keyword(grey_clip: Path, network: Network) -> None:
    options = filmcolor.Settings().model_dump()
    summary = filmcolor.colorize(grey_clip, network=network, **options)
    assert summary.frames == 12


@pytest.mark.parametrize("count", [0, 1, 3])
def test_network_alone(network: Network, count: int) -> None:
    L = np.full((count, 60, 80), 50, np.float32)
    ab = network.predict(L)
    height, width = network.input_size(60, 80)
    assert ab.dtype == np.float32
    assert ab.shape == (count, height // 4, width // 4, 2)
    assert np.abs(ab).max(initial=0) < 120


def test_load_network() -> None:
    loaded = filmcolor.load_network("lite", engine="onnxruntime", threads=1)
    assert isinstance(loaded, Network)
    assert loaded.predict(np.full((2, 32, 32), 50, np.float32)).shape[0] == 2


def test_strength_0_gives_the_grey_film(grey_clip: Path, network: Network) -> None:
    summary = filmcolor.colorize(grey_clip, network=network, strength=0, codec="ffv1")
    assert chroma_of(summary.output) == 0


def test_errors_have_fields(grey_clip: Path) -> None:
    with pytest.raises(UsageError) as found:
        filmcolor.colorize(grey_clip, saturation=9)
    assert (found.value.what, found.value.value) == ("saturation", 9)
    with pytest.raises(UsageError) as found:
        filmcolor.colorize(grey_clip, crf=60)
    assert (found.value.what, found.value.value) == ("crf", "60")
    missing = grey_clip.with_name("missing.mp4")
    with pytest.raises(InputError) as missed:
        filmcolor.colorize(missing)
    assert missed.value.file == missing
    taken = grey_clip.with_name("taken.mp4")
    taken.write_bytes(b"mine")
    with pytest.raises(OutputError) as kept:
        filmcolor.colorize(grey_clip, taken)
    assert (kept.value.file, kept.value.remedy) == (taken, "overwrite")
    again = pickle.loads(pickle.dumps(kept.value.reworded("said otherwise")))
    assert (str(again), type(again), again.remedy) == ("said otherwise", OutputError, "overwrite")


def _texts() -> Iterator[tuple[str, str]]:
    """All texts of the library but docstrings, with the file that they stand in.

    `command_line.py` tells which command does what a call does, `serving.py` calls Dask's own.
    """
    package = Path(filmcolor.__file__).parent
    for path in package.rglob("*.py"):
        commands = path.name in ("command_line.py", "serving.py")
        if commands or "cli" in path.relative_to(package).parts:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        documentation = {
            id(statement.value) for statement in ast.walk(tree) if isinstance(statement, ast.Expr)
        }
        for node in ast.walk(tree):
            text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if text and id(node) not in documentation:
                yield path.name, str(node.value)  # type: ignore[attr-defined]


def test_the_library_names_no_flags() -> None:
    """Only the command line has flags; errors name parameters, which it words as its own."""
    texts = list(_texts())
    assert len(texts) > 1000
    without_pip = [(file, text) for file, text in texts if "pip install" not in text]
    assert [t for t in without_pip if re.search(r"(?<![\w-])--([a-z]|$)", t[1])] == []
    assert [t for t in without_pip if re.search(r"(with|another|a shorter|with:) -o\b", t[1])] == []
    named = {name for _, text in texts for name in re.findall("`([a-z_]+)`", text)}
    assert {"restart", "overwrite", "strict", "crf"} <= named <= flags().keys()


def test_the_command_line_words_them() -> None:
    error = OutputError("x: exists; name another `output`, or use `overwrite`, `encoder_options`.")
    assert one_line(error) == "x: exists; name another -o, or use --overwrite, --encoder-option."
    assert one_line("see `ls` and `filmcolor resume x`") == "see `ls` and `filmcolor resume x`"
