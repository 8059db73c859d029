"""Scales recipes to another number of portions and prints shopping lists."""

from __future__ import annotations

from dataclasses import dataclass, replace

GRAMS_PER_OUNCE = 28.35
PINCH_GRAMS = 0.4
MAX_FACTOR = 12
ROUNDING = ((1000, 50), (100, 10), (10, 1))
"""(from this many grams, round to this many grams)."""


class ScalingError(ValueError):
    """The factor is not between 0 and MAX_FACTOR."""


@dataclass(frozen=True)
class Ingredient:
    name: str
    grams: float
    scales: bool = True
    """False for things such as a bay leaf, of which one is enough for any size."""


@dataclass(frozen=True)
class Recipe:
    title: str
    portions: int
    ingredients: tuple[Ingredient, ...]
    baking_minutes: int = 0


def rounded(grams: float) -> float:
    """Round an amount as a cook would weigh it; less than 10 grams keeps one decimal."""
    for at_least, step in ROUNDING:
        if grams >= at_least:
            return round(grams / step) * step
    return round(grams, 1)


def scale(recipe: Recipe, portions: int) -> Recipe:
    """Return a recipe for another number of portions.

    The baking time grows with the cube root of the factor, because the dish grows in three dimensions.

    Raises:
        ScalingError: the factor is too large.
    """
    factor = portions / recipe.portions
    if not 0 < factor <= MAX_FACTOR:
        raise ScalingError(f"cannot scale {recipe.title} by {factor:g}")
    ingredients = tuple(
        replace(one, grams=rounded(one.grams * factor)) if one.scales else one for one in recipe.ingredients
    )
    minutes = round(recipe.baking_minutes * factor ** (1 / 3))
    return replace(recipe, portions=portions, ingredients=ingredients, baking_minutes=minutes)


def shopping_list(recipes: list[Recipe]) -> dict[str, float]:
    """Return grams by ingredient, over all recipes, heaviest first."""
    total: dict[str, float] = {}
    for recipe in recipes:
        for one in recipe.ingredients:
            total[one.name] = total.get(one.name, 0.0) + max(one.grams, PINCH_GRAMS)
    return dict(sorted(total.items(), key=lambda item: -item[1]))
