"""A window that holds no segment with its prompt is refused before anything is read or asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_builds import Observer, build, recipe_of

from pipeline.build import plan_sft
from pipeline.config.build import PromptForm, SynthesizeRecipe, WrittenRecipe
from pipeline.config.judge import JudgeRecipe
from pipeline.config.start import Start
from pipeline.errors import RecipeError
from pipeline.synthesize.teachers.openai import OpenAIOptions
from pipeline.synthesize.written.room import answer_tokens, check_window, document_tokens, window_tokens


def recipe(
    window: int, *, answer: int = 512, segment: int = 512, verdict: int = 1536, judge: int = 0, **options: Any
) -> SynthesizeRecipe:
    written = {"segment_tokens": segment, "verdicts": JudgeRecipe(max_verdict_tokens=verdict), **options}
    form = written.pop("prompt_form", PromptForm.CHAT)
    return SynthesizeRecipe(
        teacher=OpenAIOptions(model="m", max_model_tokens=window, max_answer_tokens=answer, prompt_form=form),
        judge=OpenAIOptions(model="j", max_model_tokens=judge) if judge else None,
        written=WrittenRecipe(**written),
    )


def fault(found: SynthesizeRecipe) -> RecipeError | None:
    try:
        check_window(found)
    except RecipeError as error:
        return error
    return None


@given(st.integers(1, 12_000), st.integers(1, 3_000), st.integers(1, 2_000), st.integers(1, 3_000), st.booleans())
def test_window_is_refused_if_a_prompt_cannot_show_a_segment_and_as_much_of_its_document(
    window: int, answer: int, segment: int, verdict: int, judged: bool
) -> None:
    found = recipe(window, answer=answer, segment=segment, verdict=verdict, judged=judged)
    room = document_tokens(window_tokens(found), answers=answer_tokens(found), segment=segment)
    assert answer_tokens(found) == (max(answer, verdict) if judged else answer)
    assert (fault(found) is None) == (room >= segment)


@pytest.mark.parametrize(
    ("small", "least"),
    [
        ({"window": 2_048}, 5_072),
        ({"window": 2_048, "judged": False}, 4_048),
        ({"window": 4_096, "segment": 1_000}, 6_536),
        ({"window": 1_024, "prompt_form": PromptForm.COMPLETION}, 1_112),
    ],
)
def test_error_names_the_window_and_the_least_that_is_enough(small: dict[str, Any], least: int) -> None:
    error = fault(recipe(**small))
    assert error is not None
    assert error.message.startswith(
        f"synthesize.teacher.max_model_tokens is {small['window']}, but a request can need {least} tokens: "
    )
    assert f"set synthesize.teacher.max_model_tokens to at least {least}" in error.remedy
    assert fault(recipe(**{**small, "window": least})) is None
    assert fault(recipe(**{**small, "window": least - 1})) is not None


def test_error_names_the_judge_if_its_window_is_the_smaller_one() -> None:
    error = fault(recipe(65_536, judge=4_096))
    assert error is not None and "synthesize.judge.max_model_tokens is 4096" in error.message
    assert fault(recipe(65_536, judge=8_192)) is None
    assert fault(recipe(65_536, judge=4_096, judged=False)) is None, "no judge is asked"


def test_window_of_a_teacher_that_is_not_asked_does_not_matter() -> None:
    assert fault(recipe(100, tasks=())) is None


@pytest.mark.parametrize("command", ["build", "plan"])
def test_build_with_a_window_that_is_too_small_ends_before_it_reads_anything(tmp_path: Path, command: str) -> None:
    settings = [
        "synthesize.written.tasks=[qa]",
        "synthesize.teacher.kind=openai",
        "synthesize.teacher.model=m",
        "synthesize.teacher.prompt_form=chat",
        "synthesize.teacher.max_model_tokens=2048",
    ]
    small = recipe_of(str(tmp_path / "no inputs"), overrides=settings)
    output = tmp_path / "build"
    with pytest.raises(RecipeError, match="max_model_tokens is 2048"):
        if command == "build":
            build(small, output)
        else:
            plan_sft(small, output=str(output), start=Start.RESUME, beam_options=[], observer=Observer())
    assert not output.exists()
