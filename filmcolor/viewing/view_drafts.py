"""The shots of a film that is looked at, before their rooms change them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from filmcolor.script.color_script import ShotDrafts, ShotLooks
from filmcolor.script.consensus import Agreed

if TYPE_CHECKING:
    from filmcolor.viewing.view_script import ViewScript


class ViewDrafts(ShotDrafts):
    """The shots of a `ViewScript` before their rooms change them."""

    def __init__(self, script: ViewScript) -> None:
        """Begin with those of `script`."""
        self._script = script
        self.in_parts: set[int] = set()
        """Shots of which no more than parts are found now."""

    def holds(self, shot: int) -> bool:
        """Return whether the whole shot is found."""
        return self._script.whole(shot)

    def keep(self, shot: int, keyframes: Iterable[Agreed], looks: ShotLooks) -> None:
        """Take what was found of a shot, or of parts of it."""
        script = self._script
        if shot in self.in_parts:
            script.keep_part(shot, keyframes)
        else:
            script.store.keep(script.key(shot), keyframes)
            script.keep_kind(shot, looks.kind)
        if looks.features and not script.store.holds_looks(script.looks_key(shot)):
            script.store.keep_looks(script.looks_key(shot), looks)

    def of(self, shot: int) -> Iterator[Agreed]:
        """Yield the keyframe that stands for a shot: no others are asked for."""
        looks = self.looks(shot)
        found = None if looks is None else self._script.drafted(shot, looks.pts)
        if found is not None:
            yield found

    def looks(self, shot: int) -> ShotLooks | None:
        """Return what was noted of a shot."""
        return self._script.store.looks(self._script.looks_key(shot))
