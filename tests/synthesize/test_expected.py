"""What a build is expected to ask: which documents count, what the prefix cache saves, what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.config.build import PromptForm, SynthesizeRecipe, WrittenRecipe
from pipeline.config.prices import PriceOptions, without_prices
from pipeline.synthesize.prices import Tokens, cost
from pipeline.synthesize.teachers.openai import OpenAIOptions
from pipeline.synthesize.written.expected import (
    AskedShard,
    DocumentLength,
    ExpectedRound,
    Measured,
    PlannedRounds,
    Round,
    expected_rounds,
    measured_by,
    planned_rounds,
    share_kept,
    total_of,
)

ALL_ROUNDS = PlannedRounds(
    questions_per_document=4,
    merges_per_document=1,
    attempts_with_document=1,
    attempts_without_document=1,
    is_judged=True,
)


NOTHING = Measured()


def recipe_of(*, questions: int = 4, **teacher: Any) -> SynthesizeRecipe:
    options = {"max_model_tokens": 32768, "max_answer_tokens": 512, **teacher}
    return SynthesizeRecipe(
        teacher=OpenAIOptions(model="m", **options),
        written=WrittenRecipe(questions_per_document=questions, segment_tokens=500),
    )


def expected(
    lengths: Sequence[DocumentLength],
    recipe: SynthesizeRecipe,
    planned: PlannedRounds = ALL_ROUNDS,
    measured: Measured = NOTHING,
) -> dict[Round, ExpectedRound]:
    return {one.round: one for one in expected_rounds(lengths, recipe, planned, measured=measured)}


def test_long_document_gets_all_rounds_and_its_prefix_is_computed_once() -> None:
    rounds = expected([DocumentLength(10_000, "en")], recipe_of())
    kept = 0.7
    drafts = kept * (4 + 1)
    assert list(rounds) == [Round.ATOMS, Round.MERGES, Round.ATTEMPTS, Round.JUDGE]
    assert rounds[Round.ATOMS].requests == 4
    assert rounds[Round.MERGES].requests == 1
    assert rounds[Round.ATTEMPTS].requests == pytest.approx(2 * drafts)
    assert rounds[Round.JUDGE].requests == pytest.approx(drafts)
    assert rounds[Round.ATOMS].tokens.prompt == pytest.approx(4 * (10_000 + 350 + 400))
    assert rounds[Round.ATOMS].tokens.cached == 3 * 10_000
    assert rounds[Round.ATTEMPTS].tokens.cached == pytest.approx(drafts * 10_000)
    assert rounds[Round.JUDGE].tokens.cached == pytest.approx(drafts * 10_000)


def test_judge_that_is_another_model_computes_the_prefix_again() -> None:
    other = PlannedRounds(4, 1, 1, 1, is_judged=True, judge_computes_prefixes=True)
    one = expected([DocumentLength(10_000, "en")], recipe_of())[Round.JUDGE]
    two = expected([DocumentLength(10_000, "en")], recipe_of(), other)[Round.JUDGE]
    assert two.requests == one.requests
    assert one.tokens.cached - two.tokens.cached == pytest.approx(10_000)


def test_document_longer_than_the_teachers_window_is_shown_in_pieces_with_a_prefix_each() -> None:
    recipe = recipe_of(max_model_tokens=8_600)  # 4,064 tokens are left for the document
    atoms = expected([DocumentLength(10_000, "en")], recipe)[Round.ATOMS]
    assert atoms.tokens.prompt == pytest.approx(4 * (10_000 / 3 + 350 + 400))
    assert atoms.tokens.cached == pytest.approx(10_000 / 3)


def test_short_document_has_fewer_segments_than_questions() -> None:
    atoms = expected([DocumentLength(600, "en")], recipe_of(questions=20), planned_rounds(recipe_of(questions=20)))
    assert atoms[Round.ATOMS].requests == 2


def test_documents_of_a_joined_row_share_its_requests() -> None:
    document = DocumentLength(9_000, "ko", num_sharing=3)
    assert expected([document] * 3, recipe_of())[Round.ATOMS].requests == 6


def test_document_in_another_language_is_not_asked_about() -> None:
    assert expected([DocumentLength(9_000, "fr")], recipe_of()) == {}
    assert expected([], recipe_of()) == {}


def test_recipe_without_written_tasks_asks_nothing() -> None:
    recipe = SynthesizeRecipe(written=WrittenRecipe(tasks=()))
    assert expected([DocumentLength(9_000, "en")], recipe, planned_rounds(recipe)) == {}


def test_completion_form_has_one_round_without_documents() -> None:
    recipe = recipe_of(prompt_form=PromptForm.COMPLETION)
    rounds = expected([DocumentLength(100_000, "en")], recipe)
    assert list(rounds) == [Round.ATOMS]
    assert rounds[Round.ATOMS].tokens.prompt < 4_000
    assert rounds[Round.ATOMS].tokens.cached == 0


documents = st.lists(
    st.builds(DocumentLength, st.integers(1, 200_000), st.sampled_from(["en", "ko", "fr"]), st.integers(1, 5)),
    max_size=8,
)
scales = st.none() | st.builds(Tokens, st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0.1, 10))
measurements = st.builds(Measured, st.none() | st.floats(0, 1), scales)
plans = st.builds(PlannedRounds, st.integers(0, 9), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2))


@given(documents, st.integers(2_000, 200_000), measurements, plans)
def test_cached_tokens_are_prompt_tokens_and_more_documents_ask_more(
    lengths: list[DocumentLength], window: int, measured: Measured, planned: PlannedRounds
) -> None:
    recipe = recipe_of(max_model_tokens=window)
    before = list(expected(lengths, recipe, planned, measured).values())
    for one in before:
        assert 0 <= one.tokens.cached <= one.tokens.prompt
        assert one.tokens.computed >= 0
    after = list(expected([*lengths, DocumentLength(5_000, "en")], recipe, planned, measured).values())
    assert total_of(after)[0] >= total_of(before)[0]


def asked_shard(expected_of: Sequence[ExpectedRound], *, asked: int, scale: float, finished: bool) -> AskedShard:
    requests, tokens = total_of(expected_of)
    share = scale * asked / requests
    counters = {
        "teacher/asked": asked,
        "teacher/prompt_tokens": round(tokens.prompt * share),
        "teacher/answer_tokens": round(tokens.answer * share),
        "prefix_cache/prompt_tokens": round(tokens.prompt * share),
        "prefix_cache/cached_tokens": round(tokens.cached * share),
        "teacher/milliseconds": 1000 * asked,
        "kept/written": asked // 2,
    }
    return AskedShard(counters, finished, expected_of)


def test_measured_scale_does_not_depend_on_which_documents_were_asked_first() -> None:
    """The finished shard holds short documents; the scale of the teacher's tokenizer is found all the same."""
    recipe = recipe_of()
    planned = PlannedRounds(questions_per_document=4)
    short = expected_rounds([DocumentLength(2_000, "en")] * 20, recipe, planned, measured=Measured())
    long = expected_rounds([DocumentLength(20_000, "ko")] * 20, recipe, planned, measured=Measured())
    measured = measured_by(
        [
            asked_shard(short, asked=80, scale=1.5, finished=True),
            asked_shard(long, asked=10, scale=1.5, finished=False),
            AskedShard({}, False, long),
        ]
    )
    assert measured.scale is not None
    assert measured.scale.prompt == pytest.approx(1.5, rel=1e-3)
    assert measured.scale.cached == pytest.approx(1.5, rel=1e-3)
    assert measured.scale.answer == pytest.approx(1.5, rel=1e-3)
    assert measured.share_kept == 0.5
    assert measured.tokens_per_second is not None
    computed = 1.5 * (80 / 80 * total_of(short)[1].computed + 10 / 80 * total_of(long)[1].computed)
    assert measured.tokens_per_second == pytest.approx(computed / 90, rel=1e-3)


def test_few_answers_measure_nothing() -> None:
    recipe = recipe_of()
    own = expected_rounds([DocumentLength(2_000, "en")] * 20, recipe, planned_rounds(recipe), measured=Measured())
    assert measured_by([asked_shard(own, asked=19, scale=2.0, finished=True)]) == Measured()
    assert measured_by([]) == Measured()


def test_share_kept_counts_the_replies_of_tasks_where_they_are_counted() -> None:
    counters = {"teacher/asked": 100, "written/qa/asked": 30, "written/summary/asked": 10, "kept/written": 10}
    assert share_kept([counters]) == 0.25
    assert share_kept([{"teacher/asked": 30, "teacher/cached": 12, "teacher/failed": 2, "kept/written": 10}]) == 0.25


def test_cost_uses_the_price_of_each_kind_of_token() -> None:
    tokens = Tokens(prompt=3_000_000, cached=2_000_000, answer=500_000)
    prices = PriceOptions(price_per_million_prompt_tokens=3.0, price_per_million_answer_tokens=15.0)
    assert cost(tokens, prices) == 3 * 3.0 + 0.5 * 15.0
    cheaper = prices.model_copy(update={"price_per_million_cached_tokens": 0.3})
    assert cost(tokens, cheaper) == pytest.approx(3.0 + 0.6 + 7.5)
    assert cost(tokens, PriceOptions()) is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"price_per_million_prompt_tokens": 3.0}, "together"),
        ({"price_per_million_answer_tokens": 3.0}, "together"),
        ({"price_per_million_cached_tokens": 3.0}, "needs price_per_million_prompt_tokens"),
        ({"price_per_million_prompt_tokens": -1.0, "price_per_million_answer_tokens": 1.0}, "greater than or equal"),
        ({"currency": "dollars"}, "pattern"),
        ({"tokens_per_second": 0}, "greater than 0"),
    ],
)
def test_prices_that_say_nothing_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        PriceOptions(**options)


def test_recipe_without_prices_is_the_same_for_any_prices() -> None:
    priced = recipe_of(
        price_per_million_prompt_tokens=3.0,
        price_per_million_answer_tokens=15.0,
        tokens_per_second=900.0,
        currency="KRW",
    )
    assert without_prices(priced) == without_prices(recipe_of())
    assert without_prices(priced) != without_prices(recipe_of(temperature=0.5))
    assert without_prices(priced)["teacher"]["max_answer_tokens"] == 512
