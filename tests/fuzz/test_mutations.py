"""Some damaged files, of all kinds, are kept or refused."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from benchmarks.fuzz import campaign, mutations, seeds
from benchmarks.fuzz import case as fuzz_case


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return seeds.write_seeds(tmp_path_factory.mktemp("seeds"))


def test_there_is_a_source_of_every_kind(sources: list[Path]) -> None:
    suffixes = {path.suffix for path in sources}
    assert suffixes >= {".mp4", ".mov", ".mkv", ".avi", ".mpg", ".ts", ".flv", ".gif", ".png"}
    assert suffixes >= {".webm", ".jpg", ".caffemodel", ".prototxt", ".onnx", ".json"}


def test_damaged_files_are_kept_or_refused(sources: list[Path], tmp_path: Path) -> None:
    cases = campaign.cases(sources, sources[0], 24, seed=1)
    report = campaign.run(cases, tmp_path, workers=2, limit=60)
    assert not [f"{case.number} {result.remark}" for case, result in report.bad]
    assert sum(report.counts.values()) == 24
    assert min(report.counts["kept"], report.counts["refused"]) >= 4


def test_whole_files_are_kept(
    sources: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a refusal of damaged ones is due to the damage."""
    monkeypatch.setattr(fuzz_case, "mutated", lambda content, *_, **__: content)
    monkeypatch.setenv("FILMCOLOR_MODELS", str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    for number, source in enumerate(sources):
        folder = tmp_path / str(number)
        folder.mkdir()
        result = fuzz_case.run_case(fuzz_case.Case(number, source, 0, sources[0]), folder)
        assert result.verdict == "kept", f"{source.name}: {result.remark}"


@pytest.mark.parametrize("operation", sorted({*mutations.TEXT}, key=lambda one: one.__name__))
def test_each_operation_takes_any_bytes(operation: mutations.Operation) -> None:
    changed = 0
    for seed in range(40):
        rng = Random(seed)
        data = bytearray(rng.randbytes(rng.choice((1, 2, 7, 100, 9000))))
        before = bytes(data)
        operation(data, rng)
        changed += data != before
    assert changed >= 10


def test_a_case_is_the_same_again(sources: list[Path]) -> None:
    first, second = (campaign.cases(sources, sources[0], 20, seed=3) for _ in range(2))
    assert [case.content()[0] for case in first] == [case.content()[0] for case in second]
    assert campaign.cases(sources, sources[0], 20, 3, only=[7]) == [first[7]]
    changed = [case.content()[0] != case.source.read_bytes() for case in first]
    assert sum(changed) >= 15


def broken(connection, folder: Path, memory: int) -> None:  # type: ignore[no-untyped-def]
    """A child that hangs at the first case, dies at the second and answers the others."""
    import os
    import time

    while (case := connection.recv()) is not None:
        if case.number == 0:
            time.sleep(60)
        if case.number == 1:
            os._exit(7)
        connection.send(campaign.Result("kept"))


def test_hangs_and_crashes_are_noticed(
    sources: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign, "work", broken)
    cases = campaign.cases(sources, sources[0], 4, seed=1)
    report = campaign.run(cases, tmp_path, workers=1, limit=4)
    assert dict(report.counts) == {"hang": 1, "crash": 1, "kept": 2}
    assert {result.remark for _, result in report.bad} == {"longer than 4 s", "exit code 7"}
