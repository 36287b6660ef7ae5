"""Kills whoever runs a queue again and again, and compares the film with an undisturbed one.

python -m benchmarks.endurance.queue_kills clip.mp4 --kills 50
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import filmcolor
from benchmarks.endurance.soak import packets, pictures

_OWNER = """
import sys, time
import filmcolor
with filmcolor.Queue(sys.argv[1]) as queue:
    print("open", flush=True)
    while any(film.state in ("waiting", "running") for film in queue.films()):
        time.sleep(0.05)
"""


def _content(film: Path) -> tuple[list[tuple[object, str]], list[object]]:
    return list(pictures(film)), list(packets(film))


def main() -> int:
    """Run it; exit code 1 when the films differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--longest", type=float, default=6.0, help="seconds between two kills")
    chosen = parser.parse_args()
    chance, kills = random.Random(1), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, broken = folder / "whole.mkv", folder / "broken.mkv"
        filmcolor.colorize(chosen.clip, whole, segment_seconds=1)
        with filmcolor.Queue(folder, run=False) as queue:
            queue.add(chosen.clip, output=broken, segment_seconds=1)
        while True:
            command = [sys.executable, "-c", _OWNER, str(folder)]
            owner = subprocess.Popen(command, stdout=subprocess.PIPE)
            assert owner.stdout is not None
            owner.stdout.readline()
            if kills < chosen.kills:
                time.sleep(chance.uniform(0, chosen.longest))
                owner.kill()
            owner.wait()
            with filmcolor.Queue(folder, run=False) as queue:
                (film,) = queue.films()
            if film.state in ("done", "failed"):
                break
            kills += 1
        print(f"{kills} kills; {film.state} {film.reason}")
        same = film.state == "done" and _content(whole) == _content(broken)
    print("the films are the same" if same else "the films DIFFER")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
