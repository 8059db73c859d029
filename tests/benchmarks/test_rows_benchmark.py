"""The benchmark of rows: its documents, which rows are held out, and how models are compared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks._rows_documents import draw_documents, write_documents
from benchmarks._rows_scores import ScoredTurn, by_document, difference, exact, f1, family_lines, score_lines
from benchmarks._rows_training import Built, RowKind, held_out_rows, look_up_tasks
from benchmarks.rows import FULL, main
from pipeline.errors import InputError
from pipeline.records import Checks, Message, SftExample, Split, Turn
from pipeline.scoring.answers import score_answer

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


def test_held_out_rows_without_a_common_document_raise() -> None:
    trained = built_of([row for row in CONVERSATIONS.rows if row.split == Split.TRAIN])
    with pytest.raises(InputError, match="No document gave rows of both kinds"):
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
