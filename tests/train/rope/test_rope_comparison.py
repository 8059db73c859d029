"""What each method does to each frequency, side by side."""

from __future__ import annotations

import math

import pytest
from small_student import small_config

from pipeline.errors import InputError
from pipeline.train.rope.comparison import Fate, compare_methods, frequency_rows
from pipeline.train.rope.methods import make_method
from pipeline.train.rope.scaled_config import config_scaling

UNSCALED = config_scaling(small_config())  # base 10000, 8 frequencies, 512 positions


def test_rows_are_wavelengths_and_turns_over_the_original_length() -> None:
    rows = frequency_rows(UNSCALED)
    assert [row.index for row in rows] == list(range(8))
    assert rows[0].wavelength == pytest.approx(2 * math.pi)
    assert rows[4].wavelength == pytest.approx(2 * math.pi * 100.0)  # 10000^(2·4/16)
    assert rows[4].turns == pytest.approx(512 / (2 * math.pi * 100.0))


def test_fates_name_what_is_kept_interpolated_and_stopped() -> None:
    recipes = [(method, make_method(method, factor=4.0)) for method in ("linear", "yarn", "ntk", "giraffe_truncated")]
    linear, yarn, ntk, truncated = compare_methods(UNSCALED, recipes)
    assert linear.fates == (Fate.INTERPOLATED,) * 8
    # 32 turns fall at dimension 0.81, one at 3.8: rounded outwards, 0 is kept and 4 on are interpolated.
    assert yarn.fates == (Fate.KEPT, *(Fate.PARTLY,) * 3, *(Fate.INTERPOLATED,) * 4)
    assert (ntk.fates[0], ntk.fates[-1], ntk.count(Fate.PARTLY)) == (Fate.KEPT, Fate.INTERPOLATED, 6)
    assert truncated.fates == (*(Fate.KEPT,) * 4, *(Fate.INTERPOLATED,) * 2, *(Fate.STOPPED,) * 2)
    assert ntk.scaling.method == "ntk"


def test_searched_factors_that_do_not_fit_are_refused() -> None:
    recipe = make_method("longrope", factor=4.0, long_factors=(1.0, 2.0))
    with pytest.raises(InputError, match="8 rotary frequencies"):
        compare_methods(UNSCALED, [("searched", recipe)])


@pytest.mark.parametrize(
    ("divisor", "fate"),
    [
        (1.0, Fate.KEPT), (1.0009, Fate.KEPT), (1.0011, Fate.PARTLY), (3.99, Fate.PARTLY), (3.9961, Fate.INTERPOLATED),
        (4.0, Fate.INTERPOLATED), (1e29, Fate.INTERPOLATED), (1e30, Fate.STOPPED),
    ],
)  # fmt: skip
def test_fate_of_a_divisor_at_its_edges(divisor: float, fate: Fate) -> None:
    factors = (1.0,) * 7 + (divisor,)
    recipe = make_method("longrope", factor=4.0, long_factors=factors)
    (column,) = compare_methods(UNSCALED, [("given", recipe)])
    assert (column.label, column.fates[-1], column.count(Fate.KEPT)) == ("given", fate, 7 + (fate is Fate.KEPT))


def test_columns_are_of_the_recipes_original_length_where_it_gives_one() -> None:
    recipe = make_method("yarn", factor=4.0, original_max_tokens=128)
    (own,), (given,) = (compare_methods(UNSCALED, [("y", r)]) for r in (recipe.model_copy(update={
        "original_max_tokens": None}), recipe))  # fmt: skip
    assert (own.scaling.original_max_tokens, own.scaling.max_tokens) == (512, 2048)
    assert (given.scaling.original_max_tokens, given.scaling.max_tokens) == (128, 512)
    assert given.fates != own.fates
