"""What the counters of a build say of its written rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.export.written_counts import (
    NOTHING_WRITTEN,
    read_written_counts,
    written_task_table,
)
from pipeline.synthesize.written.draft import Round

COUNTERS = {
    "written/qa/asked": 20,
    "written/qa/kept": 9,
    "written/qa/evidence_not_found": 4,
    "written/qa/claim_not_supported": 3,
    "written/qa/value_not_in_evidence": 2,
    "written/qa/parent_dropped": 1,
    "written/summary/asked": 5,
    "written/summary/summary_incomplete": 5,
    "round/atoms": 25,
    "round/attempts": 30,
    "round/judge": 21,
    "judge/kept": 10,
    "judge/rejected": 10,
    "teacher/asked": 76,
    "kept/written": 9,
    "rejected/not_unique": 2,
}


def test_counts_are_read_by_task_with_the_most_frequent_check_first() -> None:
    counts = read_written_counts(COUNTERS)
    qa, summary = counts.tasks
    assert (qa.task, qa.asked, qa.kept, qa.num_rejected) == ("qa", 20, 9, 10)
    assert list(qa.rejected) == ["evidence_not_found", "claim_not_supported", "value_not_in_evidence", "parent_dropped"]
    assert qa.num_unproven == 1 and summary.num_unproven == 0
    assert counts.rounds == (("atoms", 25), ("attempts", 30), ("judge", 21))


def test_judge_agreement_is_the_share_of_its_replies_that_keep_a_draft() -> None:
    counts = read_written_counts(COUNTERS)
    # qa: 9 kept, 1 whose earlier turn was dropped, 3 claims, 2 doubts that were not settled; summary: 5 against.
    assert (counts.num_judged, counts.judge_agreement) == (20, 10 / 20)
    without_judge = {name: count for name, count in COUNTERS.items() if "judge" not in name}
    assert read_written_counts(without_judge).judge_agreement is None


@given(st.integers(0, 9), st.integers(0, 9), st.dictionaries(st.sampled_from(["not_unique", "no_verdict"]), st.just(5)))
def test_judge_agreement_does_not_depend_on_the_reasons(kept: int, rejected: int, reasons: dict[str, int]) -> None:
    counters = {f"written/qa/{reason}": count for reason, count in reasons.items()}
    counts = read_written_counts({**counters, "judge/kept": kept, "judge/rejected": rejected, "round/judge": 20})
    assert counts.judge_agreement == (kept / (kept + rejected) if kept + rejected else None)


def test_table_names_each_check_and_the_judges_missing_replies() -> None:
    table = written_task_table(read_written_counts(COUNTERS))
    assert table is not None
    assert table.header == ("task", "asked", "kept", "rejected", "rejected by check")
    assert table.rows[0][:4] == ("qa", 20, 9, 10)
    assert str(table.rows[0][4]).endswith("parent dropped 1, no reply of the judge 1")
    assert table.rows[1] == ("summary", 5, 0, 5, "summary incomplete 5")


def test_table_without_a_judge_has_no_column_for_it() -> None:
    table = written_task_table(read_written_counts({"written/qa/asked": 1, "written/qa/kept": 1}))
    assert table is not None and table.rows == (("qa", 1, 1, 0, "none"),)


def test_counters_of_a_build_without_a_teacher_give_no_table() -> None:
    assert read_written_counts({"kept/structural": 4, "rejected/not_unique": 1}) == NOTHING_WRITTEN
    assert written_task_table(NOTHING_WRITTEN) is None


def test_rounds_are_those_of_the_teacher() -> None:
    counters = {f"round/{round_.value}": number for number, round_ in enumerate(Round, start=1)}
    assert read_written_counts(counters).rounds == tuple((one.value, n) for n, one in enumerate(Round, start=1))


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.dictionaries(st.sampled_from("xyz"), st.integers(1, 9))))
def test_counts_lose_no_rejection(rejected: dict[str, dict[str, int]]) -> None:
    counters = {f"written/{task}/{reason}": n for task, reasons in rejected.items() for reason, n in reasons.items()}
    counts = read_written_counts(counters)
    assert sum(one.num_rejected for one in counts.tasks) == sum(counters.values())
