"""What a farm costs: the same films by one process, by a farm, and by two processes on their own.

    python -m benchmarks.farm.overhead CLIP --films 20 --seconds 10

Compare processor time where something else is at work on the computer. Two processes at once may
need more of it for the same films than one, as they share caches and cores. Linux and macOS.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import psutil

from benchmarks.farm.films import pictures
from benchmarks.farm.local import LocalFarm, hands_of
from benchmarks.machine import machine


@dataclass(frozen=True)
class _Cost:
    seconds: float
    cpu: float


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--films", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10, help="of each film")
    parser.add_argument("--height", type=int, default=288)
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 4])
    options = parser.parse_args()
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reels = folder / "reels"
        reels.mkdir()
        for number in range(options.films):
            _cut(options.clip, reels / f"reel-{number:02}.mkv", options, number)
        films = sorted(reels.iterdir())
        alone = _timed([_batch(films, folder / "alone", "--workers", "1")])
        truth = {path.name: pictures(path) for path in sorted((folder / "alone").glob("*.mkv"))}
        frames = sum(map(len, truth.values()))
        print(f"{len(films)} films, {frames} frames")
        print(f"one process: {alone.seconds:.1f} s, CPU {alone.cpu:.1f} s", flush=True)
        halves = [films[0::2], films[1::2]]
        two = _timed(
            [_batch(half, folder / f"half-{n}", "--workers", "1") for n, half in enumerate(halves)]
        )
        print(f"two processes: {two.seconds:.1f} s, CPU {two.cpu:.1f} s", flush=True)
        for workers in options.workers:
            output = folder / f"farm-{workers}"
            with LocalFarm(folder, workers) as farm:
                before = _cpu(farm)
                here = _timed([_batch(films, output, "--farm", farm.address)])
                parts = [now - then for now, then in zip(_cpu(farm), before, strict=True)]
            cost = here.cpu + sum(parts)
            different = sum(
                a != b
                for name, wanted in truth.items()
                for a, b in zip(wanted, pictures(output / name), strict=True)
            )
            share = two.seconds / here.seconds
            print(
                f"farm of {workers} workers: {here.seconds:.1f} s "
                f"({share:.2f} of the speed of two processes), CPU {cost:.1f} s "
                f"({100 * (cost / alone.cpu - 1):+.1f} % beside one process, "
                f"{100 * (cost / two.cpu - 1):+.1f} % beside two), coordinator {here.cpu:.1f}, "
                f"scheduler {parts[0]:.1f}, workers {parts[1]:.1f}, their processes "
                f"{parts[2]:.1f}; {different} pictures differ",
                flush=True,
            )


def _cut(clip: Path, path: Path, options: argparse.Namespace, number: int) -> None:
    """Write a film from a part of the clip, which goes round."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-stream_loop", "-1"]
    command += ["-ss", f"{number * 0.7:.2f}", "-i", str(clip), "-t", f"{options.seconds:g}", "-an"]
    command += ["-vf", f"scale=-2:{options.height},format=gray,format=yuv420p", "-crf", "16"]
    subprocess.run([*command, str(path)], check=True)


def _batch(films: list[Path], output: Path, *flags: str) -> list[str]:
    command = [sys.executable, "-m", "filmcolor", "batch", *map(str, films)]
    return [*command, "--output-dir", str(output), "--quiet", *flags]


def _timed(commands: list[list[str]]) -> _Cost:
    began, cpu = time.monotonic(), _children_cpu()
    processes = [subprocess.Popen(command) for command in commands]
    if any(process.wait() for process in processes):
        raise SystemExit("a run has failed")
    return _Cost(time.monotonic() - began, _children_cpu() - cpu)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _cpu(farm: LocalFarm) -> list[float]:
    """Return the processor time of scheduler, workers and their processes until now."""
    assert farm.scheduler is not None
    workers = [psutil.Process(worker.pid) for worker in farm.workers]
    hands = [hand for worker in farm.workers for hand in hands_of(worker)]
    groups = ([psutil.Process(farm.scheduler.pid)], workers, hands)
    return [sum(_time(process) for process in group) for group in groups]


def _time(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
