"""Colours to paint with.

The brightness of a colour does not matter: that is the film's. Skin tones are the ten of the Monk
Skin Tone Scale (Ellis Monk, skintone.google, CC BY 4.0), by their numbers.
"""

from __future__ import annotations

_SKIN = (
    ("#f6ede4", "very light"),
    ("#f3e7db", "light, rosy"),
    ("#f7ead0", "light, golden"),
    ("#eadaba", "light, olive"),
    ("#d7bd96", "medium light"),
    ("#a07e56", "medium"),
    ("#825c43", "medium dark"),
    ("#604134", "dark"),
    ("#3a312a", "very dark"),
    ("#292420", "deepest"),
)

_GROUPS = {
    "Sky and water": (
        ("#8fb8de", "Clear sky"),
        ("#b9c9d6", "Hazy sky"),
        ("#e0a878", "Evening sky"),
        ("#5d8794", "Sea"),
        ("#6f8f8a", "Lake"),
    ),
    "Foliage and earth": (
        ("#5f7d3a", "Leaves"),
        ("#7f9a4e", "Grass"),
        ("#3f5a3a", "Fir"),
        ("#a98f4f", "Dry grass"),
        ("#8a6a48", "Earth"),
        ("#7a5230", "Wood"),
        ("#9a5a44", "Brick"),
    ),
    "Cloth and paint": (
        ("#3b4a6b", "Navy"),
        ("#6a7fa8", "Denim"),
        ("#8c2f39", "Burgundy"),
        ("#b5483a", "Red"),
        ("#6b6a3a", "Olive drab"),
        ("#a58a63", "Khaki"),
        ("#6d5442", "Tweed"),
        ("#c9a24a", "Mustard"),
        ("#4d6f62", "Bottle green"),
        ("#8c6a8f", "Mauve"),
    ),
}


def palette() -> list[dict[str, object]]:
    """Return groups of colours: `{"name": ..., "colors": [{"name", "color", "short"}, ...]}`."""
    skin: list[dict[str, str]] = [
        {"name": f"Skin {number}, {words}", "color": color, "short": str(number)}
        for number, (color, words) in enumerate(_SKIN, 1)
    ]
    others: list[dict[str, object]] = [
        {"name": group, "colors": [{"name": name, "color": color} for color, name in colors]}
        for group, colors in _GROUPS.items()
    ]
    return [{"name": "Skin", "colors": skin}, *others]
