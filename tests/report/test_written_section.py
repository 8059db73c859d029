"""The section of a build's page about written rows."""

from __future__ import annotations

from typing import Any

from pipeline.report.written_section import written_section

COUNTERS = {
    "written/qa/asked": 10,
    "written/qa/kept": 4,
    "written/qa/value_not_in_evidence": 6,
    "round/atoms": 10,
    "round/judge": 10,
    "judge/kept": 4,
    "judge/rejected": 6,
    "attempts/not_json": 2,
    "teacher/asked": 20,
    "teacher/milliseconds": 60_000,
    "teacher/prompt_tokens": 20_000,
    "teacher/answer_tokens": 2_000,
    "prefix_cache/prompt_tokens": 20_000,
    "prefix_cache/cached_tokens": 15_000,
}


def manifest_of(counters: dict[str, int]) -> dict[str, Any]:
    """A manifest with the counters of one stage."""
    return {"stages": {"synthesize": {"counters": counters}}}


def test_section_gives_costs_of_one_kept_row() -> None:
    section = written_section(manifest_of(COUNTERS))
    assert section is not None
    assert dict(section.costs) == {
        "Requests a kept row": "5.0",
        "Prompt tokens a kept row": "5,000",
        "Answer tokens a kept row": "500",
        "Prompt tokens from the prefix cache": "75%",
        "Teacher's time a kept row": "15 s",
    }
    assert section.summary == "4 of 10 drafts became candidates. The judge kept 40% of the 10 drafts that it judged."
    assert section.unused_attempts == {"not_json": 2}


def test_section_of_a_resumed_build_scales_tokens_and_time() -> None:
    resumed = {
        **COUNTERS,
        "teacher/asked": 10,
        "teacher/cached": 10,
        "teacher/prompt_tokens": 10_000,
        "teacher/milliseconds": 30_000,
    }
    section = written_section(manifest_of(resumed))
    assert section is not None
    costs = dict(section.costs)
    assert costs["Prompt tokens a kept row"] == "5,000" and costs["Teacher's time a kept row"] == "15 s"
    assert (section.num_sent, section.num_cached) == (10, 10)


def test_section_without_kept_rows_has_no_costs() -> None:
    section = written_section(manifest_of({"written/qa/asked": 3, "written/qa/not_json": 3, "round/atoms": 3}))
    assert section is not None and section.costs == ()
    assert section.summary == "0 of 3 drafts became candidates. No judge was asked."


def test_section_of_a_judge_that_did_not_reply_does_not_say_that_none_was_asked() -> None:
    section = written_section(manifest_of({"written/qa/asked": 3, "round/atoms": 3, "round/judge": 3}))
    assert section is not None
    assert section.summary == "0 of 3 drafts became candidates. The judge replied to no request."


def test_build_without_a_teacher_has_no_section() -> None:
    assert written_section(manifest_of({"kept/structural": 3})) is None
    assert written_section({"stages": {}}) is None
