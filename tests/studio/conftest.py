"""A studio that runs, and a browser to use it with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import filmcolor
from benchmarks.networks.tiny import write_network
from tests.studio.asking import Asking
from tests.studio.films import make_film, make_photo
from tests.studio.pages import Window

pytest.importorskip("starlette", reason="the studio's extra is not installed")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(autouse=True)
def own_surroundings(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that this computer knows of other films or networks."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("FILMCOLOR_MODELS", str(tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="session")
def tiny_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("tiny") / "tiny.onnx")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, tiny_network: Path) -> Path:
    """Films and photos, made once; the shots of one film are known."""
    folder = tmp_path_factory.mktemp("made")
    make_film(folder / "fresh.mp4", shots=2)
    make_film(folder / "old.mp4", audio="aac")
    with filmcolor.open_film(folder / "old.mp4", model=str(tiny_network)) as view:
        view.make_plan()
    make_photo(folder / "aunt.png", 1)
    make_photo(folder / "uncle.png", 2)
    return folder


@pytest.fixture
def folder(tmp_path: Path, made: Path) -> Path:
    """A folder with a film of two shots, one of three with a plan, and two photos."""
    folder = tmp_path / "films"
    shutil.copytree(made, folder)
    return folder


@pytest.fixture
def new_window(studio: Asking, browser: Any) -> Iterator[Callable[..., Window]]:
    """Opens windows on the studio, of 1280x720 pixels; nothing may go wrong in any of them."""
    contexts, windows = [], []

    def opened(**options: Any) -> Window:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 720}} | options))
        context.set_default_timeout(20_000)
        contexts.append(context)
        window = Window(context.new_page(), studio)
        window.listen()
        windows.append(window)
        return window

    yield opened
    for context in contexts:
        context.close()
    assert [fault for window in windows for fault in window.faults] == []


@pytest.fixture
def window(new_window: Callable[..., Window]) -> Window:
    """A window on the studio."""
    return new_window()


@pytest.fixture
def studio(folder: Path, tiny_network: Path) -> Iterator[Asking]:
    """A studio on the folder."""
    from filmcolor.studio.server import running_studio

    with running_studio(folder, port=0, model=str(tiny_network)) as running:
        yield Asking(running.address, running.port, running.token, folder)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    sync_api = pytest.importorskip("playwright.sync_api")
    found = os.environ.get("FILMCOLOR_CHROMIUM") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    if found is None:
        pytest.skip("no Chromium was found; FILMCOLOR_CHROMIUM may name one")
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_api.sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=found,
            args=[
                *("--no-sandbox", "--autoplay-policy=no-user-gesture-required"),
                *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
            ],
        )
        stack.callback(browser.close)
        yield browser
