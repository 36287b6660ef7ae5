"""How the command line spells what the library calls by the names of its parameters."""

from __future__ import annotations

import functools
from typing import Any


@functools.cache
def flags() -> dict[str, str]:
    """Return the flag for each parameter that some command has an option for."""
    import typer

    from filmcolor.cli.app import app

    found: dict[str, str] = {}
    commands: list[Any] = [typer.main.get_command(app)]
    for command in commands:
        commands += getattr(command, "commands", {}).values()
        for parameter in command.params:
            if parameter.param_type_name == "option":
                found[parameter.name] = parameter.opts[0]
    found["output"] = "-o"  # which, unlike --output, all commands have that write a result
    return found
