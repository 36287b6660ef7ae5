"""Random faults while a farm colours films: what is lost, and what is done twice.

    python -m benchmarks.farm.faults --count 200
    python -m benchmarks.farm.faults --count 3 --only "a worker lost for 70 s"
    python -m benchmarks.farm.faults --count 50 --storage    # films change hands in storage

Each round colours the same films with `filmcolor batch --farm`, and things go wrong all the time.
In the end every film must be the one that one process makes, bit for bit. Linux only.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.farm.films import make_reel, pictures
from benchmarks.farm.local import LocalFarm, hands_of, kill
from benchmarks.machine import machine
from benchmarks.networks.tiny import write_edge_network

_WORKERS = 3
_PATIENCE = "4"
"""Seconds after which a reader that hangs is given up; a process, after three times as long."""


class Campaign:
    """A farm, and what goes wrong in it."""

    def __init__(self, farm: LocalFarm, seed: int, folder: Path, only: str | None = None) -> None:
        """Choose faults by `seed`, of all kinds or of one; `folder` takes what nodes keep."""
        self.farm = farm
        self.folder = folder
        self._started = 0
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.coordinator: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        kinds: dict[str, tuple[int, Callable[[], bool]]] = {
            "a process killed": (4, self._kill_hand),
            "a worker killed": (3, self._kill_worker),
            "a worker lost for 3 s": (3, lambda: self._lose_worker(3)),
            "a worker lost for 70 s": (0, lambda: self._lose_worker(70)),
            "a process that hangs": (1, self._hang_hand),
            "no memory for a process for 2 s": (3, self._fill_memory),
            "no room on the disk of a node for 2 s": (3, self._fill_disk),
            "the scheduler started again": (1, self._restart_scheduler),
            "the coordinator killed": (2, self._kill_coordinator),
        }
        if only is not None:
            kinds = {only: (1, kinds[only][1])}
        self._weights = [weight for weight, _ in kinds.values()]
        self._kinds = {name: act for name, (_, act) in kinds.items()}

    def start_worker(self) -> None:
        """Start one more worker, which has a folder of its own for films from storage."""
        self._started += 1
        staging = str(self.folder / f"node-{self._started % _WORKERS}")
        self.farm.start_worker(FILMCOLOR_PATIENCE=_PATIENCE, FILMCOLOR_STAGING=staging)

    def fault(self) -> None:
        """Have something go wrong."""
        kind = self.random.choices([*self._kinds], self._weights)[0]
        if self._kinds[kind]():
            self.done[kind] += 1

    def _worker(self) -> subprocess.Popen[bytes]:
        return self.random.choice([w for w in self.farm.workers if w.poll() is None])

    def _hand(self) -> psutil.Process | None:
        hands = hands_of(self._worker())
        return self.random.choice(hands) if hands else None

    def _kill_hand(self) -> bool:
        hand = self._hand()
        if hand is None:
            return False
        hand.kill()
        return True

    def _kill_worker(self) -> bool:
        self._end(self._worker())
        self.start_worker()
        return True

    @staticmethod
    def _end(worker: subprocess.Popen[bytes]) -> None:
        hands = hands_of(worker)
        kill(worker)
        for hand in hands:
            with suppress(psutil.Error):
                if hand.status() == psutil.STATUS_STOPPED:  # it cannot notice
                    hand.kill()

    def _lose_worker(self, seconds: float) -> bool:
        worker = self._worker()
        pids = [worker.pid, *(hand.pid for hand in hands_of(worker))]
        _stop_for(pids, seconds)
        return True

    def _hang_hand(self) -> bool:
        hand = self._hand()
        if hand is None:
            return False
        hand.suspend()  # for good: its worker has to notice
        return True

    def _fill_memory(self) -> bool:
        """Nothing is left for what a process asks for from now on."""
        hand = self._hand()
        if hand is None:
            return False
        with suppress(psutil.Error):
            return self._limit(hand, resource.RLIMIT_AS, hand.memory_info().vms)
        return False

    def _fill_disk(self) -> bool:
        """No file may grow: what a process writes fails, as on a full disk."""
        hand = self._hand()
        return hand is not None and self._limit(hand, resource.RLIMIT_FSIZE, 0)

    @staticmethod
    def _limit(hand: psutil.Process, kind: int, most: int) -> bool:
        """Give a process no more than so much of something, for 2 s."""
        try:
            before = resource.prlimit(hand.pid, kind)
            resource.prlimit(hand.pid, kind, (most, before[1]))
        except OSError:
            return False

        def free() -> None:
            time.sleep(2)
            with suppress(OSError):
                resource.prlimit(hand.pid, kind, before)

        threading.Thread(target=free, daemon=True).start()
        return True

    def _restart_scheduler(self) -> bool:
        assert self.farm.scheduler is not None
        kill(self.farm.scheduler)
        for worker in self.farm.workers:
            self._end(worker)
        self.farm.start_scheduler()
        for _ in range(_WORKERS):
            self.start_worker()
        return True

    def _kill_coordinator(self) -> bool:
        if self.coordinator is None or self.coordinator.poll() is not None:
            return False
        self.coordinator.kill()
        return True


def _look(output: Path, seen: dict[Path, int]) -> int:
    """Return how many segments that were finished have been written again since the last look."""
    again = 0
    for record in output.glob(".*/segment-*.json"):
        with suppress(OSError):
            file = record.stat().st_ino
            again += seen.get(record, file) != file
            seen[record] = file
    return again


def _stop_for(pids: list[int], seconds: float) -> None:
    def send(number: int) -> None:
        for pid in pids:
            with suppress(OSError):
                os.kill(pid, number)

    send(signal.SIGSTOP)

    def go_on() -> None:
        time.sleep(seconds)
        send(signal.SIGCONT)

    threading.Thread(target=go_on, daemon=True).start()


def main() -> None:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="how many faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="one kind of fault")
    parser.add_argument("--storage", action="store_true", help="let nodes share no folder")
    parser.add_argument("--gap", type=float, default=1.5, help="seconds between faults, at most")
    options = parser.parse_args()
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reels = folder / "reels"
        reels.mkdir()
        for number in range(3):
            make_reel(reels / f"reel-{number}.mkv", (180 + 20 * number, 100))
        network = write_edge_network(folder / "small.onnx")
        flags = ["--model", str(network), "--engine", "onnxruntime", "--codec", "x264"]
        flags += ["--preset", "ultrafast", "--method", "frame", "-q"]
        flags += ["--segment-seconds", "0.4", "--piece-seconds", "1.2"]
        batch = [sys.executable, "-m", "filmcolor", "batch", str(reels), "--output-dir"]
        subprocess.run([*batch, str(folder / "alone"), *flags, "--workers", "1"], check=True)
        truth = {path.name: pictures(path) for path in sorted((folder / "alone").glob("*.mkv"))}
        assert len(truth) == 3
        where = ["--farm-storage", (folder / "store").as_uri()] if options.storage else []
        began = time.monotonic()
        lost = runs = aside = rounds = again = twice = segments = 0
        seen: dict[Path, int] = {}
        reasons: Counter[str] = Counter()
        with LocalFarm(folder, 0) as farm:
            campaign = Campaign(farm, options.seed, folder, options.only)
            for _ in range(_WORKERS):
                campaign.start_worker()
            while campaign.done.total() < options.count:
                rounds += 1
                seen.clear()
                output = folder / "many"
                shutil.rmtree(output, ignore_errors=True)
                finished = False
                tries = 0
                while not finished:
                    tries += 1
                    campaign.coordinator = subprocess.Popen(
                        [*batch, str(output), *flags, "--farm", farm.address, *where],
                        stderr=subprocess.PIPE,
                        encoding="utf-8",
                    )
                    runs += 1
                    enough = campaign.done.total() >= options.count
                    while campaign.coordinator.poll() is None:
                        time.sleep(campaign.random.uniform(0.2, options.gap))
                        twice += _look(output, seen)
                        at_work = any(output.glob(".*/segment-*"))
                        if at_work and tries < 5 and not enough:
                            campaign.fault()
                            enough = campaign.done.total() >= options.count
                    said = (campaign.coordinator.communicate()[1] or "").strip().splitlines()
                    finished = campaign.coordinator.returncode == 0
                    if campaign.coordinator.returncode == 1:
                        aside += len(said)
                        reasons.update(line[-60:] for line in said)
                    again += not finished
                segments += len(seen)
                for path in sorted(output.glob("*.mkv")):
                    found, wanted = pictures(path), truth[path.name]
                    lost += abs(len(found) - len(wanted))
                    lost += sum(a != b for a, b in zip(wanted, found, strict=False))
                lost += 10_000 * (len(truth) - len(list(output.glob("*.mkv"))))
                left = [p.name for p in output.iterdir() if p.name.startswith(".")]
                store = folder / "store"
                left += [p.name for p in store.glob("*") if p.name != "networks"]
                if left:
                    print("left behind:", left)
                print(
                    f"round {rounds}: {campaign.done.total()} faults, {tries} runs, "
                    f"{lost} frames wrong, {time.monotonic() - began:.0f} s",
                    flush=True,
                )
        for kind, count in campaign.done.most_common():
            print(f"{count:4} {kind}")
        print(
            f"{campaign.done.total()} faults in {rounds} rounds of 3 films; {runs} runs, of which "
            f"{again} were repeated; {aside} errors told; {lost} frames lost or wrong; "
            f"{twice} of {segments} finished segments written again"
        )
        for reason, count in reasons.most_common(8):
            print(f"{count:4} ... {reason}")
        raise SystemExit(1 if lost else 0)


if __name__ == "__main__":
    main()
