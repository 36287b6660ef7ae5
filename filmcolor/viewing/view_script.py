"""The colour script of a film that is looked at: found shot by shot, as frames are asked for.

It says what `filmcolor.script.write` would write of the whole film. Of a shot that is not known
yet, no more is found than the frame that is asked for needs, until the whole shot is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial

import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.events import check_cancelled
from filmcolor.networks import Network
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import Shot, ShotFacts, ShotKind
from filmcolor.script.color_script import ColorScript
from filmcolor.script.consensus import Agreed, Light
from filmcolor.script.given import GivenColors
from filmcolor.script.given_layers import KeyframeWishes, keyframe_wishes
from filmcolor.script.keyframe_colors import KeyframeColors
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.script.places import FeatureScale
from filmcolor.script.records import as_kept
from filmcolor.script.room_colors import ColorChange, next_to, room_changes
from filmcolor.script.stretches import Stretch, keyframes_around, parts_of_shots, whole_shots
from filmcolor.script.wished_shot import WishedShot
from filmcolor.script.write import found_facts, returning_rooms, standing
from filmcolor.system.stages import StageTimes
from filmcolor.viewing.draft_keys import given_of_shot
from filmcolor.viewing.drafts import DraftStore
from filmcolor.viewing.found_colors import Decided, FoundColors
from filmcolor.viewing.view_drafts import ViewDrafts
from filmcolor.viewing.wished_shots import Carried

_PARTS_KEPT = 16
"""Shots of which a part is known, in memory: of some 100 keyframes, 40 kB each."""
_CHANGES_KEPT = 64
"""Shots of which it is known how their room changes them."""


class ViewScript(ColorScript):
    """A colour script for what was decided about a film. One thread at a time."""

    def __init__(
        self, found: FoundColors, decided: Decided, networks: Mapping[str, Network]
    ) -> None:
        """Look at nothing yet. `networks`: those of single shots, by their names."""
        self._found = found
        self._networks = networks
        self._given = decided.given
        found.forget_shots(3 * len(decided.plan.shots) + 100)
        self._wanted = [shot for shot in decided.plan.shots if found.is_wanted(shot)]
        self._shots = {shot.number or 1: shot for shot in self._wanted}
        self._keys: dict[int, str] = {}
        self._wishes: dict[int, dict[int, KeyframeWishes]] | None = None
        self._rooms: list[list[Shot]] | None = None
        self.draft: ViewDrafts = ViewDrafts(self)
        self._asked = decided.plan
        self._told: Plan | None = None
        self._kinds: dict[int, ShotKind] = {}

    @property
    def film_networks(self) -> FilmNetworks:
        """The networks of the film."""
        return FilmNetworks(self._found.network, self._networks)

    @property
    def plan(self) -> Plan:
        """The plan with what was found out about its shots, as colouring follows it.

        Where rooms are unsought, it tells the kinds of shots whose frames were asked for.
        """
        plan = self._asked
        if plan.rooms == "unsought":
            kinds = {number: ShotFacts(kind=kind) for number, kind in self._kinds.items()}
            return plan.with_facts(kinds)
        if self._told is None:
            if plan.rooms_are_open and len(self._wanted) > 1:
                self.look()
                plan = plan.with_facts(found_facts(plan, self._wanted, self))
            self._told = plan
        return self._told

    def key(self, number: int) -> str:
        """Return the name of the colours of a shot."""
        if number not in self._keys:
            shot = self._shots[number]
            given = given_of_shot(shot, self._given)
            self._keys[number] = self._found.keys.colors(shot, self._networks, given)
        return self._keys[number]

    def looks_key(self, number: int) -> str:
        """Return the name of what is noted of a shot."""
        return self._found.looks_key(self._shots[number], self._networks)

    def is_wished(self, number: int) -> bool:
        """Return whether people want something of a shot's keyframes."""
        shot = self._shots[number]
        return bool(shot.hints) or bool(given_of_shot(shot, self._given))

    def whole(self, number: int) -> bool:
        """Return whether all keyframes of a shot are known."""
        return self._found.store.holds(self.key(number))

    @property
    def missing(self) -> list[Shot]:
        """The shots whose keyframes are not all known."""
        return [shot for shot in self._wanted if not self.whole(shot.number or 1)]

    # Finding what is not known

    def look(self, done: Callable[[], None] = lambda: None) -> None:
        """Have the network look at one keyframe of each shot that may have a room."""
        found = self._found
        in_rooms = [shot for shot in self._wanted if shot.room is not None]
        unseen = [
            shot
            for shot in (self._wanted if self._asked.rooms_are_open else in_rooms)
            if not found.store.holds_looks(self.looks_key(shot.number or 1))
        ]
        if len(self._wanted) < 2 or not unseen:
            return
        with self._keyframe_colors() as colors:
            for shot, looks in zip(unseen, colors.looks(unseen), strict=True):
                check_cancelled()
                found.store.keep_looks(self.looks_key(shot.number or 1), looks)
                done()
        self._rooms = None

    def find(self, *pts: int, done: Callable[[], None] = lambda: None) -> None:
        """Find what frames at some times in ticks depend on; `done` after each frame read."""
        self.look(done)
        plan = self.plan
        needed = keyframes_around(plan, map(Fraction, pts))
        shown = [shot for shot in self._wanted if shot.pts in needed]
        for shot in shown:
            for shots, place in self._places(shot):
                for other in (place, *next_to(place, len(shots))):
                    keyframes = shots[other].keyframes
                    needed[shots[other].pts].add(len(keyframes) // 2 if keyframes else 0)
        unknown = [
            shot
            for shot in self._wanted
            if shot.pts in needed and not self._knows(shot, needed[shot.pts])
        ]
        wished = [shot for shot in unknown if self.is_wished(shot.number or 1)]
        others = [shot for shot in unknown if not self.is_wished(shot.number or 1)]
        stretches = [*whole_shots(wished), *parts_of_shots(others, needed)]
        self._draft(stretches, done)
        self._find_kinds(shown)

    def find_kinds(self, first: int, last: int) -> None:
        """Find what the shots between two times in ticks show, where the plan leaves it open."""
        places = self._asked.place_at(first), self._asked.place_at(last) + 1
        shown = self._asked.shots[max(0, places[0] - 1) : places[1] + 1]
        self._find_kinds([shot for shot in shown if (shot.number or 1) in self._shots])

    def _find_kinds(self, shots: Sequence[Shot]) -> None:
        if self._asked.rooms != "unsought":
            return
        unknown = [
            shot for shot in shots if shot.kind is None and (shot.number or 1) not in self._kinds
        ]
        for shot in unknown:
            key = self._found.keys.wished(shot, self._networks)
            if key not in self._found.kinds:
                if shot.keyframes:
                    with self._keyframe_colors() as colors:
                        self._found.kinds[key] = colors.kind(shot)
                else:  # its only keyframe is known by reading it
                    self._draft(whole_shots([shot]), lambda: None)
            if key in self._found.kinds:
                self._kinds[shot.number or 1] = self._found.kinds[key]

    def find_shot(self, number: int) -> None:
        """Find what the frames of a shot depend on, if its keyframes are carried to them."""
        shot = self._shots.get(number)
        if shot is not None:
            self.find(shot.pts, *(each.pts for each in shot.keyframes), shot.end_pts - 1)

    def find_whole(
        self, shots: Sequence[Shot], done: Callable[[], None], carry: Callable[[], bool]
    ) -> None:
        """Find the colours of all keyframes of some shots.

        `done` is called after each frame read, `carry` before what people want is carried to one
        more keyframe; it says whether that is to go on.
        """
        unseen = []
        for shot in shots:
            carried = self._carried(shot.number or 1)
            if carried is None:
                unseen.append(shot)
            else:
                self._keep_carried(shot, carried, carry)
        self._draft(whole_shots(unseen), done)

    def _carried(self, number: int) -> Carried | None:
        """Return what is wanted of a shot's keyframes, where it was seen for something else."""
        shot = self._shots[number]
        if not self.is_wished(number):
            return None
        found = self._found
        if self._wishes is None:
            self._wishes = keyframe_wishes(self._asked, self._given)
        wishes = self._wishes.get(number, {})
        carried = found.wished.carried(
            found.keys.wished(shot, self._networks),
            self.key(number),
            lambda seen: seen.carried(wishes, number, found.source.info),
        )
        return carried if carried is not None and found.store.holds(carried.agreed) else None

    def _keep_carried(self, shot: Shot, carried: Carried, carry: Callable[[], bool]) -> None:
        number, store = shot.number or 1, self._found.store
        for keyframe in shot.keyframes:
            if not carry():
                return
            colors = carried.at(keyframe.pts)
            if colors is not None:
                store.give(self.key(number), keyframe.pts, colors)
        store.keep(self.key(number), store.of(carried.agreed))

    def _draft(self, stretches: Sequence[Stretch], done: Callable[[], None]) -> None:
        if not stretches:
            return
        self.draft.in_parts = {
            stretch.shots[0].number or 1 for stretch in stretches if stretch.is_part
        }
        # In the film's order, as shots are told apart by following each other.
        ordered = sorted(stretches, key=lambda stretch: (stretch.shots[0].pts, stretch.begins))
        with self._keyframe_colors() as colors:
            colors.draft(ordered, self, done)

    def _keyframe_colors(self) -> KeyframeColors:
        found = self._found
        return KeyframeColors(
            found.source,
            self._asked,
            found.settings,
            self.film_networks,
            StageTimes(),
            self._given,
            self._keep_wished,
        )

    def _keep_wished(self, number: int, seen: WishedShot) -> None:
        key = self._found.keys.wished(self._shots[number], self._networks)
        self._found.wished.keep(key, seen, self.key(number))

    def _knows(self, shot: Shot, needed: Iterable[int]) -> bool:
        number = shot.number or 1
        if self.whole(number) or self._carried(number) is not None:
            return True
        part = self._found.parts.get(self.key(number), {})
        return bool(part) and all(
            shot.keyframes[place].pts in part
            for place in needed
            if 0 <= place < len(shot.keyframes)
        )

    def keep_part(self, number: int, keyframes: Iterable[Agreed]) -> None:
        """Take some keyframes of a shot."""
        parts, key = self._found.parts, self.key(number)
        new = {each.pts: each for each in keyframes}
        with self._found.guard:
            parts[key] = parts.get(key, {}) | new
            parts.move_to_end(key)
            while len(parts) > _PARTS_KEPT:
                parts.popitem(last=False)

    def keep_kind(self, number: int, kind: ShotKind) -> None:
        """Take what a shot shows; all its keyframes were seen."""
        self._found.kinds[self._found.keys.wished(self._shots[number], self._networks)] = kind

    def drafted(self, number: int, pts: int) -> Agreed | None:
        """Return a keyframe of a shot, before its room changes it."""
        key, store = self.key(number), self._found.store
        known = self._found.parts.get(key, {}).get(pts)
        if known is None:
            known = store.at(key, pts)
        if known is None:
            carried = self._carried(number)
            known = None if carried is None else store.at(carried.agreed, pts)
        return known

    # Rooms

    @property
    def store(self) -> DraftStore:
        """Where what was found is kept."""
        return self._found.store

    def _places(self, shot: Shot) -> Iterator[tuple[list[Shot], int]]:
        """Yield the room of a shot, if others show it too, and the shot's place in it."""
        if self._rooms is None:
            plan = self.plan
            rooms = {each.number: each.room for each in plan.shots}
            seen = tuple(
                (number, rooms[number], self.looks_key(number))
                for number in self._shots
                if rooms.get(number) is not None
            )
            known = self._found.rooms
            if known is None or known[0] != seen:
                found = returning_rooms(plan, self._wanted, self)
                known = seen, [[each.number or 1 for each in shots] for shots in found]
                self._found.rooms = known
            self._rooms = [[self._shots[number] for number in shots] for shots in known[1]]
        for shots in self._rooms:
            for place, other in enumerate(shots):
                if other.pts == shot.pts:
                    yield shots, place

    def _changes(self, number: int) -> Iterator[ColorChange]:
        for shots, place in self._places(self._shots[number]):
            others = [shots[other].number or 1 for other in next_to(place, len(shots))]
            key = tuple(self.key(each) for each in (number, *others)) + self._seen
            with self._found.guard:
                known = self._found.changes.get(key)
                if known is None:
                    keyframe = partial(standing, shots, self)
                    (known,) = room_changes(len(shots), keyframe, self._scale(), [place])
                    self._found.changes[key] = known
                    if len(self._found.changes) > _CHANGES_KEPT:
                        self._found.changes.popitem(last=False)
            yield known

    @property
    def _seen(self) -> tuple[str, ...]:
        """The names of the features by which all of the film's are measured."""
        return tuple(
            self.looks_key(shot.number or 1) for shots in self._rooms or () for shot in shots
        )

    def _scale(self) -> FeatureScale:
        seen = self._seen
        if self._found.scale is None or self._found.scale[0] != seen:
            looks = (self._found.store.looks(key) for key in seen)
            scale = FeatureScale.of(each.features for each in looks if each is not None)
            self._found.scale = seen, scale
        return self._found.scale[1]

    # What it says

    def ab(self, shot: int, pts: int) -> Floats | None:
        """Return ab of a keyframe; see `ColorScript`."""
        if shot not in self._shots:
            return None
        found = self.drafted(shot, pts)
        if found is None:
            return None
        ab = found.ab
        for change in self._changes(shot):
            ab = change.apply(ab, found.L)
        return ab.astype(np.float16).astype(np.float32)

    def light(self, shot: int, pts: int) -> Light | None:
        """Return how light a keyframe is; see `ColorScript`."""
        found = self.drafted(shot, pts) if shot in self._shots else None
        return None if found is None else as_kept(found).light

    def holds(self, shot: int) -> bool:
        """Return whether the shot's keyframes have their colours."""
        return shot in self._shots and self.whole(shot)

    @property
    def keyframes(self) -> int:
        """How many keyframes it is to hold."""
        return sum(len(shot.keyframes) for shot in self._wanted)

    def keep(self, shot: int, keyframes: Iterable[Agreed]) -> None:
        """Nothing is kept but drafts: what rooms change is found when it is asked for."""

    def give(self, shot: int, pts: int, colors: GivenColors) -> None:
        """Take colours for a keyframe that count more than its own."""
        self._found.store.give(self.key(shot), pts, colors)

    def given(self, shot: int, pts: int) -> GivenColors | None:
        """Return the colours that count more than the keyframe's own, where there are any."""
        if shot not in self._shots or not self.is_wished(shot):
            return None
        if self.whole(shot):
            return self._found.store.given(self.key(shot), pts)
        carried = self._carried(shot)
        return None if carried is None else carried.at(pts)

    def finish(self, facts: Mapping[int, ShotFacts]) -> None:
        """Nothing is to be kept of it."""

    @property
    def facts(self) -> Mapping[int, ShotFacts] | None:
        """None: it is never finished."""
        return None
