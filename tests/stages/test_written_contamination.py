"""What a teacher writes may be an evaluation item itself; then it becomes no row, and the counts say why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from merged_documents import CHECKS
from small_builds import build, recipe_of
from synthesis_documents import LEASE
from teacher_server import TeacherServer

from pipeline.config.decontamination import ContaminationRule, ContextRule, DecontaminationRecipe
from pipeline.decontamination.sets import find_sets
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import read_parts
from pipeline.records import Candidate, Rejection
from pipeline.stages.evaluation_index import IndexWork
from pipeline.stages.shards import Shard, shard_id
from pipeline.stages.written_contamination import ContaminationCheck, EvaluatedItems, evaluated_items
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.written.draft import Draft

QUESTION = (
    "Which of the two ferry companies on the northern lake must repay the harbour dues of the spring season, and by "
    "what date does the council expect the money to arrive?"
)
KOREAN = (
    "북쪽 호수의 두 여객선 회사 가운데 어느 곳이 봄철의 항만 사용료를 되돌려주어야 하며 "
    "의회는 그 돈이 언제까지 들어오기를 바랍니까?"
)
SHORT = "Who pays the dues?"
LONG_ANSWER = (
    "The older of the two companies pays them, because it kept its berth through the whole spring while the other one "
    "had moved to the southern shore."
)
CONTEXT = (
    "The harbour office of the northern lake was founded by three fishermen who had lost their boats in the great "
    "storm, and it has kept the books of every ferry since the year in which the old pier was rebuilt in stone."
)
ITEMS: list[dict[str, Any]] = [
    {"id": "en", "question": QUESTION, "answer": "The older one, by 4 May.", "context": CONTEXT},
    {"id": "ko", "question": KOREAN, "answer": "오래된 회사"},
    {"id": "short", "question": SHORT, "answer": LONG_ANSWER},
]


def draft(question: str, answer: str) -> Draft:
    return Draft("qa", question, answer, (Span(0, 1),), (Span(0, 1),), CHECKS, "written-0")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> BuildFolder:
    """A build folder with the index of the items."""
    root = tmp_path_factory.mktemp("compared")
    path = root / "exam.jsonl"
    path.write_text("\n".join(json.dumps(item, ensure_ascii=False) for item in ITEMS), encoding="utf-8")
    found = BuildFolder(str(root / "build"))
    work = IndexWork(tuple(find_sets((str(path),))), DecontaminationRecipe(), (), "f")
    with ShardLedger(folder=found, stage=work.stage, shard_id=shard_id(0), fingerprint="f") as ledger:
        work.run(Shard(shard_id(0), ()), found, ledger)
    return found


def check_in(folder: BuildFolder, **settings: object) -> ContaminationCheck:
    return ContaminationCheck(folder, EvaluatedItems(DecontaminationRecipe(**settings), "f", ""))


@pytest.mark.parametrize(
    ("question", "answer", "item"),
    [
        (QUESTION, "The older one, by 4 May.", "en"),
        (QUESTION, "The council does not say.", "en"),
        ("According to the minutes, " + QUESTION.lower(), "It is the older one.", "en"),
        (QUESTION.replace("must repay", "has to pay back"), "The older one.", "en"),
        (KOREAN, "더 오래된 회사가 5월까지 갚습니다.", "ko"),
        (KOREAN.replace(" ", "\u00a0"), "오래된 회사", "ko"),
        (SHORT, LONG_ANSWER, "short"),
    ],
)
def test_written_question_that_repeats_an_item_is_a_fault_that_names_it(
    folder: BuildFolder, question: str, answer: str, item: str
) -> None:
    fault = check_in(folder)(draft(question, answer))
    assert fault is not None
    assert fault.reason == "contaminated"
    assert f" of {item} in the evaluation set exam.jsonl." in fault.detail
    assert fault.score is not None and 0.5 <= fault.score <= 1.0


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which company must repay the harbour dues?", "The older one."),
        ("By what date does the council expect the money of the lake's harbour?", "By 4 May."),
        (SHORT, "The tenant."),
        ("Why does one of the companies have to pay?", LONG_ANSWER),
        ("Who founded the office?", CONTEXT),
        ("어느 회사가 항만 사용료를 되돌려주어야 합니까?", "오래된 회사가 되돌려주어야 합니다."),
    ],
)
def test_written_question_about_the_same_matter_is_none(folder: BuildFolder, question: str, answer: str) -> None:
    assert check_in(folder)(draft(question, answer)) is None


def test_written_answer_that_repeats_a_context_is_a_fault_if_the_recipe_acts_on_contexts(folder: BuildFolder) -> None:
    repeated = draft("Who founded the office?", CONTEXT)
    fault = check_in(folder, contexts=ContextRule.ACT)(repeated)
    assert fault is not None and "of the context of en" in fault.detail


def test_thresholds_are_those_of_the_recipe(folder: BuildFolder) -> None:
    half = draft(QUESTION[:62] + " is this?", "It is named in the file.")
    assert check_in(folder)(half) is None
    assert check_in(folder, min_words=8, min_share=0.3)(half) is not None


def test_evaluated_items_are_none_without_a_set_or_where_items_are_kept(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    assert evaluated_items(folder, DecontaminationRecipe()) is None
    assert evaluated_items(folder, DecontaminationRecipe(against=("exam",), action=ContaminationRule.MARK)) is None
    assert evaluated_items(folder, DecontaminationRecipe(against=("exam",))) is None, "no documents were compared"


def test_build_rejects_the_written_question_that_an_evaluation_set_has(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    (inputs / "lease.txt").write_text(LEASE, encoding="utf-8")
    output = tmp_path / "build"
    with TeacherServer() as server:
        settings = [
            "synthesize.written.tasks=[qa]",
            "synthesize.written.segment_tokens=200",
            "synthesize.structural.tasks=[]",
            "synthesize.teacher.kind=openai",
            "synthesize.teacher.model=scripted",
            "synthesize.teacher.prompt_form=chat",
            "synthesize.teacher.max_model_tokens=40000",
            f"synthesize.teacher.base_url={server.url}",
            "clean.min_chars=100",
            "export.max_balance_loss=0",
        ]
        plain, _ = build(recipe_of(str(inputs), overrides=settings), output)
        before = list(read_parts(plain.folder.candidates, Candidate))
        longest = max(before, key=lambda one: len(one.answer.split()))
        assert len(before) > 1 and len(longest.answer.split()) >= 13
        num_asked = server.num_asked()
        exam = tmp_path / "exam.jsonl"
        exam.write_text(json.dumps({"question": longest.question, "answer": longest.answer}), encoding="utf-8")
        compared = recipe_of(str(inputs), overrides=[*settings, f'decontamination.against=["{exam}"]'])
        result, observer = build(compared, output)
        assert observer.started[:2] == ["decontaminate", "synthesize"], "its documents are clean, so no other stage"
        num_asked_again = server.num_asked() - num_asked
    assert num_asked_again == 0, "all answers are known"
    left = {one.candidate_id for one in read_parts(result.folder.candidates, Candidate)}
    assert left == {one.candidate_id for one in before} - {longest.candidate_id}
    record = result.manifest.stages["synthesize"]
    assert record.counters["written/qa/contaminated"] == 1
    assert record.num_in == record.num_kept + record.num_rejected + record.num_dead
    (rejected,) = [one for one in read_parts(result.folder.rejected, Rejection) if one.reason == "contaminated"]
    assert rejected.stage == "synthesize" and "exam.jsonl" in rejected.detail
    assert "contaminated" not in str(plain.manifest.stages["synthesize"].counters)

    exam.write_text(json.dumps({"question": "Another question?", "answer": "Another answer."}), encoding="utf-8")
    again, _ = build(compared, output)
    assert {one.candidate_id for one in read_parts(again.folder.candidates, Candidate)} > left
