"""A dozen films of the matrix keep all that they have, and the matrix notices what is lost."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.films import kinds as film_kinds
from benchmarks.films import making as film_making
from benchmarks.films import matrix as film_matrix

PLAIN = film_kinds.FilmKind(
    container="mkv",
    codec="libx264",
    pixels="yuv420p",
    rate="25",
    scan="progressive",
    turn=0,
    shape="1:1",
    size="64x48",
    audio=1,
    subtitles=1,
    chapters=True,
    result="",
)


def kind(**properties: Any) -> Any:
    return replace(PLAIN, **properties)


DOZEN = [
    kind(container="mp4", turn=90, shape="4:3", audio=2, subtitles=2),
    kind(container="mov", codec="prores_ks", pixels="yuv422p10le", rate="24000/1001", audio=2),
    kind(codec="ffv1", pixels="gray10le", size="65x49", rate="variable", audio=2),
    kind(codec="mpeg2video", scan="top first", shape="16:15", subtitles=2, result=".mp4"),
    kind(container="webm", codec="libvpx-vp9", size="64x51", rate="variable"),
    kind(container="avi", codec="mjpeg", pixels="yuvj420p", subtitles=0, chapters=False),
    kind(container="ts", codec="libx265", pixels="yuv420p10le", subtitles=0, chapters=False),
    kind(container="mpg", codec="mpeg1video", audio=2, subtitles=0, chapters=False),
    kind(container="flv", codec="flv1", rate="variable", subtitles=0, chapters=False),
    kind(container="wmv", codec="wmv2", audio=2, subtitles=0, result=".mp4"),
    kind(container="ogv", codec="libtheora", audio=2, subtitles=0, result=".mkv"),
    kind(container="gif", codec="gif", pixels="pal8", audio=0, subtitles=0, chapters=False),
]


@pytest.mark.parametrize("wanted", DOZEN, ids=lambda wanted: wanted.container)
def test_dozen(tmp_path: Path, wanted: Any) -> None:
    row = film_matrix.try_kind((0, wanted), tmp_path)
    if row.verdict == "not made":
        pytest.skip(f"this FFmpeg makes no such film: {row.remark}")
    assert (row.verdict, row.remark) == ("kept", "")
    assert row.frames.split("/")[0] == row.frames.split("/")[1] != "0"


def test_losses_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compare = film_matrix.compare
    plain, other = tmp_path / "plain.mkv", tmp_path / "other.mkv"
    assert film_making.make_film(PLAIN, plain) == ""
    for changed, word in (
        (kind(audio=0), "audio"),
        (kind(subtitles=0), "subtitle"),
        (kind(chapters=False), "chapters"),
        (kind(rate="12"), "times"),
        (kind(shape="4:3"), "aspect"),
        (kind(size="96x54"), "size"),
    ):
        assert film_making.make_film(changed, other) == ""
        monkeypatch.setattr(film_matrix, "compare", lambda *_, **__: compare(plain, other))
        row = film_matrix.try_kind((0, PLAIN), tmp_path / word)
        assert row.verdict == "lost"
        assert word in row.remark
    monkeypatch.setattr(film_matrix, "MEAN_LUMA", -1)
    monkeypatch.setattr(film_matrix, "compare", compare)
    assert "luma differs" in film_matrix.try_kind((1, PLAIN), tmp_path).remark


def test_the_choice_covers_all_pairs() -> None:
    kinds = list(film_kinds.pairwise(20, seed=1, candidates=300))
    assert len(kinds) == len(set(kinds)) >= 20
    covered = set().union(*map(film_kinds.pairs_of, kinds))
    rng = film_kinds.Random(1)
    candidates = dict.fromkeys(film_kinds.random_kind(rng) for _ in range(300))
    assert covered == set().union(*map(film_kinds.pairs_of, candidates))
    assert len(candidates) > 1.2 * len(kinds)
    for name in (field.name for field in fields(film_kinds.FilmKind)):
        assert len({getattr(one, name) for one in kinds}) >= 2


def test_the_page(tmp_path: Path) -> None:
    rows = [film_matrix.Row(0, PLAIN, "kept", "18/18", "exact", "0.10", "1 copied")]
    page = film_matrix.markdown(rows, "python x.py")
    assert "1 films: 1 kept" in page
    assert page.splitlines()[-1].startswith(f"| {PLAIN.name} | chosen | kept | 18/18 | exact |")
