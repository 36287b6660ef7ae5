"""The speed benchmark fills its table; how fast anything is, is not tested."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks.speed import comparison as speed
from benchmarks.speed import process_cost

LITE = "lite-frame-onnxruntime"


def test_table_of_two_variants(
    grey_clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "speed.json"
    options = ["--runs", "1", "--frames", "5", "--only", LITE, "--json", str(report)]
    speed.main([str(grey_clip), *options, "--markdown"])

    found = json.loads(report.read_text(encoding="utf-8"))
    plain, lite = found["rows"]
    assert [plain["variant"], lite["variant"]] == ["plain", LITE]
    assert found["frames"] == plain["runs"][0]["frames"] == lite["runs"][0]["frames"] == 5
    known = ["seconds", "ratio", "frames_per_second"]
    known += ["cpu_seconds", "peak_mb", "busy"] if sys.platform != "win32" else []
    assert all(row[name] > 0 for row in (plain, lite) for name in known)
    assert plain["ratio"] == 1
    assert lite["ratio"] == pytest.approx(lite["seconds"] / plain["seconds"])
    assert (plain["network_passes"], lite["network_passes"]) == (None, 5)
    assert not plain["scaled"] and not lite["scaled"]

    table = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    assert cells[0] == list(speed.COLUMNS)
    assert [row[0] for row in cells[2:]] == ["plain", LITE]
    assert float(cells[3][2]) == pytest.approx(lite["seconds"], abs=0.006)


def test_medians_and_ratio() -> None:
    runs = [speed.Run(t, 2 * t, 100 + t, 50, 50, "engine") for t in (9.0, 4.0, 5.0)]
    row = speed.make_row("name", runs, 2.5, False)
    assert (row.seconds, row.cpu_seconds, row.peak_mb) == (5, 10, 105)
    assert (row.ratio, row.frames_per_second, row.network_passes) == (2, 10, 50)
    assert row.busy == pytest.approx(10 / (5 * speed.available_cores()))


def test_scaling_keeps_start_up_and_price_of_a_frame() -> None:
    def run(frames: int) -> object:
        return speed.Run(1.5 + 0.25 * frames, 2 + 0.5 * frames, 300 + frames, frames, frames)

    assert speed.scaled_run(run(1), run(60), 526) == speed.Run(133, 265, 360, 526, 526)


def test_unknown_variant_is_named(grey_clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        speed.main([str(grey_clip), "--only", "nothing"])
    assert "there is no nothing; there are plain," in capsys.readouterr().err


def test_cost_of_a_command() -> None:
    work = "x = bytearray(60_000_000); x[::4096] = x[::4096]; sum(range(2_000_000)); print('done')"
    cost, text = process_cost.measure([sys.executable, "-c", work])
    assert text.strip() == "done"
    assert cost.seconds > 0
    if sys.platform != "win32":
        assert cost.cpu_seconds > 0
        assert cost.peak_mb > 60
        small, _ = process_cost.measure([sys.executable, "-c", ""])
        assert small.peak_mb < cost.peak_mb - 30


def test_failing_command_says_why() -> None:
    with pytest.raises(RuntimeError, match="no such luck"):
        process_cost.measure([sys.executable, "-c", "raise SystemExit('no such luck')"])
