"""Films are coloured in order, can be stopped and go on, and survive whoever runs the queue."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import filmcolor
from filmcolor import InputError, OutputError, Queue, QueuedFilm, UsageError
from filmcolor.jobs.work import work_place
from filmcolor.planning.plan_file import write_plan
from tests.jobs.films import assert_same_film
from tests.queue.conftest import ended, wait_until
from tests.viewing.conftest import returning_film

OWNER = """
import json, sys, time
import filmcolor
queue = filmcolor.Queue(sys.argv[1])
if len(sys.argv) > 2:
    queue.add(sys.argv[2], output=sys.argv[3], **json.loads(sys.argv[4]))
print("open", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def whole(one_film: Path, quick: dict[str, Any]) -> Path:
    """The film as it becomes without a queue."""
    return filmcolor.colorize(one_film, one_film.with_name("whole.mkv"), **quick).output


def test_films_are_coloured_in_order(
    tmp_path: Path, film: Path, whole: Path, options: dict[str, Any]
) -> None:
    seen: list[tuple[str, str]] = []

    def listen(told: QueuedFilm) -> None:
        if (told.id, told.state) not in seen:
            seen.append((told.id, told.state))

    with Queue(tmp_path) as queue:
        queue.listen(listen)
        one = queue.add(film, output=tmp_path / "one.mkv", **options)
        two = queue.add(film, output=tmp_path / "two.mkv", end="20f", **options)
        three = queue.add(film, output=tmp_path / "three.mkv", end="10f", **options)
        queue.move(three.id, 1)
        assert [each.id for each in queue.films()] == [one.id, three.id, two.id]
        for each in (one, two, three):
            found = wait_until(queue, each.id, ended)
            assert found.state == "done", found.reason
    order = [(id, state) for id, state in seen if state in ("running", "done")]
    assert order == [
        (each.id, state) for each in (one, three, two) for state in ("running", "done")
    ]
    assert_same_film(whole, tmp_path / "one.mkv")


def test_what_is_told(tmp_path: Path, film: Path, options: dict[str, Any]) -> None:
    with Queue(tmp_path) as queue:
        told: list[QueuedFilm] = []
        queue.listen(told.append)
        added = queue.add(film, **options)
        found = wait_until(queue, added.id, ended)
    assert found.state == "done"
    assert (found.frames, found.total) == (130, 130)
    assert found.output is not None
    assert found.output.is_file()
    phases = list(dict.fromkeys(each.phase for each in told if each.phase))
    assert phases[-2:] == ["color", "join"]
    assert any(each.phase_share for each in told)


def test_paused_and_started_again(
    tmp_path: Path, film: Path, whole: Path, options: dict[str, Any]
) -> None:
    output = tmp_path / "broken.mkv"
    with Queue(tmp_path) as queue:
        added = queue.add(film, output=output, **options)
        for _ in range(3):
            wait_until(queue, added.id, lambda each: each.state == "running" and each.frames > 0)
            queue.pause(added.id)
            found = wait_until(queue, added.id, lambda each: each.phase == "")
            if found.state == "done":
                break
            assert found.state == "paused"
            queue.start(added.id)
        assert wait_until(queue, added.id, ended).state == "done"
    assert_same_film(whole, output)


def test_cancelled_leaves_nothing(tmp_path: Path, film: Path, options: dict[str, Any]) -> None:
    output = tmp_path / "never.mkv"
    with Queue(tmp_path) as queue:
        added = queue.add(film, output=output, **(options | {"segment_seconds": 0.2}))
        wait_until(queue, added.id, lambda each: each.frames > 0)
        queue.cancel(added.id)
        wait_until(queue, added.id, lambda each: each.phase == "")
        assert queue.film(added.id).state == "cancelled"
        assert not work_place(output).exists()
        queue.remove(added.id)
        assert queue.films() == []
    assert not output.exists()


def test_a_film_that_fails_says_why(tmp_path: Path, options: dict[str, Any]) -> None:
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(b"no film" * 100)
    with Queue(tmp_path) as queue:
        added = queue.add(broken, **options)
        found = wait_until(queue, added.id, ended)
        assert found.state == "failed"
        assert "broken.mkv: not a film that can be read" in found.reason
        assert [each.state for each in filmcolor.list_films(tmp_path)] == ["failed"]


def test_what_cannot_be_is_refused_at_once(tmp_path: Path, film: Path) -> None:
    with Queue(tmp_path) as queue:
        with pytest.raises(InputError, match="nowhere"):
            queue.add(tmp_path / "nowhere.mkv")
        with pytest.raises(InputError, match=r"no\.json"):
            queue.add(film, plan=tmp_path / "no.json")
        with pytest.raises(UsageError, match="crf"):
            queue.add(film, crf=99)
        with pytest.raises(OutputError):
            queue.add(film, output=film)
        with pytest.raises(UsageError, match="has none called 'slowly'"):
            queue.add(film, preset="slowly")
        with pytest.raises(UsageError, match="no such thing"):
            queue.add(film, pix_fmt="no such thing")
        with pytest.raises(UsageError, match=r"suffix .\.xyz"):
            queue.add(film, output=tmp_path / "one.xyz")
        with pytest.raises(UsageError, match="no film"):
            queue.pause("nobody")
        with pytest.raises(OutputError, match="open elsewhere"):
            Queue(tmp_path)
        assert queue.films() == []


def test_the_command_makes_the_same_film(
    tmp_path: Path, film: Path, options: dict[str, Any]
) -> None:
    outputs = tmp_path / "by queue.mkv", tmp_path / "by command.mkv"
    more = options | {"saturation": 1.5, "codec": "ffv1", "encoder_options": {"slices": "4"}}
    with Queue(tmp_path) as queue:
        added = queue.add(film, output=outputs[0], start="10f", end="30f", **more)
        assert wait_until(queue, added.id, ended).state == "done"
    words = shlex.split(added.command.replace(outputs[0].name, outputs[1].name))
    assert words[:2] == ["filmcolor", "colorize"]
    subprocess.run([sys.executable, "-m", *words], check=True, timeout=60, capture_output=True)
    assert_same_film(*outputs)


def test_whoever_runs_it_is_killed(
    tmp_path: Path, film: Path, whole: Path, options: dict[str, Any]
) -> None:
    import json

    output = tmp_path / "broken.mkv"
    more = [film, output, json.dumps(options)]
    kills = 0
    for number in range(3):
        owner = subprocess.Popen(
            [sys.executable, "-c", OWNER, tmp_path, *(more if number == 0 else [])],
            stdout=subprocess.PIPE,
        )
        assert owner.stdout is not None
        owner.stdout.readline()
        time.sleep(0.5 + 0.3 * number)
        owner.kill()
        owner.wait()
        kills += not output.exists()
    assert kills
    with Queue(tmp_path) as queue:
        (added,) = queue.films()
        found = wait_until(queue, added.id, ended)
        assert found.state == "done", found.reason
    assert_same_film(whole, output)
    assert not work_place(output).exists()


def test_finished_while_nobody_listened(
    tmp_path: Path, film: Path, options: dict[str, Any]
) -> None:
    """The film got its name, and only then was the queue killed."""
    output = tmp_path / "one.mkv"
    with Queue(tmp_path) as queue:
        added = queue.add(film, output=output, **options)
        assert wait_until(queue, added.id, ended).state == "done"
    file = tmp_path / ".filmcolor-queue" / "queue.json"
    file.write_text(file.read_text().replace('"state": "done"', '"state": "running"'))
    (tmp_path / ".filmcolor-queue" / f"{added.id}.output").write_text(str(output))
    with Queue(tmp_path) as queue:
        assert queue.film(added.id).state == "done"


def test_a_damaged_queue_is_told(tmp_path: Path) -> None:
    with Queue(tmp_path):
        pass
    (tmp_path / ".filmcolor-queue" / "queue.json").write_text("{")
    with pytest.raises(OutputError, match="no queue"):
        Queue(tmp_path)


def test_rooms_that_are_unsought_are_looked_for(tmp_path: Path, options: dict[str, Any]) -> None:
    """A film that is queued while the studio still looks for them has its rooms all the same."""
    film = returning_film(tmp_path / "film.mkv")
    options["model"] = "lite"  # which sees what is alike
    plan = filmcolor.find_shots(film)
    path = tmp_path / "plan.json"
    open_shots = [shot.model_copy(update={"room": None, "kind": None}) for shot in plan.shots]
    left = plan.model_copy(update={"rooms": "unsought", "shots": tuple(open_shots)})
    write_plan(left, path)
    with Queue(tmp_path) as queue:
        queued = queue.add(film, output=tmp_path / "one.mkv", plan=path, **options)
        found = wait_until(queue, queued.id, ended)
        assert found.state == "done", found.reason
    write_plan(left.model_copy(update={"rooms": None}), path, overwrite=True)
    filmcolor.colorize(film, tmp_path / "rooms.mkv", plan=path, **options)
    assert_same_film(tmp_path / "one.mkv", tmp_path / "rooms.mkv")
