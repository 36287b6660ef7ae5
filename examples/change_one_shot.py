"""Finds the shots of a film and gives one of them another saturation.

    python examples/change_one_shot.py old.mp4 3 1.4

The plan stays beside the film as NAME.plan.json: look at it, change more, colour again.
"""

import json
import sys
from pathlib import Path

import filmcolor


def main(film: str, number: str, saturation: str) -> None:
    """Write the plan, change it, and colour the film by it."""
    path = Path(film).with_suffix(".plan.json")
    filmcolor.find_shots(film, path)
    plan = json.loads(path.read_text(encoding="utf-8"))
    for shot in plan["shots"]:
        print(f"shot {shot['number']}: {shot['time']}, {shot['seconds']} s")
    if not 1 <= int(number) <= len(plan["shots"]):
        raise ValueError(f"{film}: there is no shot {number}; {path} lists them.")
    plan["shots"][int(number) - 1]["settings"]["saturation"] = float(saturation)
    path.write_text(json.dumps(plan, indent=2), encoding="utf-8")
    print(filmcolor.colorize(film, plan=path).output)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (filmcolor.FilmcolorError, ValueError) as error:
        sys.exit(str(error))
