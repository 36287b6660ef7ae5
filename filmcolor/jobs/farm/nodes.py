"""The workers of a farm, as its coordinator knows them: who is there, and who is of use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from filmcolor.errors import FilmcolorError
from filmcolor.jobs.farm.connection import Worker

_FILMS_IN_A_ROW: Final = 3
"""A worker is not used any more when it has failed with so many films one after the other."""


class Nodes:
    """All workers there are, and what was found out about them."""

    def __init__(self, note: Callable[[str], None]) -> None:
        """None is there yet; `note` is told, in a sentence, what people should know."""
        self._note = note
        self._found: dict[str, Worker] = {}
        self._names: dict[str, str] = {}
        """Of the computers, by the addresses of their workers."""
        self._unfit: dict[str, str] = {}
        """Why workers are not used, by their addresses."""
        self._failed_with: dict[str, set[int]] = defaultdict(set)
        """Films with which a worker has failed since it last did something well."""

    def __len__(self) -> int:
        """Return how many workers there are, those included that are not used."""
        return len(self._found)

    def update(self, found: Iterable[Worker]) -> list[str]:
        """Take notice of who is there now; return the addresses of those that are gone."""
        now = {worker.address: worker for worker in found}
        gone = [address for address in self._found if address not in now]
        for address in gone:
            self._note(f"{self.name(address)} is gone ({address}); others do what it was at.")
            self._unfit.pop(address, None)
            self._failed_with.pop(address, None)
        self._found = now
        for worker in now.values():
            if worker.trouble:
                self.is_unfit(worker.address, worker.trouble)
        return gone

    def forget(self) -> None:
        """Take notice that nobody is there any more."""
        self._found.clear()

    @property
    def usable(self) -> list[Worker]:
        """Those that are used.

        Raises `FilmcolorError` where there are some, but none of use.
        """
        usable = [w for w in self._found.values() if w.address not in self._unfit]
        if self._found and not usable:
            worker, reason = next(iter(self._unfit.items()))
            raise FilmcolorError(
                f"no node of the farm can do the work: {self.name(worker)} {reason}"
            )
        return usable

    @property
    def slots(self) -> dict[str, int]:
        """How many tasks a computer does at once, by host; "": all that are not named."""
        hosts: dict[str, int] = defaultdict(int)
        for worker in self._found.values():
            hosts[worker.host] += worker.threads
        usual = max(hosts.values(), default=1)
        return {"": usual, **{host: n for host, n in hosts.items() if n != usual}}

    def name(self, address: str) -> str:
        """Return how people call the computer of a worker, as far as that is known."""
        known = self._found.get(address)
        return self._names.get(address) or (known.host if known else "") or address

    def is_called(self, address: str, node: str) -> None:
        """Take notice of the name of a worker's computer."""
        self._names[address] = node

    def is_unfit(self, address: str, reason: str) -> None:
        """Do not use a worker any more, as long as it is there."""
        if address not in self._unfit:
            self._unfit[address] = reason
            self._note(f"{self.name(address)} {reason}; it is not used ({address}).")

    def did_well(self, address: str) -> None:
        """Take notice of a task that was done."""
        self._failed_with.pop(address, None)

    def failed(self, address: str, film: int, reason: str) -> None:
        """Take notice of a task that was not; `film`: its number."""
        films = self._failed_with[address]
        films.add(film)
        if len(films) >= _FILMS_IN_A_ROW:
            self.is_unfit(address, f"has failed with {len(films)} films in a row ({reason})")
