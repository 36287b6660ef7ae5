"""A studio's page in a browser, used as a person would."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.studio.asking import Asking, until

AXE = Path(__file__).parent / "axe" / "axe.min.js"

_PIXELS = """([selector, layer]) => {
    const canvas = document.querySelectorAll(`${selector} canvas.layer`)[layer];
    return canvas.toDataURL('image/png').split(',')[1];
}"""
_FAULTS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter(fault => ['serious', 'critical'].includes(fault.impact))
    .map(fault => fault.id + ': ' + fault.nodes.map(node => node.html).join(' | ').slice(0, 400))"""


@dataclass
class Window:
    """One window on a studio; what goes wrong in it is kept."""

    page: Any
    studio: Asking
    faults: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keep all that a person would see as an error in the browser's console."""
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", self._said)

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")

    def open(self, place: str = "") -> None:
        """Open the address that the command prints, then a view of it."""
        self.page.goto(self.studio.address)
        if place:
            self.page.evaluate("place => { location.hash = place; }", place)

    def open_film(self, name: str = "old.mp4") -> None:
        """Open a film from the list, and wait until it is shown in colour."""
        self.open()
        self.page.get_by_role("link", name=name).click()
        self.wait_for_frame(0)

    def wait_for_frame(self, number: int) -> None:
        """Wait until a frame is shown in colour."""
        self.page.wait_for_selector(f".picture-pane[data-frame='{number}']", timeout=20_000)

    def revision(self) -> int:
        """Return of which revision the shown picture is."""
        return int(self.page.get_attribute(".picture-pane", "data-revision") or 0)

    def after(self, act: Any) -> None:
        """Do something that changes the film, and wait for its new picture."""
        before = self.revision()
        act()
        until(lambda: self.revision() > before)

    def color(self) -> np.ndarray:
        """The pixels that are shown in colour, uint8 (h, w, 3)."""
        return self._layer(1)

    def grey(self) -> np.ndarray:
        """The pixels that are shown without colour."""
        return self._layer(0)

    def _layer(self, number: int) -> np.ndarray:
        data = self.page.evaluate(_PIXELS, [".picture-pane", number])
        with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
            return np.asarray(picture.convert("RGB"))

    def grave_faults(self) -> list[str]:
        """What axe-core finds serious or critical in what is shown now."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        return list(self.page.evaluate(_FAULTS))


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference of two pictures, in codes."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def drop(window: Window, path: Path, place: str) -> None:
    """Drop a file on an element."""
    handle = window.page.evaluate_handle(
        """([name, data]) => {
            const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, {type: 'image/png'}));
            return transfer;
        }""",
        [path.name, base64.b64encode(path.read_bytes()).decode()],
    )
    for kind in ("dragover", "drop"):
        window.page.dispatch_event(place, kind, {"dataTransfer": handle})
