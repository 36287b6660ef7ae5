"""Colours a long film with kills at random moments, and compares it with an undisturbed run.

The film is made of a real clip, looped with its sound. Each run is a process of its own; once a
minute its memory is printed.

    python -m benchmarks.endurance.soak clip.mp4 --minutes 60 --kills 10
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import av
import imageio_ffmpeg


def loop_clip(clip: Path, minutes: float, film: Path) -> None:
    """Write a film of about `minutes` that repeats `clip`, streams copied."""
    with av.open(str(clip)) as container:
        assert container.duration is not None
        seconds = container.duration / av.time_base
    times = max(0, round(minutes * 60 / seconds) - 1)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    command += ["-stream_loop", str(times), "-i", str(clip), "-map", "0", "-c", "copy", str(film)]
    subprocess.run(command, check=True)


def resident_megabytes(process: int) -> float | None:
    """Return the memory of a process and its children, where the system tells (Linux)."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
        own = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except (OSError, StopIteration):
        return None
    return int(own.split()[1]) / 1024 + sum(
        resident_megabytes(int(child)) or 0 for child in children.split()
    )


def run(command: Sequence[str], kill_after: float | None, report_every: float) -> int | None:
    """Run a command and print its memory now and then; kill it after so many seconds.

    Returns the exit code, or None when it was killed.
    """
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        next_report = began + report_every
        while process.poll() is None:
            time.sleep(0.2)
            now = time.monotonic()
            if now >= next_report:
                next_report += report_every
                memory = resident_megabytes(process.pid)
                if memory is not None:
                    print(f"  {(now - began) / 60:6.1f} min  {memory:7.0f} MB", flush=True)
            if kill_after is not None and now - began >= kill_after:
                process.kill()
                process.wait()
                return None
        return process.returncode


def pictures(path: Path) -> Iterator[tuple[object, str]]:
    """Yield time and checksum of each decoded frame."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            planes = b"".join(bytes(plane) for plane in frame.planes)
            yield frame.time, hashlib.sha1(planes, usedforsecurity=False).hexdigest()


def packets(path: Path) -> list[tuple[int, int | None, int | None, int]]:
    """Return stream, timestamp, duration and size of all packets but the film's own."""
    with av.open(str(path)) as container:
        return sorted(
            (packet.stream.index, packet.pts or 0, packet.duration, packet.size)
            for packet in container.demux()
            if packet.size and packet.stream.index > 0
        )


def length(path: Path) -> int | None:
    """Return a film's duration in microseconds."""
    with av.open(str(path)) as container:
        duration: int | None = container.duration
    return duration


def main() -> None:
    """Run the soak and print what came of it; exit code 1 if the films differ."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.endurance.soak",
        description=__doc__.splitlines()[0] if __doc__ else None,
    )
    parser.add_argument("clip", type=Path, help="a film to loop, with sound")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report-every", type=float, default=60, help="seconds")
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary one)")
    parser.epilog = "All other options go to filmcolor colorize."
    given, options = parser.parse_known_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    film = folder / f"film{given.clip.suffix}"
    whole, broken = (folder / f"{name}{given.clip.suffix}" for name in ("whole", "broken"))
    loop_clip(given.clip, given.minutes, film)
    command = [sys.executable, "-m", "filmcolor", "colorize", str(film), "--quiet"]
    command += options

    print("undisturbed:", flush=True)
    began = time.monotonic()
    code = run([*command, "-o", str(whole), "--overwrite"], None, given.report_every)
    seconds = time.monotonic() - began
    assert code == 0, code

    chance = random.Random(given.seed)
    kills, code = 0, None
    spent = time.monotonic()
    while code is None:
        # On average, so many kills leave enough time to get to the end.
        wait = chance.uniform(1, 2 * seconds / (given.kills + 1)) if kills < given.kills else None
        print(f"run {kills + 1}" + (f", killed after {wait:.0f} s:" if wait else ":"), flush=True)
        code = run([*command, "-o", str(broken)], wait, given.report_every)
        kills += code is None
    assert code == 0, code
    spent = time.monotonic() - spent

    count = different = 0
    for one, other in zip_longest(pictures(whole), pictures(broken)):
        count += 1
        different += one != other
    result = {
        "frames": count,
        "different": different,
        "kills": kills,
        "packets the same": packets(whole) == packets(broken),
        "duration the same": length(whole) == length(broken),
        "left over": [path.name for path in folder.glob(".*")],
        "seconds": round(seconds, 1),
        "seconds with kills": round(spent, 1),
    }
    print(json.dumps(result, indent=1))
    same = result["packets the same"] and result["duration the same"] and not different
    sys.exit(0 if same and not result["left over"] else 1)


if __name__ == "__main__":
    main()
