"""By what the colours that were found for a shot are known: all that they depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import filmcolor
from filmcolor.keyframes.painted import HintStrokes, PaintedKeyframe
from filmcolor.networks import Network
from filmcolor.planning.planned_frames import shot_choices
from filmcolor.planning.shot import Shot
from filmcolor.script.given import AsKept, Given
from filmcolor.script.given_files import given_sha256
from filmcolor.script.standing_keyframes import representative
from filmcolor.settings import Settings, SourceSettings
from filmcolor.system.checksum import file_sha256


class DraftKeys:
    """Names what is found about the shots of one film."""

    def __init__(self, settings: Settings, network: Network) -> None:
        """Of a film that is coloured with these settings and this network."""
        self._settings = settings
        self._main = _network(network)
        self._source = {name: getattr(settings, name) for name in SourceSettings.model_fields}

    def looks(self, shot: Shot, networks: Mapping[str, Network]) -> str:
        """Return the name of what is noted about a shot."""
        return _hashed(
            {**self._common(shot, networks), "shot": shot.pts, "standing": representative(shot)}
        )

    def colors(
        self, shot: Shot, networks: Mapping[str, Network], given: Iterable[Given] = ()
    ) -> str:
        """Return the name of the colours of a shot's keyframes; `given`: what is given to it."""
        return _hashed(
            {
                **self._shot(shot, networks),
                "hints": [[k.frame, k.pts] for k in shot.keyframes] if shot.hints else [],
                "points": [hint.model_dump() for hint in shot.hints or ()],
                "given": [[each.pts, each.hint, *_content(each)] for each in given],
            }
        )

    def wished(self, shot: Shot, networks: Mapping[str, Network]) -> str:
        """Return the name of how a shot looks of which something is wanted, whatever that is."""
        return _hashed(self._shot(shot, networks))

    def _shot(self, shot: Shot, networks: Mapping[str, Network]) -> dict[str, Any]:
        choices = shot_choices(shot, self._settings)
        lent = choices.settings.references if choices.settings.reference_strength else ()
        return {
            **self._common(shot, networks),
            "shot": [shot.pts, shot.end_pts, shot.frames],
            "ends": [shot.opens.model_dump(), shot.closes.model_dump()],
            "keyframes": [keyframe.pts for keyframe in shot.keyframes],
            "references": [_stamp(path) for path in lent],
            "strength": choices.settings.reference_strength if lent else None,
        }

    def _common(self, shot: Shot, networks: Mapping[str, Network]) -> dict[str, Any]:
        name = shot_choices(shot, self._settings).network
        return {
            "filmcolor": filmcolor.__version__,
            "source": self._source,
            "network": self._main if name is None else _network(networks[name]),
        }


def given_of_shot(shot: Shot, given: Iterable[Given]) -> list[Given]:
    """Return what is given to keyframes of a shot."""
    return [each for each in given if shot.pts <= each.pts < shot.end_pts]


def _network(network: Network) -> list[str]:
    return [network.sha256, network.engine, network.precision]


def _stamp(path: str) -> list[Any]:
    try:
        facts = Path(path).stat()
    except OSError:
        return [path]
    return [path, facts.st_size, facts.st_mtime_ns]


def _content(given: Given) -> list[str]:
    """Return what tells given colours from others, without decoding pictures."""
    colors = given.colors.colors if isinstance(given.colors, AsKept) else given.colors
    match colors:
        case PaintedKeyframe(path=path, original=original):
            return [file_sha256(path), file_sha256(original)]
        case HintStrokes(content=content):
            return [hashlib.sha256(content).hexdigest()]
        case _:
            return [given_sha256(colors.load())]


def _hashed(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
