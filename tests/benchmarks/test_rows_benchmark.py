"""The benchmark of rows: its documents, which rows are held out, and how models are compared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from benchmarks._rows_documents import draw_documents, write_documents
from benchmarks._rows_evaluation import evaluation_figures, evaluation_lines
from benchmarks._rows_finetune import Trained, log_lines, measured_lines
from benchmarks._rows_scores import ScoredTurn, by_document, difference, exact, f1, family_lines, score_lines
from benchmarks._rows_training import Built, RowKind, held_out_rows, look_up_tasks
from benchmarks.rows import FULL, main
from pipeline.errors import InputError
from pipeline.records import Checks, Message, SftExample, Split, Turn
from pipeline.scoring.answers import score_answer
from pipeline.train.run.metrics import AnsweredQuestion, AnswersMetrics
from pipeline.train.run.record import BestCheckpoint, TrainingRecord

PARAGRAPHS = [f"Paragraph {number} says {'much ' * 60}.\n\n" for number in range(40)]


def texts_in(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.*"))}


def test_written_documents_are_short_of_three_domains_and_share_no_long_line(tmp_path: Path) -> None:
    write_documents(tmp_path / "one", num_documents=30, seed=5)
    write_documents(tmp_path / "same", num_documents=30, seed=5)
    write_documents(tmp_path / "other", num_documents=30, seed=6)
    texts = texts_in(tmp_path / "one")
    assert texts == texts_in(tmp_path / "same") != texts_in(tmp_path / "other")
    assert {name.split("/")[0] for name in texts} == {"legal", "manual", "dialogue"}
    assert all(1_000 < len(text) < 6_500 for text in texts.values())
    lines = [line for text in texts.values() for line in text.splitlines() if len(line) > 60]
    assert len(set(lines)) == len(lines) > 300


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    records = [json.dumps({"text": f"licence {number}"}) for number in range(200)] + [json.dumps({"text": "x" * 9_000})]
    for name, text in {
        "legal/licences.jsonl": "\n".join(records),
        "dialogue/en/long.txt": "".join(PARAGRAPHS),
        "dialogue/en/short.txt": PARAGRAPHS[0],
        "manual/long.html": "<p>text</p>" * 3_000,
        "manual/short.html": "<p>text</p>" * 700,
        "code/long.py": "x = 1\n\n" * 3_000,
        "code/short.py": "x = 1\n",
        "other/short.txt": "no domain",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "manual" / "picture.png").write_bytes(b"\xff\xfe\x80")
    return folder


def test_drawn_documents_are_short_whole_files_lines_or_first_paragraphs(data: Path, tmp_path: Path) -> None:
    draw_documents(data, tmp_path / "drawn", documents_per_domain=50, seed=3)
    texts = texts_in(tmp_path / "drawn")
    of_domain = {
        domain: [text for name, text in texts.items() if name.startswith(domain)]
        for domain in ("legal", "dialogue", "manual", "code", "other")
    }
    assert len(of_domain["legal"]) == 50 and len(set(of_domain["legal"])) == 50
    assert all(json.loads(text)["text"].startswith("licence") for text in of_domain["legal"])
    short, cut = sorted(of_domain["dialogue"], key=len)
    assert short == PARAGRAPHS[0]
    assert cut == "".join(PARAGRAPHS[: len(cut) // len(PARAGRAPHS[0])])
    assert 4_000 < len(cut) <= 5_200
    assert of_domain["manual"] == ["<p>text</p>" * 700]
    assert of_domain["code"] == ["x = 1\n"]
    assert of_domain["other"] == []


def test_drawn_documents_of_a_folder_without_domains_raise(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    with pytest.raises(InputError, match="has no folder named"):
        draw_documents(tmp_path, tmp_path / "drawn", documents_per_domain=5, seed=3)


def test_benchmark_of_a_folder_without_documents_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path), "--quick"]) == 2
    assert "Give such a folder with --data" in capsys.readouterr().out


def row_of(number: int, document: str, split: Split, *, turns: int = 1) -> SftExample:
    checks = Checks(True, 1.0, True, 1.0, True, True)
    turn = Turn(f"c{number}", "amount", "look_up", "structural", "structural", "p", checks)
    return SftExample(
        messages=(Message("user", "Q"), Message("assistant", "A")) * turns,
        id=f"r{number}",
        turns=(turn,) * turns,
        task="amount",
        origin="structural",
        domain="legal",
        language="en",
        bucket=1024,
        num_tokens=100,
        num_loss_tokens=5,
        control_strings=0,
        tokenizer="t",
        doc_ids=(document,),
        evidence=(),
        checks=checks,
        teacher="structural",
        prompt_version="p",
        loss_weight=1.0,
        split=split.value,
    )


def built_of(rows: Sequence[SftExample]) -> Built:
    return Built(Path(), rows, {row.doc_ids[0]: row.doc_ids[0].removesuffix("-copy") for row in rows})


LOOK_UPS = built_of(
    [
        *(row_of(number, "both", Split.VALIDATION) for number in range(5)),
        row_of(10, "only-here", Split.VALIDATION),
        row_of(11, "version", Split.VALIDATION),
        row_of(12, "trained", Split.TRAIN),
    ]
)
CONVERSATIONS = built_of(
    [
        row_of(20, "both", Split.VALIDATION, turns=2),
        row_of(21, "both", Split.VALIDATION, turns=5),
        row_of(22, "version-copy", Split.TRAIN, turns=3),
        row_of(23, "trained", Split.TRAIN, turns=3),
    ]
)


def test_held_out_rows_are_of_documents_that_neither_build_trains_on() -> None:
    built = {RowKind.LOOK_UPS: LOOK_UPS, RowKind.CONVERSATIONS: CONVERSATIONS}
    rows = held_out_rows(built, replace(FULL, look_ups_per_document=3), seed=1)
    assert [row.doc_ids for row in rows[RowKind.LOOK_UPS]] == [("both",)] * 3
    assert [row.id for row in rows[RowKind.CONVERSATIONS]] == ["r21"]


def test_held_out_rows_of_documents_that_chose_a_checkpoint_are_left_out() -> None:
    rows = [row_of(number, f"d{number}", Split.VALIDATION, turns=2) for number in range(6)]
    built = {RowKind.CONVERSATIONS: built_of(rows)}
    chose = built[RowKind.CONVERSATIONS].documents_of({"r1", "r4"})
    assert chose == {"d1", "d4"}
    held_out = held_out_rows(built, FULL, without=chose, seed=1)
    assert list(held_out) == [RowKind.CONVERSATIONS]
    assert {row.id for row in held_out[RowKind.CONVERSATIONS]} == {"r0", "r2", "r3", "r5"}
    with pytest.raises(InputError, match="No document gave rows"):
        held_out_rows(built, FULL, without=frozenset(f"d{number}" for number in range(6)), seed=1)


def test_measurements_of_answers_are_as_many_as_planned_whatever_the_tokens() -> None:
    for tokens in (20_000, 60_000, 600_000):
        plan = replace(FULL, tokens=tokens)
        num_steps = tokens / (0.85 * plan.max_tokens)  # packs of rows are seldom full
        assert 2 <= num_steps / plan.answers_every_steps <= 4
    assert replace(FULL, tokens=1).answers_every_steps == 1


def test_benchmark_with_the_folder_of_another_run_ends_with_2_and_leaves_it_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.json").write_text("{}")
    assert main(["--quick", "--work", str(tmp_path)]) == 2
    assert "belongs to a run with other settings" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def metrics_of(step: int, *, f1: float, is_cut: bool = False) -> AnswersMetrics:
    answer = AnsweredQuestion("r1", 0, "d1", "Q", "A", "B", f1=f1, is_exact=False, is_cut=is_cut)
    return AnswersMetrics(step, "rows", 1, 1, f1, 0.0, 1.0, 0.0, 0.0, 0.8, seconds=90.0, answers=(answer,))


def trained_of(folder: Path, lines: Sequence[str]) -> Trained:
    log = folder / "model.log"
    log.write_text("".join(f"{line}\n" for line in lines))
    best = BestCheckpoint("answers.f1", step=2, value=0.5, measured=2, stopped_early=False)
    record = cast("TrainingRecord", SimpleNamespace(best=best))  # the tables below read nothing else of it
    answers = (metrics_of(0, f1=0.1), metrics_of(2, f1=0.5, is_cut=True), metrics_of(4, f1=0.3))
    return Trained(record, folder / "model", log, answers)


def test_answers_during_training_are_shown_by_step_with_the_exported_one(tmp_path: Path) -> None:
    lines = list(measured_lines({RowKind.CONVERSATIONS: trained_of(tmp_path, [])}))[2:]
    assert [line.split(" | ")[1] for line in lines] == ["0", "2", "4"]
    assert [line.endswith("exported |") for line in lines] == [False, True, False]
    assert "0.500 [0.000, 1.000]" in lines[1] and "| 1 | 1.5 |" in lines[1]


def test_log_is_quoted_at_both_ends_without_the_name_of_its_folder(tmp_path: Path) -> None:
    log = [f"step {number}" for number in range(100)] + [f"model: {tmp_path}/model"]
    lines = list(log_lines({RowKind.LOOK_UPS: trained_of(tmp_path, log)}))
    assert lines[0] == "The log of the training on look-ups, 101 lines:"
    quoted = lines[lines.index("```text") + 1 : -1]
    assert quoted == [*log[:12], "[77 lines]", *log[-12:-1], "model: DIR/model"]
    short = list(log_lines({RowKind.LOOK_UPS: trained_of(tmp_path, log[:25])}))
    assert short[3:-1] == log[:25]


def test_evaluation_is_shown_by_model_and_without_figures_that_were_not_measured() -> None:
    estimate = {"value": 0.25, "low": 0.1, "high": 0.4, "n": 40, "documents": 24}
    figures = {"f1": estimate, "evidence_only": None, "no_document": estimate, "cost_of_length": None}
    evaluation = {"figures": {"base": figures, "model": figures}, "headline": "Nothing is known."}
    assert list(evaluation_lines(evaluation))[2:] == [
        "| base | 40 | 24 | 0.250 [0.100, 0.400] | – | 0.250 [0.100, 0.400] | – |",
        "| model | 40 | 24 | 0.250 [0.100, 0.400] | – | 0.250 [0.100, 0.400] | – |",
        "",
        "Nothing is known.",
    ]
    assert evaluation_figures(evaluation)["model"] == {
        "f1": 0.25,
        "evidence_only": None,
        "no_document": 0.25,
        "cost_of_length": None,
    }


def test_held_out_rows_without_a_common_document_raise() -> None:
    trained = built_of([row for row in CONVERSATIONS.rows if row.split == Split.TRAIN])
    with pytest.raises(InputError, match="No document gave rows of every kind"):
        held_out_rows({RowKind.LOOK_UPS: LOOK_UPS, RowKind.CONVERSATIONS: trained}, FULL, seed=1)


def test_look_up_tasks_are_those_with_a_look_up_form() -> None:
    tasks = look_up_tasks()
    assert {"clause", "table_cell", "speaker"} <= set(tasks)
    assert not {"extreme", "absent_provision", "followed_reference", "version_change"} & set(tasks)


def scored(document: str, gold: str, answer: str) -> ScoredTurn:
    return ScoredTurn(document, "look_up", "amount", "Q", gold, answer, score_answer(answer, gold))


GOLD = [("one", "red"), ("one", "blue 5"), ("two", "This document has no section “X”.")]


def answers_of(*answers: str) -> list[ScoredTurn]:
    return [scored(document, gold, answer) for (document, gold), answer in zip(GOLD, answers, strict=True)]


def test_difference_is_of_the_same_questions_and_of_whole_documents() -> None:
    better, worse = answers_of("red", "blue 5", "none"), answers_of("green", "blue 4", "none")
    found = difference(better, worse, exact, seed=1)
    assert found.mean == pytest.approx(2 / 3)
    assert (found.interval.low, found.interval.high) == (0.0, 1.0)
    assert found.num_documents == 2 and not found.has_enough_documents
    assert by_document(better, exact) == [[1.0, 1.0], [0.0]]
    assert difference(worse, better, f1, seed=1).mean == pytest.approx(-(1 + 0.5) / 3)
    with pytest.raises(AssertionError):
        difference(better, worse[:2], exact, seed=1)


def test_difference_is_shown_from_ten_documents_on() -> None:
    for num_documents, is_shown in ((9, False), (10, True)):
        better, worse = (
            [scored(str(number), "red", answer) for number in range(num_documents)] for answer in ("red", "blue")
        )
        assert difference(better, worse, exact, seed=1).is_shown is is_shown
        assert not difference(better, better, exact, seed=1).is_shown


def test_tables_name_every_model_and_count_refusals_and_numbers() -> None:
    models = {"untrained": answers_of("green", "blue 5", "red"), "trained": answers_of("red", "5", "It has no X.")}
    lines = list(score_lines({RowKind.LOOK_UPS: models}, seed=1))
    assert len(lines) == 4
    assert "| untrained | 2 | 3 | 0.333 [0.000, 0.500]" in lines[2]
    assert lines[2].endswith("| 1.00 of 1 | 0.00 of 1 | 0.00 of 2 |")
    assert list(family_lines({RowKind.LOOK_UPS: models}))[2].startswith("| look_up | 3 | 0.333 |")
