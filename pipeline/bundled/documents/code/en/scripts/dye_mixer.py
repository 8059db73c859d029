"""Mixes dyes for yarn: from a colour recipe and a weight of wool to grams of powder.

Depth of shade is grams of powder for 100 grams of wool.
"""

from __future__ import annotations

STOCK_PERCENT = 2.0
"""Grams of powder in 100 millilitres of stock solution."""
MAX_DEPTH = 4.0
VINEGAR_ML_PER_100_G = 60
FIX_MINUTES = {"wool": 45, "silk": 30, "nylon": 20}

RECIPES = {
    "moss": {"yellow": 0.55, "blue": 0.35, "black": 0.10},
    "brick": {"red": 0.70, "yellow": 0.25, "black": 0.05},
    "plum": {"red": 0.50, "blue": 0.40, "black": 0.10},
    "sand": {"yellow": 0.80, "red": 0.15, "black": 0.05},
}


class DepthError(ValueError):
    """The depth of shade is above MAX_DEPTH: the yarn would not take all of the dye."""


def powder(recipe: str, wool_grams: float, depth: float) -> dict[str, float]:
    """Return grams of each powder.

    Args:
        recipe: a name in RECIPES.
        wool_grams: dry weight of the yarn.
        depth: depth of shade, from 0.1 for pale to 4 for black.
    """
    if depth > MAX_DEPTH:
        raise DepthError(f"depth {depth} is above {MAX_DEPTH}")
    total = wool_grams * depth / 100
    return {dye: round(total * share, 2) for dye, share in RECIPES[recipe].items()}


def stock_millilitres(grams: float) -> float:
    """Return how much stock solution holds these grams of powder."""
    return grams * 100 / STOCK_PERCENT


def vinegar_millilitres(wool_grams: float) -> float:
    """Return the vinegar for the bath; silk takes the same as wool."""
    return wool_grams * VINEGAR_ML_PER_100_G / 100


def fixing_minutes(fibre: str, depth: float) -> int:
    """Return the time at 85 °C; deep shades take a third longer."""
    minutes = FIX_MINUTES[fibre]
    return minutes + minutes // 3 if depth > 2 else minutes


def card(recipe: str, fibre: str, wool_grams: float, depth: float) -> str:
    """Return the card that hangs on the pot."""
    parts = ", ".join(f"{dye} {grams} g" for dye, grams in powder(recipe, wool_grams, depth).items())
    return f"{recipe}: {parts}; vinegar {vinegar_millilitres(wool_grams):.0f} ml; {fixing_minutes(fibre, depth)} min"
