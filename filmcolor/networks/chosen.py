"""The networks that a run's settings and plan name, on the engines that suit the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from filmcolor.errors import FilmcolorError
from filmcolor.networks import Network, is_large_network, load_network
from filmcolor.networks.engines.engine import PASSES_AT_ONCE
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import ShotSettings
from filmcolor.settings import ColorSettings
from filmcolor.system.cpu import available_cores


@dataclass(frozen=True)
class NetworkFile:
    """A network that was chosen before: its file, and the engine that ran it."""

    path: Path
    engine: str

    def load(self) -> Network:
        """Load it again, on the same engine; raises as `load_network` does."""
        return load_network(self.path, engine=self.engine, threads=network_threads(self.path))


@dataclass(frozen=True)
class ChosenNetworks:
    """The networks that colour one film."""

    main: Network
    shots: Mapping[str, Network] = field(default_factory=dict)
    """Those that the plan names for single shots, by their names there."""


def network_threads(network: str | Path) -> int:
    """Return how many threads a pass of the network gets; `network` as for `load_network`.

    Passes of a small one share the cores. Those of a large one get all of them: while the frames
    of a shot wait for the second one of two keyframes, there is often nothing else to do.
    """
    cores = available_cores()
    return cores if is_large_network(network) else max(1, cores // PASSES_AT_ONCE)


def load_chosen_network(settings: ColorSettings, *, threads: int | None = None) -> Network:
    """Load the network of `settings`; `threads` and errors as for `load_network`.

    Where no engine is named, a small network that sees nothing but keyframes runs on ONNX Runtime
    even if OpenVINO is there: its start is quicker, which short films feel, and in long ones
    passes are too few for OpenVINO's speed to show.
    """
    engine = settings.engine
    few_passes = settings.method == "propagate" and not is_large_network(settings.model)
    if engine == "auto" and few_passes:
        engine = "onnxruntime"
    return load_network(settings.model, engine=engine, threads=threads)


def load_shot_networks(
    plan: Plan | None,
    settings: ColorSettings,
    known: Mapping[str, NetworkFile] | None = None,
    changes: Mapping[int, ShotSettings] | None = None,
) -> dict[str, Network]:
    """Load the networks that a plan names for single shots; by the names in the plan.

    `known` are those that were chosen before; `changes`, what is different about single shots
    where there is no plan yet. Raises as `load_network` does, naming the shot.
    """
    loaded: dict[str, Network] = {}
    shots = {shot.number: shot.settings for shot in plan.shots} if plan is not None else changes
    for number, own_settings in (shots or {}).items():
        name = own_settings.network
        if name is None or name in loaded or own_settings.skip:
            continue
        try:
            if known is not None and name in known:
                loaded[name] = known[name].load()
            else:
                own = settings.model_copy(update={"model": name})
                loaded[name] = load_chosen_network(own, threads=network_threads(name))
        except FilmcolorError as error:
            raise error.reworded(f"shot {number} of the plan: {error}") from error
    return loaded
