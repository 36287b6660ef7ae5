"""Colours one run of segments after the other, in this process."""

from __future__ import annotations

from collections.abc import Sequence

from filmcolor.jobs.color_run import RunReport, color_run
from filmcolor.jobs.job import FilmJob
from filmcolor.jobs.runs import Run
from filmcolor.networks.chosen import ChosenNetworks
from filmcolor.system.stages import StageTimes


def color_inline(
    job: FilmJob,
    runs: Sequence[Run],
    networks: ChosenNetworks,
    report: RunReport,
    stages: StageTimes,
) -> None:
    """Colour and encode `runs`; raises as `filmcolor.colorize` does."""
    for run in runs:
        stages.add_all(color_run(job, run, networks, report).stage_seconds)
