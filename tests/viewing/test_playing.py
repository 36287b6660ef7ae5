"""What is played is what is seen, in order, with its sound."""

from __future__ import annotations

from io import BytesIO

import av
import numpy as np
import pytest

from filmcolor import FilmView, Network, UsageError
from tests.viewing.conftest import LENGTHS, assert_as_in_film, whole_film


def test_frames(view: FilmView, network: Network) -> None:
    view.make_plan()
    film = whole_film(view, network)
    played = list(view.frames(5, 70))
    assert [frame.number for frame in played] == list(range(5, 70))
    for frame in played:
        assert_as_in_film(frame, film)
    assert [frame.number for frame in view.frames(60)] == list(range(60, sum(LENGTHS)))
    view.change(2, {"method": "frame"})
    assert [frame.number for frame in view.frames(10, 40)] == list(range(10, 40))


def test_stopped_in_the_middle(view: FilmView) -> None:
    playing = view.frames(0)
    assert next(playing).number == 0
    playing.close()
    assert view.frame(3).number == 3
    with pytest.raises(UsageError, match="empty"):
        next(view.frames(20, 20))


@pytest.mark.parametrize("width", [None, 48])
def test_clip(view: FilmView, width: int | None) -> None:
    pieces = list(view.clip(25, 65, width=width))
    assert len(pieces) > 1
    with av.open(BytesIO(b"".join(pieces))) as clip:
        (video,), (sound,) = clip.streams.video, clip.streams.audio
        assert (video.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert video.width == (width or 96)
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in clip.decode(video)]
    assert len(frames) == 40
    assert [time for time, _ in frames] == pytest.approx([n / 25 for n in range(40)], abs=0.002)
    seen = view.frame(35, width=width).color
    assert np.abs(frames[10][1].astype(int) - seen).mean() < 8
    with av.open(BytesIO(b"".join(pieces))) as clip:
        heard = list(clip.decode(audio=0))
    seconds = sum(frame.samples for frame in heard) / heard[0].sample_rate
    assert seconds == pytest.approx(40 / 25, abs=0.1)
