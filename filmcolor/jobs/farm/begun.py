"""A work folder as those see it who have no charge of its manifest."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filmcolor.errors import InputError, NetworkError, RestartNeededError
from filmcolor.jobs.farm.path_map import NO_MAP, PathMap
from filmcolor.jobs.film import begun_request
from filmcolor.jobs.job import FilmRequest
from filmcolor.jobs.kept_given import kept_given
from filmcolor.jobs.kept_plan import kept_plan
from filmcolor.jobs.manifest import Manifest, differences, new_manifest
from filmcolor.jobs.network_identity import NetworkIdentity
from filmcolor.jobs.prepare import prepare
from filmcolor.jobs.unfinished import find_unfinished
from filmcolor.jobs.work import Work
from filmcolor.networks.network import weights_file
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import ShotSettings


class OthersWork(Work):
    """A work folder that somebody else has charge of: nothing is entered into its manifest."""

    def check_given_plan(self, plan: Plan | None) -> None:
        """Do nothing: the plan comes from here, with the paths that hold here."""

    def _change(self, **values: object) -> None:
        self.manifest = self.manifest.model_copy(update=values)


@dataclass(frozen=True)
class Begun:
    """A film that was begun, as it is seen from here."""

    output: Path
    folder: Path
    manifest: Manifest
    """With the paths that hold here."""
    paths: PathMap = NO_MAP

    @classmethod
    def at(
        cls,
        place: Path,
        film: Path | None = None,
        paths: PathMap = NO_MAP,
        model: str | None = None,
    ) -> Begun:
        """Look at the work folder `place`, or that of the film `place`.

        `film`, `model`: where the source, and the network, lie as seen from here, if not where the
        manifest has them. Raises `InputError` where there is no such folder.
        """
        found = find_unfinished([place])
        if len(found) != 1:
            raise InputError(f"{place}: is not the work folder of one film; name that one.")
        manifest = found[0].manifest
        source = film or Path(paths.there(manifest.input))
        network = manifest.network
        if network is not None and model is not None:
            network = network.model_copy(update={"path": model})
        elif network is not None:
            network = _found(network, manifest.settings.model, paths)
        manifest = manifest.model_copy(
            update={
                "input": str(source.absolute()),
                "settings": manifest.settings.model_copy(
                    update={
                        "model": paths.there(manifest.settings.model),
                        "references": tuple(map(paths.there, manifest.settings.references)),
                    }
                ),
                "shots": {n: _own_paths(own, paths) for n, own in manifest.shots.items()},
                "references": {paths.there(p): s for p, s in manifest.references.items()},
                "network": network,
                "shot_networks": {
                    name: _found(known, name, paths)
                    for name, known in manifest.shot_networks.items()
                },
            }
        )
        return cls(found[0].output, found[0].folder, manifest, paths)

    def work(self) -> OthersWork:
        """Return its work folder."""
        return OthersWork(self.folder, self.output, self.manifest, resumed=True)

    def request(self) -> FilmRequest:
        """Return what was asked for; raises as `filmcolor.jobs.resume.finish` does.

        Raises `RestartNeededError` where the film, or the versions of filmcolor and PyAV, are not
        those with which it was begun.
        """
        manifest = self.manifest
        own = manifest.plan is not None and manifest.plan.given
        plan = kept_plan(self.folder, manifest) if own else None
        if plan is not None:
            shots = tuple(
                shot.model_copy(update={"settings": _own_paths(shot.settings, self.paths)})
                for shot in plan.shots
            )
            plan = plan.model_copy(update={"shots": shots})
        request = begun_request(self.output, manifest, plan, kept_given(self.folder, manifest))
        now = new_manifest(prepare(request))
        different = differences(manifest, now)
        if different:
            raise RestartNeededError(
                f"{self.output}: was begun with {', '.join(different)}: it cannot be coloured here."
            )
        return request


def _own_paths(own: ShotSettings, paths: PathMap) -> ShotSettings:
    if own.references is None:
        return own
    return own.model_copy(update={"references": tuple(map(paths.there, own.references))})


def _found(known: NetworkIdentity, name: str, paths: PathMap) -> NetworkIdentity:
    """Return a network with the place where it lies here; `name`: as which it was asked for.

    That it is the same one is found out when it is loaded.
    """
    path = paths.there(known.path)
    if not Path(path).is_file():
        path = paths.there(name)
        with suppress(NetworkError):
            path = str(weights_file(path))
    return known.model_copy(update={"path": path})
