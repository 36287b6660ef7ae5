"""What the process that colours a film is told, and tells: lines of JSON."""

from __future__ import annotations

import json
from typing import IO, Any

from filmcolor.events import Done, Event, FrameDone, Joining, Note, Planned, SegmentDone


def message_of(event: Event) -> dict[str, Any] | None:
    """Return an event as plain values; None for one that is not passed on."""
    match event:
        case FrameDone():
            return {
                "kind": "frame",
                "done": event.done,
                "total": event.total,
                "phase": event.phase,
            }
        case Planned():
            return {"kind": "planned", "frames": event.frames}
        case SegmentDone():
            return {"kind": "segment"}
        case Note():
            return {"kind": "note", "text": event.text}
        case Joining():
            return {"kind": "joining", "output": str(event.output)}
        case Done():
            summary = event.summary
            return {
                "kind": "done",
                "output": str(summary.output),
                "frames": summary.frames,
                "notes": list(summary.warnings),
            }
        case _:
            return None


def send(pipe: IO[bytes], message: dict[str, Any]) -> None:
    """Write a message; raises `OSError` when nobody reads any more."""
    pipe.write(json.dumps(message).encode() + b"\n")
    pipe.flush()


def received(line: bytes) -> dict[str, Any]:
    """Return the message in a line; an empty one where there is none."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
