"""Replies of a strong teacher in all rounds: today's checks come to the recorded verdicts, and a build to its rows."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from small_builds import build

from pipeline.io.parts import read_parts
from pipeline.records import SftExample, TaskFamily
from pipeline.synthesize.written.draft import Round
from pipeline.synthesize.written_tasks import written_tasks
from tests.recorded_teacher import (
    ANSWERS,
    BUILT,
    KEPT,
    built_recipe,
    read_again,
    recorded_contexts,
    recorded_lines,
)

LANGUAGES = ("en", "ko")


@pytest.mark.parametrize("language", LANGUAGES)
def test_recordings_hold_all_rounds_and_tasks(language: str) -> None:
    lines = recorded_lines(language)
    assert len(lines) >= 200
    assert {line["round"] for line in lines} == set(Round)
    kept = {line["task"] for line in lines if line["round"] == Round.JUDGE and line["verdict"] == KEPT}
    assert kept >= set(written_tasks()) - {"comparison", "multi_hop", "what_breaks", "explanation"}
    assert len({line["document"] for line in lines}) >= 28


@pytest.mark.parametrize("language", LANGUAGES)
def test_checks_come_to_the_recorded_verdicts(language: str) -> None:
    differences = []
    num_read = 0
    for context in recorded_contexts():
        if context.language != language:
            continue
        lines = [line for line in recorded_lines(language) if line["document"] == context.doc_id]
        for line, verdict in read_again(context, lines):
            num_read += 1
            if verdict != line["verdict"]:
                differences.append((line["source"], line["task"], line["round"], line["verdict"], verdict))
    assert differences == []
    assert num_read == len(recorded_lines(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_replies_to_the_first_two_rounds_pass_what_needs_no_judge(language: str) -> None:
    rounds = (Round.ATOMS, Round.MERGES)
    verdicts = Counter(line["verdict"] for line in recorded_lines(language) if line["round"] in rounds)
    asked = verdicts.total() - verdicts["nothing_to_ask"]
    assert asked >= 90
    assert verdicts[KEPT] / asked >= 0.93


@pytest.mark.model
@pytest.mark.end_to_end
def test_build_of_ten_documents_goes_through_all_rounds_with_the_recorded_answers(tmp_path: Path) -> None:
    """If a template changed, the build stops with open requests: record the answers anew (`tests.recorded_teacher`)."""
    answers = tmp_path / "batch" / "answers"
    answers.mkdir(parents=True)
    shutil.copy(ANSWERS, answers)
    result, _ = build(built_recipe(str(tmp_path)), tmp_path / "build")
    turns = [turn for row in read_parts(result.folder.sft, SftExample) for turn in row.turns]
    written = [turn for turn in turns if turn.origin == "written"]
    assert len(written) >= 15
    assert {turn.checks.judge for turn in written} == {"batch:strong"}
    assert all(turn.checks.judged_support and turn.checks.judged_support >= 0.75 for turn in written)
    families = {turn.family for turn in written}
    assert families >= {TaskFamily.LOOK_UP, TaskFamily.SUMMARY, TaskFamily.NOT_ANSWERABLE}
    counters = result.manifest.stages["synthesize"].counters
    assert all(counters[f"round/{round_}"] for round_ in Round)
    assert counters.get("teacher/failed", 0) == 0
    assert len(BUILT) == 10
