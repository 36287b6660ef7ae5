"""Plans: what they may hold, how they are cut to a part, and how they are written and read."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filmcolor.errors import FilmcolorError, InputError, OutputError
from filmcolor.media.decode.probe import probe
from filmcolor.media.source import FrameRange
from filmcolor.planning.plan import CoveredPart, FilmIdentity, Plan
from filmcolor.planning.plan_file import identify, plan_text, read_plan, write_plan
from filmcolor.planning.shot import Keyframe, Shot, ShotSettings, Transition
from filmcolor.settings import Settings
from tests.clips import make_clip

TICKS = st.integers(-(2**40), 2**40)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@st.composite
def shot_settings(draw: st.DrawFn) -> ShotSettings:
    return ShotSettings(
        saturation=draw(st.none() | st.floats(0, 4)),
        warmth=draw(st.none() | st.floats(-60, 60)),
        tint=draw(st.none() | st.floats(-60, 60)),
        strength=draw(st.none() | st.floats(0, 1)),
        method=draw(st.sampled_from([None, "propagate", "smooth", "frame"])),
        network=draw(st.none() | WORDS.filter(bool)),
        skip=draw(st.sampled_from([None, True, False])),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan."""
    lengths = draw(st.lists(st.integers(1, 40), min_size=1, max_size=6))
    tick = draw(st.integers(1, 5000))
    pts, frame = draw(TICKS), draw(st.integers(0, 10**6))
    shots = []
    for length in lengths:
        chosen = sorted(draw(st.sets(st.integers(0, length - 1), max_size=4)))
        transition = st.builds(
            Transition,
            kind=st.sampled_from(["start", "end", "cut", "fade", "dissolve"]),
            frames=st.integers(0, length),
        )
        shots.append(
            Shot(
                first_frame=frame,
                end_frame=frame + length,
                pts=pts,
                end_pts=pts + length * tick,
                time=draw(WORDS),
                seconds=draw(st.none() | st.floats(0, 1e6)),
                opens=draw(transition),
                closes=draw(transition),
                settings=draw(shot_settings()),
                keyframes=tuple(
                    Keyframe(frame=frame + at, pts=pts + at * tick, time=draw(WORDS))
                    for at in chosen
                ),
            )
        )
        pts, frame = pts + length * tick, frame + length
    identity = FilmIdentity(
        name=draw(WORDS),
        bytes=draw(st.none() | st.integers(0, 2**50)),
        width=draw(st.none() | st.integers(1, 10**5)),
        height=draw(st.none() | st.integers(1, 10**5)),
        time_base=Fraction(draw(st.integers(1, 10**6)), draw(st.integers(1, 10**6))),
        frames=draw(st.none() | st.integers(0, 10**7)),
        first_pts=draw(st.none() | TICKS),
    )
    part = draw(
        st.none() | st.builds(CoveredPart, pts=st.none() | TICKS, end_pts=st.none() | TICKS)
    )
    return Plan(film=identity, part=part, shots=tuple(shots))


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plans())
def test_written_and_read_again(tmp_path: Path, plan: Plan) -> None:
    path = tmp_path / "plan.json"
    write_plan(plan, path, overwrite=True)
    assert read_plan(path) == plan
    assert path.read_text(encoding="utf-8") == plan_text(plan)


@settings(deadline=None, max_examples=60)
@given(plans(), st.data())
def test_a_part_of_a_plan(plan: Plan, data: st.DataObject) -> None:
    time_base = plan.film.time_base
    first, last = plan.shots[0].pts, plan.shots[-1].end_pts
    moments = st.fractions(first * time_base, last * time_base, max_denominator=10**7)
    start, end = sorted((data.draw(moments), data.draw(moments)))
    begin_pts, end_pts = math.ceil(start / time_base), math.ceil(end / time_base)
    if end_pts <= begin_pts:
        return
    piece = plan.within(FrameRange(start, end))
    assert (piece.shots[0].pts, piece.shots[-1].end_pts) == (begin_pts, end_pts)
    kept = [k for shot in plan.shots for k in shot.keyframes if begin_pts <= k.pts < end_pts]
    assert [k for shot in piece.shots for k in shot.keyframes] == kept
    for shot in piece.shots:
        origin = next(s for s in plan.shots if s.pts <= shot.pts and shot.end_pts <= s.end_pts)
        assert origin.first_frame <= shot.first_frame < shot.end_frame <= origin.end_frame
        assert shot.settings == origin.settings
        assert shot.opens == origin.opens or (shot.pts > origin.pts and shot.opens.kind == "start")
    # What comes out is a plan, too.
    assert Plan.model_validate(piece.model_dump()) == piece
    assert plan.within(FrameRange()) == plan


def test_nothing_of_the_part_is_covered() -> None:
    with pytest.raises(InputError, match="covers nothing of this part"):
        simple_plan().within(FrameRange(Fraction(100), None))


def simple_plan(**changes: Any) -> Plan:
    shots = (
        Shot(first_frame=0, end_frame=10, pts=0, end_pts=10),
        Shot(first_frame=10, end_frame=25, pts=10, end_pts=25),
    )
    film = FilmIdentity(name="film.mp4", time_base=Fraction(1, 25))
    return Plan(**({"film": film, "shots": shots} | changes))


def test_times_that_a_plan_covers() -> None:
    plan = simple_plan()
    assert plan.covered == FrameRange()
    part = simple_plan(part=CoveredPart(pts=5))
    assert part.covered == FrameRange(Fraction(1, 5), None)


def test_changed_settings() -> None:
    assert ShotSettings().changed == {}
    assert ShotSettings(saturation=0, skip=True).changed == {"saturation": 0, "skip": True}


@pytest.mark.parametrize("name", ["saturation", "warmth", "tint", "strength"])
@pytest.mark.parametrize("value", [-61, -1, -0.001, 0, 1, 1.001, 4, 4.001, 60, 60.001])
def test_settings_have_the_bounds_of_the_run(name: str, value: float) -> None:
    def allowed(kind: Any) -> bool:
        try:
            kind(**{name: value})
        except ValueError:
            return False
        return True

    assert allowed(ShotSettings) == allowed(Settings)


def test_settings_of_a_shot_are_those_of_the_run() -> None:
    own = ShotSettings.model_json_schema()["properties"]
    run = Settings.model_json_schema()["properties"]
    assert own.keys() - run.keys() == {"network", "skip"}
    for name in own.keys() & run.keys():
        allowed, left_out = own[name]["anyOf"]
        assert left_out == {"type": "null"}
        assert allowed.items() <= run[name].items()
        assert {"enum", "minimum", "maximum", "description"} & run[name].keys() <= allowed.keys()


SMALLEST = {
    "film": {"time_base": "1/25"},
    "shots": [{"first_frame": 0, "end_frame": 10, "pts": 0, "end_pts": 10}],
}
"""All that a plan needs."""


def test_most_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(SMALLEST), encoding="utf-8-sig")
    (shot,) = read_plan(path).shots
    assert shot.keyframes == ()
    assert shot.frames == 10
    assert shot.opens.kind == shot.closes.kind == "cut"
    assert shot.settings.changed == {}


def test_layout() -> None:
    """One line for a keyframe, and a place to write settings to."""
    shots = list(simple_plan().shots)
    keyframes = tuple(Keyframe(frame=at, pts=at, time="00:00:00.080") for at in (2, 7))
    shots[0] = shots[0].model_copy(update={"keyframes": keyframes})
    lines = plan_text(simple_plan(shots=tuple(shots))).splitlines()
    assert '        {"frame": 2, "pts": 2, "time": "00:00:00.080"},' in lines
    assert '      "settings": {},' in lines
    assert lines[1] == '  "version": 1,'


def _changed(*path: Any, to: Any) -> dict[str, Any]:
    """A plan of two shots, with the value at `path` changed."""
    plan: Any = json.loads(plan_text(simple_plan()))
    plan["shots"][0]["keyframes"] = [{"frame": 2, "pts": 2}, {"frame": 7, "pts": 7}]
    place = plan
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return dict(plan)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not JSON .*line 1"),
        ('{"film":\n {"time_base" 3}}', "not JSON .*line 2"),
        ("[]", "object"),
        ("null", "object"),
        ("NaN", "object|JSON"),
        (b"\xff\xfe\x00{", "not JSON"),
        ("[" * 100_000, "JSON"),
        ({}, "film is missing"),
        (_changed("version", to=2), "version 2 of plans is not known"),
        ('{"version": 1%s}' % (5000 * "0"), "not JSON .*out of range"),
        ('{"version": 1%s}' % (4000 * "0"), r"version 1000+\.\.\. of plans is not known"),
        (_changed("colour", to=1), "colour is not known"),
        (_changed("shots", 1, "saturation", to=1), "shot 2, saturation is not known there"),
        (_changed("shots", 1, "settings", to={"saturation": 9}), "shot 2, settings, saturation.*4"),
        (_changed("shots", 1, "settings", to={"method": "magic"}), "method.*'propagate'.*'magic'"),
        (_changed("shots", to=[]), "shots.*at least 1"),
        (_changed("shots", 1, "pts", to=9), "overlap: shots 1 and 2"),
        (_changed("shots", 1, "pts", to=12), "gap between shots 1 and 2"),
        (_changed("shots", 1, "pts", to="ten"), "shot 2, pts.*integer.*'ten'"),
        (_changed("shots", 1, "pts", to=True), "shot 2, pts.*integer"),
        (_changed("shots", 1, "pts", to=2**70), "shot 2, pts"),
        (_changed("shots", 1, "end_pts", to=10), "shot 2: .*end_pts above pts"),
        (_changed("shots", 1, "end_frame", to=10), "shot 2: .*end_frame above first_frame"),
        (_changed("shots", 0, "keyframes", 1, "pts", to=10), "shot 1: keyframe 2 .*outside"),
        (_changed("shots", 0, "keyframes", 1, "pts", to=2), "shot 1: keyframe 2 .*sort"),
        (_changed("shots", 0, "keyframes", 1, to={"frame": 1}), "shot 1, keyframe 2, pts is miss"),
        (_changed("shots", 0, "opens", "kind", to="wipe"), "shot 1, opens, kind.*'wipe'"),
        (_changed("film", "time_base", to="1/0"), 'film, time_base.*"1/25"'),
        (_changed("film", "time_base", to=0.04), 'film, time_base.*"1/25"'),
    ],
)
def test_wrong_plans(tmp_path: Path, content: Any, words: str) -> None:
    path = tmp_path / "plan.json"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words) as failure:
        read_plan(path)
    message = str(failure.value)
    assert message.startswith(f"{path}: ")
    assert len(message) < 400 + len(str(path))


def test_no_plan_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError, match=r"cannot be read.*filmcolor shots"):
            read_plan(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*Plan.model_fields, *Shot.model_fields, *FilmIdentity.model_fields, "kind", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.binary(max_size=40)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.builds(
        lambda shot, film: json.dumps({"film": film, "shots": [shot]}).encode(),
        st.dictionaries(st.sampled_from([*Shot.model_fields]), JSON),
        st.just({"time_base": "1/25"}) | JSON,
    )
)
def test_no_file_does_harm(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(data)
    try:
        plan = read_plan(path)
    except FilmcolorError as error:
        assert str(error).startswith(f"{path}: ")
    else:
        assert Plan.model_validate(plan.model_dump()) == plan


def test_identity(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mkv", pts=[80, 120, 160], time_base=Fraction(1, 1000))
    identity = identify(probe(film))
    assert identity.name == "film.mkv"
    assert identity.bytes == film.stat().st_size
    assert (identity.width, identity.height) == (64, 48)
    assert identity.time_base == Fraction(1, 1000)
    assert identity.first_pts == 80


def test_a_plan_belongs_to_its_film(tmp_path: Path, grey_clip: Path) -> None:
    path = tmp_path / "plan.json"
    info = probe(grey_clip)
    identity = identify(info)
    write_plan(simple_plan(film=identity), path)
    renamed = grey_clip.rename(tmp_path / "renamed.mp4")
    assert read_plan(path, probe(renamed)).film == identity
    for name, other in (("bytes", 1), ("width", 63), ("frames", 13), ("first_pts", 5)):
        changed = identity.model_copy(update={name: other})
        write_plan(simple_plan(film=changed), path, overwrite=True)
        with pytest.raises(InputError, match=f"film, {name}: is {other}.*another film"):
            read_plan(path, probe(renamed))
    write_plan(simple_plan(), path, overwrite=True)
    with pytest.raises(InputError, match="time_base: is 1/25"):
        read_plan(path, probe(renamed))


def test_plans_are_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(simple_plan(), path)
    before = path.read_bytes()
    with pytest.raises(OutputError, match="exists already"):
        write_plan(simple_plan(part=CoveredPart(pts=0)), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["plan.json"]
