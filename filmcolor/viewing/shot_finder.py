"""Finds the shots of a film that is looked at, where its plan does not tell them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial

from filmcolor.events import Events, check_cancelled
from filmcolor.jobs.get_ready import keyframe_spacing
from filmcolor.media.faults.unchanged import InputStamp
from filmcolor.media.source import FrameSource
from filmcolor.networks import Network
from filmcolor.planning.plan import Plan
from filmcolor.planning.planner import plan_film
from filmcolor.planning.shot import ShotFacts
from filmcolor.script.shot_facts import facts_of_shots, has_shots, is_planned, told_of_shots
from filmcolor.settings import Settings
from filmcolor.viewing.colors import Colors
from filmcolor.viewing.decisions import Decisions

_TICK = 0.2
"""Seconds between looks whether a wait is over."""


class ShotFinder:
    """Makes the plan of a film; may be used by several threads, of which one does the work."""

    def __init__(
        self,
        source: FrameSource,
        settings: Settings,
        stamp: InputStamp,
        decisions: Decisions,
        network: Callable[[], Network],
        colors: Callable[[], Colors],
    ) -> None:
        """Find nothing yet. `network` and `colors` give what is loaded when it is needed."""
        self._source = source
        self._settings = settings
        self._stamp = stamp
        self._decisions = decisions
        self._network = network
        self._colors = colors
        self._planning = threading.RLock()

    def find(self, events: Events) -> Plan:
        """Return the plan with all that it is to tell; see `FilmView.make_plan`."""
        while not self._planning.acquire(timeout=_TICK):
            check_cancelled()
        try:
            return self._find(events)
        finally:
            self._planning.release()

    def known(self) -> Plan:
        """Return the plan, made or waited for where shots are not known.

        Never to be called with the lock of what is decided.
        """
        while True:
            plan = self._decisions.plan
            if has_shots(plan):
                return plan
            if self._planning.acquire(timeout=_TICK):
                try:
                    return self._find(Events())
                finally:
                    self._planning.release()
            check_cancelled()

    def _find(self, events: Events) -> Plan:
        decisions = self._decisions
        plan = decisions.plan
        if is_planned(plan):
            self._colors().look(decisions.followed(plan))
            return plan
        network = self._network()
        if plan is None:
            spacing = keyframe_spacing(self._settings, network)
            plan = plan_film(self._source, events=events, keyframe_spacing=spacing)
        if plan.rooms_are_open or len(plan.shots) == 1:
            with decisions.lock:
                self._stamp.check()
                decisions.begin(plan.model_copy(update={"rooms": "unsought"}))
        while True:
            plan = decisions.plan
            if plan is None or is_planned(plan):
                return self._find(events)
            keep = self._colors().keep_looks(decisions.followed(plan))
            found = facts_of_shots(self._source.reopen(), plan, network, events, keep)
            with decisions.lock:
                self._stamp.check()
                now = decisions.plan
                if now is not None and not is_planned(now) and _shots_of(now) == _shots_of(plan):
                    decisions.learn(partial(_told, _shots_of(plan), found))
                    return _told(_shots_of(plan), found, now)


_Shots = tuple[tuple[int | None, int, int], ...]


def _shots_of(plan: Plan) -> _Shots:
    """Return by what the shots of a plan are told from those of another."""
    return tuple((shot.number, shot.pts, shot.end_pts) for shot in plan.shots)


def _told(shots: _Shots, found: Mapping[int, ShotFacts], plan: Plan) -> Plan:
    """Return a plan with what was found out about `shots`, if it has these."""
    return told_of_shots(plan, found) if _shots_of(plan) == shots else plan
